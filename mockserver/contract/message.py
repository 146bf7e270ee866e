"""What goes over the wire, as values: a Call in, a Reply out, and what was wrong in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from mockserver.contract.model import Evidence, Json

Body: TypeAlias = AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a provider, read and routed.

    `at` is the world's clock in seconds since 1970, `base` the provider's base URL as the client
    sees it, `owner` a fingerprint of the credentials (the credentials themselves are not kept).
    """

    number: int
    at: float
    method: str
    path: str
    base: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    raw: bytes = b""
    stream: Body | None = None
    owner: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `body` is JSON, text, bytes, a file to send, or None for an empty body."""

    status: int
    body: Json = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule of the contract that a message breaks.

    `place` is body, query, path or header; `pointer` points into it; `schema` is the JSON pointer
    of the rule in the spec.
    """

    place: str
    pointer: str
    keyword: str
    found: str
    allowed: str
    sentence: str
    schema: str
    evidence: Evidence | None = None

    @property
    def field(self) -> str:
        """The innermost name the violation is about."""
        return self.pointer.rsplit("/", 1)[-1] or self.place

    def explain(self, file: str) -> str:
        """The rule, where it stands and who says so, in one sentence."""
        who = f"; {self.evidence.kind}: {self.evidence.where}" if self.evidence else ""
        where = f"{self.place}{self.pointer}" if self.pointer else self.place
        return f"{where} {self.sentence} ({file}#{self.schema}{who})"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a call is refused: a name from the provider's error catalogue, and what fills it in.

    `say` is our explanation for the journal; the wire gets the provider's own words.
    """

    name: str
    fields: Mapping[str, object] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    say: str = ""
    pointer: str = ""
