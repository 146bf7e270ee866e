"""What the clients here talk through."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.client import HTTPException
from typing import NamedTuple, Protocol
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

TIMEOUT = 20.0


class Broken(Exception):
    """There was no answer, or not all of it."""


class Answer(NamedTuple):
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(Protocol):
    """Sends, and waits."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a request. Broken where the connection broke before its end."""

    def sleep(self, seconds: float) -> None:
        """Let so much time pass."""


class Sockets:
    """As any program: HTTP over sockets, in real time."""

    def __init__(self) -> None:
        self._opener = build_opener(ProxyHandler({}), _Still())

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        request = Request(url, body or None, dict(headers), method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return answer_of(answer.status, dict(answer.headers), answer.read())
        except HTTPError as error:
            with error:
                return answer_of(error.code, dict(error.headers), error.read())
        except (OSError, ValueError, HTTPException) as error:
            raise Broken(str(error)) from None

    def sleep(self, seconds: float) -> None:
        threading.Event().wait(seconds)


class _Still(HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *args: object) -> None:
        return None


def answer_of(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """An answer. Broken where it is shorter than it says."""
    low = {name.lower(): text for name, text in headers.items()}
    if int(low.get("content-length", len(body))) != len(body):
        raise Broken(f"{len(body)} of {low['content-length']} bytes came")
    return Answer(status, low, body)
