"""kie.ai, bent: results and callbacks."""

from __future__ import annotations

from conformance.listener import Delivery
from tests.mutants.bends import (
    chain,
    every,
    file,
    header,
    member,
    reply,
    status,
    truncated,
)
from tests.mutants.catches import lost, pushed, twice, with_header
from tests.mutants.films import film, inverted, shortened
from tests.mutants.kie_bends import (
    FILE,
    POLL,
    extension,
    flag,
    generation,
    mutant,
    spelled,
    watched,
    watches,
)
from tests.mutants.model import Take
from tests.mutants.wire import Json


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

CALLBACKS = (
    mutant("callback-with-texts", "kie.callback-lists", catch=pushed(urls_as_text)),
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
        "callback-lost", "webhook.sent", "webhook.failure-is-sent", "kie.4k-callback", catch=lost
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
        "webhook.names-the-job",
        "webhook.signed",
        "webhook.failure-is-sent",
        chosen={"callback-id": "guide"},
    ),
)

MUTANTS = (*RESULTS, *CALLBACKS)
