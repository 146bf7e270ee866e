"""xAI, bent: how it refuses, and what else it is called with."""

from __future__ import annotations

from tests.mutants.bends import instead, reply, status, text, whole
from tests.mutants.xai_bends import EXTEND, NOWHERE, empty, mutant

ERRORS = (
    mutant("empty-is-400", "errors.empty-object", bend=reply(EXTEND, status(400), when=empty)),
    mutant(
        "pydantics-422",
        "errors.envelope",
        "errors.schema",
        bend=reply(
            EXTEND,
            whole({"detail": [{"loc": ["body", "prompt"], "msg": "Field required"}]}),
            when=empty,
        ),
    ),
    mutant(
        "json-for-text",
        "errors.schema",
        bend=reply(EXTEND, whole({"code": "unprocessable", "error": "missing field"}), when=empty),
    ),
    mutant(
        "malformed-fails",
        "errors.malformed",
        bend=reply(EXTEND, status(500), when=lambda call: call.body == b'{"prompt": "cut'),
    ),
    mutant(
        "no-body-is-400",
        "errors.no-body",
        bend=reply(EXTEND, status(400), when=lambda call: not call.body),
    ),
    mutant(
        "list-is-taken",
        "errors.not-an-object",
        bend=instead(
            EXTEND, 200, {"request_id": "x"}, when=lambda call: isinstance(call.json(), list)
        ),
    ),
    mutant(
        "error-is-a-page",
        "errors.no-html",
        bend=reply(EXTEND, text("<h1>Bad</h1>", "text/html"), when=lambda call: call.body == b"{"),
    ),
)

METHOD = (
    mutant(
        "no-route-is-400",
        "method.unknown-path",
        bend=reply(NOWHERE, status(400)),
    ),
    mutant(
        "no-route-is-text",
        "method.unknown-path-envelope",
        bend=reply(NOWHERE, whole({"message": "Not Found"})),
    ),
    mutant(
        "put-is-not-found",
        "method.on-create",
        bend=reply("PUT /xai/v1/videos/extensions", status(404)),
    ),
    mutant(
        "patch-is-not-found",
        "method.on-poll",
        bend=reply("PATCH /xai/v1/videos/*", status(404)),
    ),
    mutant(
        "form-is-422",
        "method.content-type",
        bend=reply(
            EXTEND, status(422), when=lambda call: "form" in call.headers.get("content-type", "")
        ),
    ),
    mutant(
        "charset-is-415",
        "method.charset",
        bend=reply(
            EXTEND,
            status(415),
            when=lambda call: "charset" in call.headers.get("content-type", ""),
        ),
    ),
)

MUTANTS = (*ERRORS, *METHOD)
