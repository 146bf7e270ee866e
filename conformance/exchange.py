"""One HTTP exchange as a value, with what is secret taken out before it is kept."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from conformance.model import Json

KEPT = 20_000
SHORTEST = 4
"""A text of fewer characters is no secret: it stands everywhere."""
NOTHING = "(?!)"
MEDIA = ("video/", "image/", "audio/", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `url` is a path at the provider, or absolute. `slow`: its answer may take as long
    as a job; `follow`: redirects are followed, as it brings no key."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    slow: bool = False
    follow: bool = False

    def with_headers(self, headers: Mapping[str, str]) -> Ask:
        """The same request with further headers; those given win."""
        return replace(self, headers={**self.headers, **headers})


def post(path: str, body: Json) -> Ask:
    """A request that brings JSON."""
    return Ask("POST", path, {"content-type": "application/json"}, json.dumps(body).encode())


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. Header names are in lower case; `raw` keeps those sent more than once."""

    status: int
    raw: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float = 0.0

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): text for name, text in self.raw}

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Json:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, in the order of their numbers; `at` is the target's time."""

    number: int
    ask: Ask
    answer: Answer
    at: float

    def told(self) -> str:
        """In one line."""
        size = f"{len(self.answer.body):,} bytes" if self.answer.body else "no body"
        kind = self.answer.media_type or "no content type"
        return f"{self.ask.method} {self.ask.url} -> {self.answer.status} {kind}, {size}"

    def show(self) -> Json:
        """As reports have it."""
        return {
            "number": self.number,
            "at": round(self.at, 3),
            "request": {
                "method": self.ask.method,
                "url": self.ask.url,
                "headers": dict(self.ask.headers),
                "body": shown(self.ask.body, self.ask.headers.get("content-type", "")),
            },
            "response": {
                "status": self.answer.status,
                "headers": [list(pair) for pair in self.answer.raw],
                "body": shown(self.answer.body, self.answer.media_type),
            },
        }


def shown(body: bytes, media_type: str) -> Json:
    """A body for people: text as it is, media and what is too long by its hash."""
    if len(body) > KEPT or media_type.startswith(MEDIA):
        return {"sha256": sha256(body).hexdigest(), "bytes": len(body)}
    return body.decode("utf-8", "replace")


class Secrets:
    """Takes secrets out of whatever is kept or printed: each is replaced by its name, also where
    it is written as in a URL, in JSON or in base64. Longer ones go first: one may hold another."""

    def __init__(self, secrets: Iterable[tuple[str, str]] = ()) -> None:
        long = [(text, name) for text, name in secrets if len(text) >= SHORTEST]
        self._names = {way: name for text, name in long for way in _spelt(text)}
        ways = sorted(self._names, key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, ways)) or NOTHING)
        self._any_bytes = re.compile(self._any.pattern.encode())
        self._ways = [one.encode() for one in ways]

    def text(self, text: str) -> str:
        return self._any.sub(lambda found: self._names[found[0]], text)

    def bytes(self, body: bytes) -> bytes:
        if not any(
            one in body for one in self._ways
        ):  # quicker by far where a file is looked through
            return body
        return self._any_bytes.sub(lambda found: self._names[found[0].decode()].encode(), body)

    def ask(self, ask: Ask) -> Ask:
        headers = {name: self.text(text) for name, text in ask.headers.items()}
        return replace(ask, url=self.text(ask.url), headers=headers, body=self.bytes(ask.body))

    def answer(self, answer: Answer) -> Answer:
        raw = tuple((name, self.text(text)) for name, text in answer.raw)
        return replace(answer, raw=raw, body=self.bytes(answer.body))


def _spelt(text: str) -> Iterator[str]:
    """The ways a text may be written."""
    yield text
    yield quote(text, safe="")
    yield json.dumps(text)[1:-1]
    yield b64encode(text.encode()).decode()
