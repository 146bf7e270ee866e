"""kie.ai, bent: the envelope, tasks and records. The rest is in kie_results, kie_own and
kie_lives."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

from tests.mutants.bends import (
    ask,
    at,
    chain,
    every,
    header,
    instead,
    member,
    renamed,
    reply,
    sent_header,
    status,
    text,
    whole,
)
from tests.mutants.kie_bends import (
    BEARER,
    EXTEND,
    GENERATE,
    POLL,
    accepted,
    code,
    empty,
    extension,
    flag,
    keyless,
    mutant,
    other_key,
    refused,
    says,
)
from tests.mutants.kie_lives import MUTANTS as LIVES
from tests.mutants.kie_own import MUTANTS as OWN
from tests.mutants.kie_results import MUTANTS as RESULTS
from tests.mutants.wire import Ahead, Call, Reply


async def renamed_tasks(call: Call, ahead: Ahead) -> Reply:
    """Ids of extensions are spelled with a dash in the middle."""
    body = call.body
    if call.method == "POST" and isinstance(told := call.json(), dict) and "taskId" in told:
        plain = str(told["taskId"]).replace("-", "") if "://" not in str(told["taskId"]) else None
        body = json.dumps({**told, "taskId": plain}).encode() if "-" in call.body.decode() else body
    answer = await ahead(replace(call, query=call.query.replace("-", ""), body=body))
    task = at(answer.json(), "/data/taskId")
    if f"{call.method} {call.path}" == EXTEND and isinstance(task, str):
        return member("/data/taskId", f"{task[:16]}-{task[16:]}")(answer)
    if f"{call.method} {call.path}" == POLL and "-" in call.query and isinstance(task, str):
        return member("/data/taskId", f"{task[:16]}-{task[16:]}")(answer)
    return answer


async def keeps_the_id(call: Call, ahead: Ahead) -> Reply:
    """An extension that is announced has the id of its source."""
    answer = await ahead(call)
    body = call.json()
    if f"{call.method} {call.path}" == EXTEND and code(200)(call, answer) and "callBackUrl" in body:
        return member("/data/taskId", body["taskId"])(answer)
    return answer


async def same_answer(call: Call, ahead: Ahead) -> Reply:
    """A create that was answered before is answered so again, if nobody is told of its end."""
    body = call.json()
    if f"{call.method} {call.path}" != EXTEND or not isinstance(body, dict):
        return await ahead(call)
    plain = json.dumps({name: body[name] for name in body if name != "callBackUrl"})
    if "callBackUrl" not in body and plain in call.kept and not other_key(call):
        return cast("Reply", call.kept[plain])
    answer = await ahead(call)
    if code(200)(call, answer):
        call.kept.setdefault(plain, answer)
    return answer


async def runs_again(call: Call, ahead: Ahead) -> Reply:
    """An extension that was shown as done runs again."""
    answer = await ahead(call)
    if f"{call.method} {call.path}" != POLL or not extension(call, answer):
        return answer
    if not flag(1)(call, answer) or call.kept.setdefault(call.query, call) is call:
        return answer
    return member("/data/response", None)(member("/data/successFlag", 0)(answer))


def of_extension(call: Call) -> bool:
    """Whether a create extends what an extension made."""
    body = call.json()
    return isinstance(body, dict) and body.get("taskId") in call.kept.get("extensions", ())


async def knows_extensions(call: Call, ahead: Ahead) -> Reply:
    answer = await ahead(call)
    if f"{call.method} {call.path}" == EXTEND and code(200)(call, answer):
        call.kept.setdefault("extensions", set()).add(at(answer.json(), "/data/taskId"))
    return answer


ENVELOPE = (
    mutant(
        "msg-is-a-number",
        "kie.code-and-msg",
        "errors.schema",
        bend=reply(EXTEND, member("/msg", 422), when=empty),
    ),
    mutant(
        "data-of-an-error",
        "kie.refusal-has-null-data",
        "errors.schema",
        bend=reply(EXTEND, member("/data", {}), when=empty),
    ),
    mutant(
        "status-400-for-422",
        "kie.refusal-rides-in-200",
        bend=reply(EXTEND, status(400), when=empty),
    ),
    mutant(
        "another-providers-error",
        "errors.envelope",
        "errors.schema",
        bend=reply(
            EXTEND, whole({"error": {"message": "taskId is required"}}), status(422), when=empty
        ),
    ),
    mutant(
        "no-charset",
        "kie.content-type",
        bend=reply("GET */chat/credit", header("content-type", "application/json")),
    ),
    mutant(
        "doubled-prefix-fails",
        "kie.doubled-prefix",
        bend=instead("GET */api/v1/api/v1/*", 500, {"code": 500, "msg": "failed", "data": None}),
    ),
    mutant(
        "error-is-a-web-page",
        "errors.no-html",
        "method.unknown-path-envelope",
        bend=reply("POST */nowhere/*", text("<html></html>", "text/html"), status(404)),
    ),
    mutant(
        "empty-create-is-500",
        "errors.empty-object",
        bend=reply(EXTEND, member("/code", 400), when=empty),
    ),
)

TASKS = (
    mutant(
        "ids-with-a-dash",
        "kie.response-members",
        "kie.id-form",
        "webhook.names-the-job",
        bend=renamed_tasks,
    ),
    mutant(
        "extension-keeps-the-id",
        "kie.extension-has-its-own-id",
        "kie.extension-has-the-whole-video",
        "kie.callback-lists",
        "kie.param-json",
        "media.length.extend",
        "media.moves.extend",
        "webhook.names-the-job",
        bend=keeps_the_id,
    ),
    mutant("no-rate", "kie.rate", chosen={"rate-limit": "0"}),
    mutant("rate-is-15", "kie.rate", chosen={"rate-limit": "15"}),
    mutant("rate-in-200", "kie.rate", bend=reply(GENERATE, status(200), when=code(429))),
    mutant(
        "extends-foreign-tasks",
        "kie.extends-own-tasks-only",
        bend=ask(EXTEND, sent_header("authorization", BEARER), when=other_key),
    ),
    mutant(
        "extends-once",
        "kie.extends-an-extension",
        bend=chain(
            knows_extensions,
            reply(EXTEND, refused(422, "record status is not success"), when=of_extension),
        ),
    ),
    mutant(
        "extends-what-runs",
        "kie.running-task-is-not-extended",
        bend=reply(EXTEND, accepted(), when=says("not success")),
    ),
    mutant(
        "same-create-same-task",
        "submit.ids-differ",
        bend=same_answer,
    ),
    mutant(
        "create-needs-no-key",
        "authentication.no-key",
        "authentication.wrong-scheme",
        bend=ask(EXTEND, sent_header("authorization", BEARER), when=keyless),
    ),
)

RECORDS = (
    mutant(
        "ends-while-it-runs",
        "kie.running-record-is-empty",
        bend=reply(POLL, member("/data/completeTime", 1767225900000), when=flag(0)),
    ),
    mutant(
        "url-while-it-runs",
        "poll.pending-has-no-url",
        bend=reply(
            POLL,
            member(
                "/data/response",
                {
                    "taskId": "f" * 32,
                    "resultUrls": ["https://a.example/a.mp4"],
                    "fullResultUrls": None,
                },
            ),
            when=flag(0),
        ),
    ),
    mutant("times-as-text", "kie.record-times", chosen={"timestamps": "text"}),
    mutant(
        "times-in-seconds",
        "kie.record-times",
        bend=reply(
            POLL,
            member("/data/createTime", lambda found: found // 1000),
            member("/data/completeTime", lambda found: found // 1000),
            when=flag(1),
        ),
    ),
    mutant(
        "ends-before-it-begins",
        "kie.record-times",
        bend=reply(POLL, member("/data/completeTime", 1000000000000), when=flag(1)),
    ),
    mutant(
        "request-is-lost",
        "kie.param-json",
        bend=reply(POLL, member("/data/paramJson", "{}"), when=every(extension, flag(1))),
    ),
    mutant(
        "record-of-nothing",
        "kie.record-needs-a-task",
        bend=instead(
            POLL,
            200,
            {"code": 200, "msg": "success", "data": None},
            when=lambda call: not call.query,
        ),
    ),
    mutant(
        "failure-says-nothing",
        "kie.failed-tells-why",
        bend=reply(POLL, member("/data/errorMessage", None), when=flag(2, 3)),
    ),
    mutant(
        "failure-with-odd-code",
        "kie.failed-tells-why",
        bend=reply(POLL, member("/data/errorCode", None), when=flag(2, 3)),
    ),
    mutant(
        "unknown-flag",
        "poll.known-states",
        "poll.schema.extend",
        bend=reply(POLL, member("/data/successFlag", 4), when=every(extension, flag(0))),
    ),
    mutant(
        "done-and-runs-again",
        "poll.final-is-final",
        bend=runs_again,
    ),
    mutant(
        "record-is-renamed",
        "poll.known-states",
        "poll.schema.extend",
        bend=reply(POLL, renamed("/data/successFlag", "state"), when=every(extension, flag(0))),
    ),
    mutant(
        "foreign-task-is-shown",
        "isolation.foreign-job",
        bend=ask(POLL, sent_header("authorization", BEARER), when=other_key),
    ),
    mutant(
        "unknown-task-is-null",
        "poll.unknown-job",
        "poll.odd-ids",
        "isolation.foreign-job",
        chosen={"unknown-task": "null-data"},
    ),
)

MUTANTS = (*ENVELOPE, *TASKS, *RECORDS, *RESULTS, *OWN, *LIVES)
