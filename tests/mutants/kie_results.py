"""kie.ai, bent: results, generations and callbacks."""

from __future__ import annotations

from collections.abc import Callable

from conformance.listener import Delivery
from tests.mutants.bends import (
    ask,
    asked,
    at,
    chain,
    every,
    file,
    header,
    member,
    not_asked,
    reply,
    sent,
    status,
    truncated,
)
from tests.mutants.catches import lost, pushed, twice, with_header
from tests.mutants.films import film, inverted, shortened
from tests.mutants.kie_bends import (
    FILE,
    GENERATE,
    POLL,
    extension,
    flag,
    generation,
    mutant,
    refused,
    spelled,
    watched,
    watches,
)
from tests.mutants.model import Take
from tests.mutants.wire import Ahead, Call, Json, Reply


def urls_as_text(body: Json) -> Json:
    info = (body.get("data") or {}).get("info")
    if info and "promptJson" in body["data"]:
        info["resultUrls"] = str(info["resultUrls"])
    return body


def with_info(body: Json) -> Json:
    if body["code"] != 200:
        body["data"]["info"] = {"resultUrls": [], "resolution": "720p"}
    return body


def only_success(delivery: Delivery, take: Take) -> int:
    return take(delivery) if delivery.json()["code"] == 200 else 200


def only_extensions(delivery: Delivery, take: Take) -> int:
    return 200 if "3.1 video generated" in delivery.json()["msg"] else take(delivery)


def confirmed_by_201(delivery: Delivery, take: Take) -> int:
    status = take(delivery)
    return 200 if status == 201 else status


async def turns_pictures(call: Call, ahead: Ahead) -> Reply:
    """The last picture comes first."""
    pictures = at(call.json(), "/imageUrls")
    if isinstance(pictures, list) and len(pictures) == 2:
        call = sent("/imageUrls", pictures[::-1])(call)
    return await ahead(call)


def pictures(count: int, kind: str) -> Callable[[Call], bool]:
    """Whether a create has so many pictures, for that."""

    def so_many(call: Call) -> bool:
        urls = at(call.json(), "/imageUrls")
        return isinstance(urls, list) and len(urls) == count

    return every(so_many, asked("/generationType", kind))


RESULTS = (
    mutant(
        "urls-elsewhere",
        "finish.has-url.extend",
        "finish.has-url.generate",
        chosen={"urls": "text"},
    ),
    mutant(
        "urls-as-text",
        "kie.result-lists",
        "poll.schema.extend",
        bend=reply(POLL, member("/data/response/resultUrls", str), when=every(extension, flag(1))),
    ),
    mutant(
        "no-whole-video",
        "kie.extension-has-the-whole-video",
        "media.length.extend",
        chosen={"full-result-urls": "null"},
    ),
    mutant(
        "generation-with-a-whole-video",
        "kie.generation-has-no-whole-video",
        bend=reply(
            POLL,
            member("/data/response/fullResultUrls", ["https://a.example/a.mp4"]),
            when=every(generation, flag(1)),
        ),
    ),
    mutant(
        "wide-video-with-an-origin",
        "kie.default-shape",
        "kie.wide-video-has-no-origin",
        bend=reply(
            POLL,
            member("/data/response/originUrls", ["https://a.example/a.mp4"]),
            when=every(generation, flag(1)),
        ),
    ),
    mutant(
        "no-origin",
        "kie.upright-video-has-an-origin",
        bend=reply(POLL, member("/data/response/originUrls", None), when=flag(1)),
    ),
    mutant(
        "another-ending",
        "kie.generation-callback",
        "kie.result-names",
        "kie.callback-lists",
        "kie.download-link",
        bend=spelled(".mp4", ".bin"),
    ),
    mutant(
        "clip-is-short",
        "kie.clip-ends-the-whole-video",
        bend=file("GET /kie/v/clip/*", film(shortened(0.5))),
    ),
    mutant(
        "clip-of-something-else",
        "kie.clip-ends-the-whole-video",
        bend=file("GET /kie/v/clip/*", film(inverted(0.0))),
    ),
    mutant(
        "source-is-remade",
        "kie.whole-video-begins-with-the-source",
        bend=chain(
            watches("fullResultUrls", "whole"),
            file(FILE, film(inverted(0.0, 0.2)), when=watched("whole")),
        ),
    ),
    mutant(
        "seam-jumps",
        "media.seam.extend",
        bend=chain(
            watches("fullResultUrls", "whole"),
            file(FILE, film(inverted(4 / 11)), when=watched("whole")),
        ),
    ),
    mutant(
        "extension-is-silent",
        "media.audio.extend",
        bend=chain(
            watches("fullResultUrls", "whole"),
            file(FILE, film(audio=False), when=watched("whole")),
        ),
    ),
    mutant(
        "file-cut-off",
        "media.decodes.extend",
        bend=chain(
            watches("fullResultUrls", "whole"), file(FILE, truncated(0.4), when=watched("whole"))
        ),
    ),
    mutant(
        "file-is-gone",
        "finish.fetchable.extend",
        bend=chain(
            watches("fullResultUrls", "whole"), reply(FILE, status(404), when=watched("whole"))
        ),
    ),
    mutant(
        "file-as-octets",
        "finish.content-type",
        bend=reply(FILE, header("content-type", "application/octet-stream")),
    ),
)

GENERATIONS = (
    mutant(
        "upright-is-wide",
        "kie.upright-video",
        "kie.upright-video-has-an-origin",
        bend=ask(GENERATE, sent("/aspect_ratio", "16:9"), when=asked("/aspect_ratio", "9:16")),
    ),
    mutant(
        "usual-length-is-4",
        "kie.default-length",
        bend=ask(GENERATE, sent("/duration", 4), when=not_asked("/duration")),
    ),
    mutant(
        "usual-shape-is-upright",
        "kie.default-shape",
        bend=ask(GENERATE, sent("/aspect_ratio", "9:16"), when=not_asked("/aspect_ratio")),
    ),
    mutant(
        "usual-resolution-is-1080p",
        "kie.upright-video",
        bend=ask(GENERATE, sent("/resolution", "1080p"), when=not_asked("/resolution")),
    ),
    mutant("pictures-the-other-way-round", "kie.frames-are-shown", bend=turns_pictures),
    mutant(
        "references-are-two",
        "kie.picture-counts",
        bend=reply(
            GENERATE, refused(422, "two references at most"), when=pictures(3, "REFERENCE_2_VIDEO")
        ),
    ),
    mutant(
        "frames-are-two",
        "kie.picture-counts",
        bend=reply(
            GENERATE,
            refused(422, "two frames are needed"),
            when=pictures(1, "FIRST_AND_LAST_FRAMES_2_VIDEO"),
        ),
    ),
    mutant(
        "unreachable-is-501",
        "kie.unreachable-picture",
        bend=reply(POLL, member("/data/errorCode", 501), when=flag(2, 3)),
    ),
    mutant(
        "unreachable-in-other-words",
        "kie.unreachable-picture",
        bend=reply(POLL, member("/data/errorMessage", "failed"), when=flag(2, 3)),
    ),
    mutant(
        "done-with-an-error",
        "kie.done-record-has-no-error",
        bend=reply(POLL, member("/data/errorCode", 500), when=every(extension, flag(1))),
    ),
    mutant(
        "result-of-another-task",
        "kie.response-members",
        bend=reply(POLL, member("/data/response/taskId", "f" * 32), when=every(extension, flag(1))),
    ),
    mutant(
        "result-of-another-resolution",
        "kie.response-members",
        bend=reply(
            POLL, member("/data/response/resolution", "4k"), when=every(generation, flag(1))
        ),
    ),
)

CALLBACKS = (
    mutant("generations-are-not-sent", "kie.generation-callback", catch=only_extensions),
    mutant("request-as-an-object", "kie.callback-prompt-json", chosen={"prompt-json": "object"}),
    mutant("callback-confirmed-by-201", "kie.callback-answered-201", catch=confirmed_by_201),
    mutant(
        "callback-with-texts",
        "kie.generation-callback",
        "kie.callback-lists",
        catch=pushed(urls_as_text),
    ),
    mutant("failure-with-info", "kie.failure-callback", catch=pushed(with_info)),
    mutant("failures-are-not-sent", "webhook.failure-is-sent", catch=only_success),
    mutant(
        "callback-in-milliseconds",
        "kie.signature-time",
        "webhook.signed",
        catch=with_header("x-webhook-timestamp", "1767225600000"),
    ),
    mutant("callback-not-signed", "webhook.signed", chosen={"webhook-key": ""}),
    mutant("callback-signed-wrongly", "webhook.signed", chosen={"webhook-key": "another-secret"}),
    mutant(
        "callback-lost",
        "kie.generation-callback",
        "webhook.sent",
        "webhook.failure-is-sent",
        "kie.4k-callback",
        catch=lost,
    ),
    mutant(
        "callback-twice",
        "webhook.sent-once",
        "webhook.retried",
        "webhook.retries-end",
        "webhook.retry-gaps",
        catch=twice,
    ),
    mutant(
        "callback-by-the-guide",
        "kie.generation-callback",
        "webhook.names-the-job",
        "webhook.signed",
        "webhook.failure-is-sent",
        chosen={"callback-id": "guide"},
    ),
)

MUTANTS = (*RESULTS, *GENERATIONS, *CALLBACKS)
