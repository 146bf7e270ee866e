"""LTX: how a refusal looks: the API's JSON envelope, the storage host's XML, a proxy's page."""

from __future__ import annotations

from xml.sax.saxutils import escape

from mockserver.contract import pointer as at
from mockserver.contract.message import Call, Problem, Reply, Violation
from mockserver.contract.model import Contract, ErrorEntry, Json

# What the core calls a problem, in the storage host's terms.
STORAGE = {
    "not-found": "no-result",
    "no-route": "no-result",
    "no-method": "storage-no-method",
    "too-large": "storage-too-large",
    "internal": "storage-internal",
}


def reply(problem: Problem, call: Call, contract: Contract) -> Reply:
    """A problem as the host that was called would answer it."""
    name = problem.name
    if _on_storage(call, contract):
        name = STORAGE.get(name, name)
    entry = contract.errors[name]
    headers = {name: text.format_map(problem.fields) for name, text in entry.headers}
    return wrapped(entry, message(entry, problem, contract), call, headers)


def wrapped(
    entry: ErrorEntry, text: str, call: Call, headers: dict[str, str] | None = None
) -> Reply:
    """A message in the envelope that goes with its error."""
    headers = headers or {}
    if entry.media_type == "application/json":
        body = {"type": "error", "error": {"type": entry.code, "message": text}}
        return answer(entry.status, body, call, headers)
    if entry.media_type == "application/xml":
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f"<Error><Code>{entry.code}</Code><Message>{escape(text)}</Message></Error>"
        )
    return Reply(entry.status, text, entry.media_type, headers)


def answer(status: int, body: Json, call: Call, headers: dict[str, str] | None = None) -> Reply:
    """A reply of the API host, which names the call in a header."""
    return Reply(status, body, headers={"x-request-id": call.id, **(headers or {})})


def message(entry: ErrorEntry, problem: Problem, contract: Contract) -> str:
    """The wording of an error, filled in; every violation is named."""
    fields = dict(problem.fields)
    if problem.violations:
        fields["detail"] = "; ".join(_sentence(one, contract) for one in problem.violations)
    return entry.message.format_map(fields)


def _sentence(violation: Violation, contract: Contract) -> str:
    """One violation in the provider's manner: `duration is required`."""
    if violation.keyword == "required":
        missing = violation.allowed.strip('"') if violation.allowed.startswith('"') else ""
        return f"{missing or violation.pointer[1:] or 'Request body'} is required"
    if violation.keyword == "anyOf":
        choices = at.follow(contract.document, violation.schema)
        return f"{' or '.join(choice['required'][0] for choice in choices)} is required"
    subject = violation.pointer[1:].replace("/", ".") or "Request body"
    return f"{subject} {violation.sentence}"


def _on_storage(call: Call, contract: Contract) -> bool:
    """Whether a path, known or not, belongs to the storage host."""
    first = call.path.split("/")[1]
    return any(
        one.hosts != contract.hosts and one.path.split("/")[1] == first
        for one in contract.operations
    )
