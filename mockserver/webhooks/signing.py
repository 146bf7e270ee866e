"""Signatures over pushes: made for what we send, verified in what an inbox receives."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from mockserver.contract.model import Signature

TOLERANCE = 300.0
_PART = re.compile(rb"\{(id|timestamp|body)\}")
_FIELD = re.compile(r"\{(timestamp|signature)\}")
_SHAPES = {"timestamp": r"(?P<timestamp>[0-9]{1,12})", "signature": r"(?P<signature>[^\s,;]+)"}


def signed(signature: Signature, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove who sent a body."""
    fields = {"timestamp": str(timestamp), "signature": _proof(signature, id, timestamp, body)}
    return {
        name: _FIELD.sub(lambda match: fields[match[1]], template)
        for name, template in signature.headers
    }


def verify(
    signature: Signature,
    headers: Mapping[str, str],
    body: bytes,
    ids: Iterable[str],
    *,
    now: float,
    tolerance: float = TOLERANCE,
) -> str:
    """Why a signature is not to be trusted, in a sentence; empty when it is.

    `headers` have lower-case names. `ids` are the words that `{id}` may stand for.
    """
    found: dict[str, str] = {}
    for name, template in signature.headers:
        text = headers.get(name.lower())
        if text is None:
            return f"the header {name} is missing"
        match = _shape(template).fullmatch(text.strip())
        if match is None:
            return f"the header {name} is not of the form {template}"
        found |= match.groupdict()
    timestamp = int(found.get("timestamp", "0"))
    given = found.get("signature", "").encode()
    if not any(
        hmac.compare_digest(_proof(signature, id, timestamp, body).encode(), given)
        for id in _candidates(signature, ids)
    ):
        return "the signature does not match what came"
    if "timestamp" in found and abs(now - timestamp) > tolerance:
        return f"the timestamp is {abs(now - timestamp):.0f} s away from now, {tolerance:g} allowed"
    return ""


def _candidates(signature: Signature, ids: Iterable[str]) -> Iterable[str]:
    return ids if "{id}" in signature.message else ("",)


def _proof(signature: Signature, id: str, timestamp: int, body: bytes) -> str:
    fields = {b"id": id.encode(), b"timestamp": b"%d" % timestamp, b"body": body}
    message = _PART.sub(lambda match: fields[match[1]], signature.message.encode())
    digest = hmac.new(signature.secret.encode(), message, hashlib.sha256).digest()
    return digest.hex() if signature.encoding == "hex" else base64.b64encode(digest).decode()


@lru_cache(maxsize=64)
def _shape(template: str) -> re.Pattern[str]:
    parts = _FIELD.split(template)
    return re.compile(
        "".join(_SHAPES[part] if index % 2 else re.escape(part) for index, part in enumerate(parts))
    )
