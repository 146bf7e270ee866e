"""Hooked: how a refusal looks: the API's JSON in its generation, the delivery host's XML."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import orjson

from mockserver.contract.message import Call, Problem, Reply, Violation
from mockserver.contract.model import Contract, ErrorEntry, Json

# What the core calls a problem, in the delivery host's terms.
DELIVERY = {
    "not-found": "no-result",
    "no-route": "no-result",
    "no-method": "delivery-no-method",
    "internal": "delivery-internal",
}
# Field and broken keyword → row of the catalogue; "" stands for any other keyword.
ROWS: dict[str, dict[str, str]] = {
    "media": {"": "media-required"},
    "prompt": {"type": "prompt-type", "maxLength": "prompt-too-long", "": "prompt-required"},
    "targetDuration": {
        "minimum": "duration-too-short",
        "maximum": "duration-too-long",
        "multipleOf": "duration-step",
        "": "duration-type",
    },
    "generateAudio": {"": "audio-type"},
    "name": {"maxLength": "name-too-long", "": "name-type"},
    "webhook": {"maxLength": "webhook-too-long", "": "webhook-not-https"},
    "metadata": {"": "metadata-type"},
    "aspectRatio": {"": "aspect-ratio"},
}
FIELDS = list(ROWS)
KEYWORDS = ["required", "type", "enum", "minimum", "maximum", "minLength", "maxLength"]


def reply(problem: Problem, call: Call, contract: Contract) -> Reply:
    """A problem as the host that was called would answer it."""
    name, fields = problem.name, dict(problem.fields)
    if _is_delivery(call, contract):
        name = DELIVERY.get(name, name)
    elif name == "invalid" and problem.violations:
        name, field = _first(problem.violations)
        fields["field"] = field
    entry = contract.errors[name]
    message = entry.message.format_map(fields)
    body = _envelope(entry, message, contract)
    headers = {name: text.format_map(fields) for name, text in entry.headers}
    return Reply(entry.status, body, entry.media_type, headers)


def _envelope(entry: ErrorEntry, message: str, contract: Contract) -> Json:
    """Decision A3."""
    if entry.media_type == "application/xml":
        inside = f"<Code>{entry.code}</Code><Message>{escape(message)}</Message>"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'
    generation = contract.setting("envelope")
    if generation == "flat":
        code = entry.code or entry.name.upper().replace("-", "_")
        return {"error": {"code": code, "message": message}}
    body: Json = {"success": False, "message": message}
    return body | {"code": entry.code} if entry.code and generation == "coded" else body


def _first(violations: Sequence[Violation]) -> tuple[str, str]:
    """The row of the violation that is told, and its field: one, in the order of the fields."""
    return min((_row(one) for one in violations), key=lambda row: row[0])[1:]


def _row(violation: Violation) -> tuple[tuple[int, int], str, str]:
    field, keyword = _field(violation), violation.keyword
    if violation.place != "body":
        return (len(FIELDS), 0), "invalid", field
    if field not in ROWS:
        name = "unknown-field" if keyword == "additionalProperties" else "bad-body"
        return (len(FIELDS), 0), name, field
    names = ROWS[field]
    rank = KEYWORDS.index(keyword) if keyword in KEYWORDS else len(KEYWORDS)
    return (FIELDS.index(field), rank), names.get(keyword, names[""]), field


def _field(violation: Violation) -> str:
    """The field of the body that a violation is about. No body at all lacks a video."""
    if violation.keyword == "required":
        quoted = violation.allowed.startswith('"')
        return str(orjson.loads(violation.allowed)) if quoted else FIELDS[0]
    if violation.keyword == "additionalProperties":
        return str(violation.allowed).strip('[]"').partition('"')[0]
    return violation.pointer[1:].partition("/")[0]


def _is_delivery(call: Call, contract: Contract) -> bool:
    """Whether a path, known or not, belongs to the delivery host."""
    first = call.path.split("/")[1]
    return any(
        one.hosts != contract.hosts and one.path.split("/")[1] == first
        for one in contract.operations
    )
