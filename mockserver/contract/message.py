"""What goes over the wire, as values: a Call in, a Reply out, and what was wrong in between.

What is made on every call is a NamedTuple: a frozen dataclass takes five times as long to make.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from mockserver.contract.model import Evidence, Json

Body: TypeAlias = AsyncIterator[bytes]
Stream: TypeAlias = AsyncGenerator[bytes, None]
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body, in the order sent.

    A file has a `filename` (or None for a plain field), and its bytes under `key` on the shelf of
    uploads; a field has a `value`.
    """

    name: str
    value: str = ""
    filename: str | None = None
    media_type: str = ""
    key: str = ""
    bytes: int = 0


class Call(NamedTuple):
    """One request to a provider, read and routed.

    `at` is the world's clock in seconds since 1970, `id` a word of 32 hexadecimal digits of this
    call's own, `base` the provider's base URL as the client sees it, `owner` a fingerprint of the
    credentials (the credentials themselves are not kept).
    """

    number: int
    at: float
    method: str
    path: str
    base: str
    headers: Mapping[str, str]
    id: str = ""
    params: Mapping[str, str] = NOTHING
    query: Mapping[str, str] = NOTHING
    body: Json = None
    raw: bytes = b""
    target: str = ""
    parts: tuple[Part, ...] = ()
    stream: Body | None = None
    owner: str = ""

    def by(self, owner: str) -> Call:
        """The same call, of an owner. (`_replace` takes five times as long, here and below.)"""
        return tuple.__new__(Call, (*self[:-1], owner))

    def saying(self, body: Json, raw: bytes) -> Call:
        """The same call, with a body."""
        return tuple.__new__(Call, (*self[:9], body, raw, *self[11:]))


class Reply(NamedTuple):
    """One answer. `body` is JSON, text or bytes as `media_type` says; None is an empty body.

    Instead of a body there may be a `file` on disk, the id of the job whose `result` is sent (that
    of the name `part`), or a `stream` of pieces, which are sent as they come. A poll's `stays`
    when every other with the same head gets it as well until its job shows something else.
    """

    status: int
    body: Json = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = NOTHING
    file: Path | None = None
    result: str = ""
    part: str = "video"
    stream: Stream | None = None
    stays: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing follows the headers."""
        return self.body is None and self.file is None and not self.result and self.stream is None


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


class Suggestion(NamedTuple):
    """What may have been meant: `about` which place of the call, and where the spec says so."""

    about: str
    say: str
    source: str = ""


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
