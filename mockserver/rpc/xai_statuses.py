"""How xAI's refusals look over gRPC, and its limits there. The vocabulary of specs has no gRPC.

Therefore these facts stand here, each with its source in the words of specs/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from mockserver.contract.model import Contract
from mockserver.rpc.model import Answer, Refusal

README = "PyPI xai-sdk 1.21.0, README, Error Codes (2026-09)"
CLIENT = "PyPI xai-sdk 1.21.0, client.py (2026-09)"
STUBS = "PyPI xai-sdk 1.21.0, docstrings of files_pb2_grpc.py (2026-09)"
OURS = "judgement of this project (2026-11-21)"

MIB = 1024 * 1024
LONGEST = 1000


class Fact(NamedTuple):
    """A value, and who says so: documented, observed or inferred, and where."""

    value: str | int
    kind: str
    where: str


# By HTTP status. The table that xAI documents tells what each gRPC status means.
STATUSES: Mapping[int, Fact] = {
    400: Fact("INVALID_ARGUMENT", "documented", README),
    401: Fact("UNAUTHENTICATED", "documented", README),
    403: Fact("PERMISSION_DENIED", "documented", README),
    404: Fact("NOT_FOUND", "documented", README),
    405: Fact("UNIMPLEMENTED", "inferred", OURS),
    413: Fact("RESOURCE_EXHAUSTED", "documented", STUBS),
    415: Fact("INVALID_ARGUMENT", "inferred", OURS),
    416: Fact("OUT_OF_RANGE", "inferred", OURS),
    422: Fact("INVALID_ARGUMENT", "documented", README),
    429: Fact("RESOURCE_EXHAUSTED", "documented", README),
    500: Fact("INTERNAL", "documented", README),
    503: Fact("UNAVAILABLE", "documented", README),
    529: Fact("UNAVAILABLE", "inferred", OURS),
}
OTHER = Fact("UNKNOWN", "documented", README)
# A key that is wrong or expired, whatever status it has over HTTP. By row of the catalogue.
BAD_KEY = Fact("UNAUTHENTICATED", "documented", README)
KEYS = ("bad-key", "bad-oauth-token")

# Of a message, in either direction. That of a file is the HTTP API's, whose files these are: its
# document says 50 MB, the docstring of UploadFile 512.
MESSAGE = Fact(20 * MIB, "observed", CLIENT)


def refusal(answer: Answer, contract: Contract) -> Refusal:
    """The status and the sentence of a refusal."""
    message = _message(answer)
    known = STATUSES.get(answer.status, OTHER)
    if any(_says(contract.errors[row].message, message) for row in KEYS):
        known = BAD_KEY
    cut = message if len(message) <= LONGEST else f"{message[: LONGEST - 3]}..."
    return Refusal(str(known.value), cut)


def _message(answer: Answer) -> str:
    """What the body says: flat JSON, plain text, or what the simulator itself has to say."""
    try:
        body = answer.json()
    except ValueError:
        return answer.body.decode("utf-8", "replace")
    if not isinstance(body, dict):
        return answer.body.decode("utf-8", "replace")
    return str(body.get("message") or body.get("error") or "")


def _says(template: str, message: str) -> bool:
    """Whether a message is one that a row of the catalogue makes."""
    parts = re.split(r"\{\w+\}", " ".join(template.split()))
    return re.fullmatch(".*".join(map(re.escape, parts)), message, re.DOTALL) is not None
