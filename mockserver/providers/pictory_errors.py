"""Pictory: how a refusal looks: the API's, the gateway's, the older API's, the storage host's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from mockserver.contract import pointer as at
from mockserver.contract.message import Call, Problem, Reply, Violation
from mockserver.contract.model import Contract, ErrorEntry, Json

# What the core calls a problem, in the storage host's terms.
STORAGE = {
    "invalid": "storage-signature",
    "not-found": "no-result",
    "no-route": "no-result",
    "no-method": "storage-no-method",
    "too-large": "storage-too-large",
    "internal": "storage-internal",
}
LEGACY = ("malformed", "invalid", "media-type")  # what the older API words in its own envelope
NAMED = ("malformed", "invalid", "media-type")  # what comes with a list of fields


def reply(problem: Problem, call: Call, contract: Contract) -> Reply:
    """A problem as the host that was called would answer it."""
    if _on_storage(call, contract):
        return _xml(contract.errors[STORAGE.get(problem.name, problem.name)])
    if problem.name in LEGACY and call.path == contract.operation("create_token").path:
        return _legacy(problem, contract)
    entry = contract.errors[problem.name]
    if problem.violations and all(one.place == "query" for one in problem.violations):
        entry = contract.errors["invalid-request"]
    text = _message(entry, problem, contract)
    if entry.media_type != "application/json":
        return Reply(entry.status, text, entry.media_type, dict(entry.headers))
    return Reply(
        entry.status, _body(entry, text, problem, call, contract), headers=dict(entry.headers)
    )


def code(text: str, contract: Contract) -> str | int:
    """An error_code, which some age of the API sends as a number (decision A12)."""
    if contract.setting("error-codes") == "number" and text.isdigit():
        return int(text)
    return text


def _body(entry: ErrorEntry, text: str, problem: Problem, call: Call, contract: Contract) -> Json:
    if entry.name == "not-found":
        data = {"error_code": code(entry.code, contract), "error_message": text}
        return {"job_id": call.params.get("jobid", ""), "success": False, "data": data}
    if not entry.code:
        return {"message": text}
    body: Json = {"code": entry.code, "message": text}
    if entry.name in NAMED:
        body["fields"] = list(_fields(problem, contract))
    return body


def _legacy(problem: Problem, contract: Contract) -> Reply:
    entry = contract.errors["legacy-invalid"]
    detail = _sentences(problem.violations, contract) or _message(
        contract.errors[problem.name], problem, contract
    )
    text = entry.message.format_map({"detail": detail})
    error = {"error_code": int(entry.code), "error_message": text}
    return Reply(entry.status, {"success": False, "error": error})


def _xml(entry: ErrorEntry) -> Reply:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{entry.code}</Code><Message>{escape(entry.message)}</Message></Error>"
    )
    return Reply(entry.status, text, entry.media_type, dict(entry.headers))


def _message(entry: ErrorEntry, problem: Problem, contract: Contract) -> str:
    fields = dict(problem.fields)
    for name in ("cost", "balance"):
        if name in fields:
            fields[name] = f"{float(str(fields[name])):g}"
    if problem.violations:
        fields["detail"] = _sentences(problem.violations, contract)
    return entry.message.format_map(fields)


def _sentences(violations: Sequence[Violation], contract: Contract) -> str:
    rows = [row for one in violations for row in _rows(one, contract)]
    return "; ".join(f"{name} {text}" for name, text in rows)


def _fields(problem: Problem, contract: Contract) -> Iterator[Json]:
    """One row for every field; what is wrong with it is one text, in spite of the name `errors`."""
    rows: dict[str, list[str]] = {}
    for violation in problem.violations:
        for name, text in _rows(violation, contract):
            rows.setdefault(name, []).append(text)
    for name, texts in rows.items():
        yield {"name": name, "errors": "; ".join(texts)}


def _rows(violation: Violation, contract: Contract) -> list[tuple[str, str]]:
    """The fields a violation is about, each with what is wrong with it."""
    name = violation.pointer[1:].replace("/", ".")
    if violation.keyword == "required" and violation.allowed.startswith('"'):
        missing = violation.allowed.strip('"')
        return [(f"{name}.{missing}" if name else missing, "is required")]
    if violation.keyword == "not":
        both = at.follow(contract.document, violation.schema)["required"]
        return [(one, f"cannot be used together with {other}") for one, other in _pairs(both)]
    return [(name or "body", violation.sentence)]


def _pairs(both: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield both[0], both[1]
    yield both[1], both[0]


def _on_storage(call: Call, contract: Contract) -> bool:
    """Whether a path, known or not, belongs to one of the storage hosts."""
    first = call.path.split("/")[1]
    return any(
        one.hosts != contract.hosts and one.path.split("/")[1] == first
        for one in contract.operations
    )
