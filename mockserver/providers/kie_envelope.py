"""kie.ai's envelopes: {code, msg, data} of the API, {success, code, msg} of the upload host.

The hosts of files and the proxy before the API answer in HTML.
"""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, ErrorEntry, Json
from mockserver.providers.base import Here

JSON = "application/json;charset=UTF-8"  # observed in every recorded answer
UPLOADS = "/api/file-"  # how the paths of the upload host begin
# What the core calls a problem, in the upload host's terms.
UPLOAD = {
    "unauthenticated": "upload-unauthenticated",
    "bad-key": "upload-unauthenticated",
    "malformed": "upload-invalid",
    "media-type": "upload-invalid",
    "too-large": "upload-too-large",
    "no-route": "upload-no-route",
    "no-method": "upload-no-method",
    "internal": "upload-internal",
}


def success(data: Json) -> Reply:
    """An answer of code 200."""
    return Reply(200, {"code": 200, "msg": "success", "data": data}, JSON)


def refusal(problem: Problem, call: Call, contract: Contract) -> Reply:
    """A problem as the host that was called would answer it."""
    name, fields = problem.name, {"detail": problem.say, **problem.fields}
    if call.path.startswith(UPLOADS):
        name, lacking = _upload_row(problem)
        return _wrapped(contract.errors[name], {**fields, "name": lacking}, contract)
    lacks = any(one.keyword == "required" for one in problem.violations)
    if name == "invalid" and lacks and contract.setting("missing-field") == "500":
        name = "missing-field"
    return _wrapped(contract.errors[name], fields, contract)


def said(name: str, here: Here, data: Json = None) -> Reply:
    """An error of the API host that carries data, as those of upgrades do."""
    entry = here.contract.errors[name]
    body = {"code": int(entry.code), "msg": entry.message, "data": data}
    return Reply(_status(entry, here.contract), body, JSON)


def _wrapped(entry: ErrorEntry, fields: Mapping[str, object], contract: Contract) -> Reply:
    text = entry.message.format_map(fields) if "{" in entry.message else entry.message
    if entry.media_type != "application/json":
        return Reply(entry.status, text, entry.media_type)
    if entry.name.startswith("upload-"):
        return Reply(entry.status, {"success": False, "code": int(entry.code), "msg": text})
    body = {"code": int(entry.code), "msg": text, "data": None}
    return Reply(_status(entry, contract), body, JSON)


def _status(entry: ErrorEntry, contract: Contract) -> int:
    """Decision A1: errors ride in an HTTP 200, unless the setting says otherwise."""
    return int(entry.code) if contract.setting("status") == "http" else entry.status


def _upload_row(problem: Problem) -> tuple[str, str]:
    """The row of the catalogue, and the name of what is missing."""
    if problem.name != "invalid":
        return UPLOAD.get(problem.name, problem.name), str(problem.fields.get("name", ""))
    for one in problem.violations:
        if one.keyword == "required" and one.allowed.startswith('"'):
            return "upload-missing", one.allowed.strip('"')
    return "upload-invalid", ""
