"""xAI, bent: what every provider's cases must notice. Refusals, files and what
xAI alone does are beside this."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from conformance.connection import KEYS
from conformance.listener import Delivery
from tests.mutants.bends import (
    again,
    ask,
    chain,
    content,
    first,
    header,
    later,
    marks,
    member,
    no,
    of,
    renamed,
    reply,
    sent_header,
    status,
    status_was,
    text,
    truncated,
    whole,
    without,
)
from tests.mutants.films import film, frozen, inverted, shortened, thinned
from tests.mutants.model import Take
from tests.mutants.wire import Ahead, Call, Reply
from tests.mutants.xai_bends import (
    BEARER,
    DONE,
    EDIT,
    EXTEND,
    FILE,
    FILES,
    POLL,
    RUNNING,
    UNKNOWN,
    bad_key,
    bearer,
    each,
    keyless,
    mutant,
    other_key,
    spoiled,
    usual,
)
from tests.mutants.xai_errors import MUTANTS as ERRORS
from tests.mutants.xai_files import MUTANTS as STORED
from tests.mutants.xai_own import MUTANTS as OWN

AUTHENTICATION = (
    mutant(
        "no-key-needed",
        "authentication.no-key",
        "authentication.wrong-scheme",
        bend=ask(EXTEND, sent_header("authorization", BEARER), when=keyless),
    ),
    mutant(
        "bare-key-taken",
        "authentication.wrong-scheme",
        bend=ask(
            EXTEND,
            sent_header("authorization", BEARER),
            when=lambda call: call.headers.get("authorization") == KEYS[0],
        ),
    ),
    mutant(
        "poll-needs-no-key",
        "authentication.no-key-on-poll",
        bend=ask(POLL, sent_header("authorization", BEARER), when=keyless),
    ),
    mutant(
        "wrong-key-is-401",
        "authentication.wrong-key",
        bend=reply(EXTEND, status(401), when=bad_key),
    ),
    mutant(
        "wrong-key-polls",
        "authentication.wrong-key-on-poll",
        bend=ask(
            POLL,
            sent_header("authorization", BEARER),
            when=lambda call: "not-a-key" in call.headers.get("authorization", ""),
        ),
    ),
    mutant(
        "another-providers-401",
        "authentication.envelope",
        bend=reply(POLL, whole({"detail": "Not authenticated"}), when=status_was(401)),
    ),
    mutant(
        "files-need-no-key",
        "xai.files-need-a-key",
        bend=ask(f"* {FILES}*", sent_header("authorization", BEARER), when=keyless),
    ),
    mutant(
        "files-know-no-keys",
        "xai.files-know-keys",
        bend=reply(f"* {FILES}*", status(401), when=bad_key),
    ),
    mutant(
        "key-echoed",
        "authentication.key-is-not-told",
        bend=reply(EXTEND, header("x-debug", BEARER), when=status_was(200)),
    ),
)

SUBMIT = (
    mutant(
        "first-edit-refused",
        "submit.accepted.edit",
        bend=reply(
            EDIT,
            status(400),
            whole({"code": "invalid-argument", "error": "No."}),
            when=first(status_was(200)),
        ),
    ),
    mutant(
        "id-misnamed",
        *each("submit.accepted"),
        bend=reply("POST /xai/v1/videos/*", renamed("/request_id", "id"), when=status_was(200)),
    ),
    mutant(
        "created-is-202",
        "submit.schema.extend",
        bend=reply(EXTEND, status(202), when=status_was(200)),
    ),
    mutant("same-job-again", "submit.ids-differ", bend=again(EXTEND, when=usual)),
)

POLLS = (
    mutant(
        "url-while-pending",
        "poll.pending-has-no-url",
        *each("poll.schema"),
        bend=reply(POLL, member("/video", {"url": "https://vidgen.x.ai/a.mp4"}), when=RUNNING),
    ),
    mutant(
        "running-is-200",
        "poll.running-status",
        *each("poll.schema"),
        bend=reply(POLL, status(200), when=RUNNING),
    ),
    mutant(
        "done-is-202",
        "poll.done-status",
        *each("poll.schema"),
        bend=reply(POLL, status(202), when=DONE),
    ),
    mutant(
        "edits-fail",
        "poll.ends-well.edit",
        "xai.edit-source-longest",
        "xai.edit-source-inline",
        "xai.source-codecs.edit",
        "xai.file-to-edit",
        rules=[{"on": "handle_edit_video_request", "job": {"fail": "job-internal"}}],
    ),
    mutant(
        "a-gateways-word",
        "poll.known-states",
        *each("poll.schema"),
        bend=reply(POLL, member("/status", "processing"), when=RUNNING),
    ),
    mutant(
        "progress-falls",
        "poll.progress-never-falls",
        bend=reply(POLL, member("/progress", 1), when=RUNNING, nth=lambda n: n > 2),
    ),
    mutant(
        "progress-is-100-too-early",
        "poll.progress-in-range",
        *each("poll.schema"),
        bend=reply(POLL, member("/progress", 100), when=RUNNING),
    ),
    mutant(
        "progress-is-text",
        *each("poll.schema"),
        bend=reply(POLL, member("/progress", "100"), when=DONE),
    ),
    mutant(
        "end-is-not-final",
        "poll.final-is-final",
        bend=reply(POLL, whole({"status": "pending"}), status(202), when=later(DONE)),
    ),
    mutant(
        "unknown-job-is-400",
        "poll.unknown-job",
        bend=reply(UNKNOWN, status(400), when=status_was(404)),
    ),
    mutant(
        "unknown-job-is-running",
        "poll.unknown-job",
        bend=reply(UNKNOWN, whole({"status": "pending"}), status(202), when=status_was(404)),
    ),
    mutant(
        "openais-envelope",
        "poll.unknown-job-envelope",
        bend=reply(
            UNKNOWN,
            whole({"error": {"message": "No such video", "type": "invalid_request_error"}}),
            when=status_was(404),
        ),
    ),
    mutant(
        "long-id-fails",
        "poll.odd-ids",
        bend=reply(POLL, status(500), when=lambda call: len(call.path) > 300),
    ),
)

FINISH = (
    mutant(
        "done-without-url",
        *each("finish.has-url"),
        "xai.result-stored",
        "xai.publishing-fails",
        bend=reply(POLL, without("/video/url"), when=DONE),
    ),
    mutant(
        "file-is-forbidden",
        *each("finish.fetchable"),
        "limits.url-kept",
        bend=reply(FILE, status(403), text("no")),
    ),
    mutant(
        "file-needs-key",
        *each("finish.fetchable"),
        "limits.url-kept",
        bend=reply(FILE, status(401), text("no"), when=no(bearer)),
    ),
    mutant(
        "file-has-no-type",
        "finish.content-type",
        bend=reply(FILE, header("content-type", "binary/octet-stream")),
    ),
    mutant(
        "length-is-wrong",
        "finish.length",
        bend=reply(FILE, header("content-length", "99"), when=status_was(200)),
    ),
    mutant("no-ranges", "finish.range", bend=ask(FILE, sent_header("range", None))),
    mutant(
        "file-changes",
        "finish.same-file",
        bend=reply(
            FILE,
            content(lambda body: body + b"\0"),
            when=lambda call, reply: call.nth > 1 and reply.status == 200,
        ),
    ),
    mutant(
        "url-changes",
        "finish.url-stays",
        bend=reply(POLL, member("/video/url", lambda url: f"{url}?again"), when=later(DONE)),
    ),
)

MEDIA = (
    mutant(
        "file-is-a-page",
        "media.decodes.extend",
        bend=spoiled(content(lambda body: b"<html>Sign in</html>" * 40)),
    ),
    mutant("file-is-cut", "media.decodes.extend", bend=spoiled(truncated(0.5))),
    mutant(
        "end-is-missing",
        "media.length.extend",
        "media.audio.extend",
        bend=spoiled(film(shortened(0.8))),
    ),
    mutant(
        "half-the-size",
        "media.size.extend",
        "xai.shape-not-settable.extend",
        bend=spoiled(film(size=0.5)),
    ),
    mutant(
        "half-the-rate",
        "media.rate.extend",
        bend=spoiled(film(thinned(2), rate=Fraction(1, 2))),
    ),
    mutant("silent", "media.audio.extend", bend=spoiled(film(audio=False))),
    mutant("old-codec", "media.codec.extend", bend=spoiled(film(codec="mpeg4"))),
    mutant("seam-jumps", "media.seam.extend", bend=spoiled(film(inverted(0.6)))),
    mutant(
        "source-is-redone",
        "media.keeps-source.extend",
        bend=spoiled(film(inverted(0.0, 0.4))),
    ),
    mutant("stands-still", "media.moves.extend", bend=spoiled(film(frozen(0.61)))),
)


def _first_url(call: Call, reply: Reply) -> bool:
    """Whether it shows an address that is not the first one shown."""
    url = ((reply.json() or {}).get("video") or {}).get("url") if DONE(call, reply) else None
    return url is not None and of("extend")(call) and call.kept.setdefault("url", url) != url


async def _shares_results(call: Call, ahead: Ahead) -> Reply:
    answer = await ahead(call)
    if call.path.startswith("/xai/v1/videos/") and _first_url(call, answer):
        return member("/video/url", call.kept["url"])(answer)
    return answer


LIVES = (
    mutant("url-short", "limits.url-kept", chosen={"url-life": "40000"}),
    mutant("url-long", "limits.url-gone", chosen={"url-life": "200000"}),
    mutant("expired-is-404", *each("xai.job-expires"), chosen={"expired": "not-found"}),
)

ISOLATION = (
    mutant(
        "jobs-are-everybodys",
        "isolation.foreign-job",
        bend=ask(POLL, sent_header("authorization", BEARER), when=other_key),
    ),
    mutant(
        "results-are-shared",
        "isolation.own-results",
        "xai.shape-not-settable.extend",
        "limits.url-kept",
        bend=chain(marks(EXTEND, "extend"), _shares_results),
    ),
)


def _lost(delivery: Delivery, take: Take) -> int:
    return 200


def _twice(delivery: Delivery, take: Take) -> int:
    take(delivery)
    return take(delivery)


def _as_bytes(delivery: Delivery, take: Take) -> int:
    headers = {**delivery.headers, "content-type": "application/octet-stream"}
    return take(replace(delivery, headers=headers))


def _posted(delivery: Delivery, take: Take) -> int:
    return take(replace(delivery, method="POST"))


def _with_key(delivery: Delivery, take: Take) -> int:
    return take(replace(delivery, headers={**delivery.headers, "authorization": BEARER}))


DELIVERED = (
    mutant(
        "result-is-not-put",
        "webhook.sent",
        "xai.output-taken.edit",
        "xai.output-taken.generate",
        catch=_lost,
    ),
    mutant("result-is-put-twice", "webhook.sent-once", catch=_twice),
    mutant("result-is-put-as-bytes", "webhook.request", catch=_as_bytes),
    mutant("result-is-posted", "webhook.request", catch=_posted),
    mutant("result-is-put-with-the-key", "webhook.has-no-key", catch=_with_key),
)

MUTANTS = (
    *AUTHENTICATION,
    *SUBMIT,
    *POLLS,
    *FINISH,
    *MEDIA,
    *LIVES,
    *ISOLATION,
    *DELIVERED,
    *ERRORS,
    *STORED,
    *OWN,
)
