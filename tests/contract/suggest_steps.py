"""What tests of suggestions share: a checker and an adviser of each provider, and what they say."""

from __future__ import annotations

from functools import lru_cache

import orjson

from mockserver import providers
from mockserver.contract import document
from mockserver.contract.message import Call, Suggestion
from mockserver.contract.model import Json, Operation
from mockserver.contract.suggest import Adviser
from mockserver.contract.validate import Checker

OPERATIONS = [one for name in providers.NAMES for one in document.load(name).operations]
URL = "https://example.com/a.mp4"
SAID = "The tide comes in over the sand."
XAI = "handle_extend_video_request"
NEW = "handle_generate_video_request"
CLIP: Json = {"prompt": SAID, "model": "ltx-2-3-pro", "duration": 8, "resolution": "1920x1080"}


@lru_cache
def checker(provider: str) -> Checker:
    return Checker(document.load(provider))


@lru_cache
def adviser(provider: str) -> Adviser:
    return Adviser(checker(provider))


def call_of(operation: Operation, body: Json = None, **rest: Json) -> Call:
    raw = b"" if body is None else orjson.dumps(body)
    path = rest.pop("path", operation.path)
    return Call(
        1, 0.0, operation.method, path, "", rest.pop("headers", {}), body=body, raw=raw, **rest
    )


def said(provider: str, name: str, body: Json = None, **rest: Json) -> list[str]:
    return [one.say for one in suggested(provider, name, body, **rest)]


def suggested(provider: str, name: str, body: Json = None, **rest: Json) -> tuple[Suggestion, ...]:
    operation = checker(provider).contract.operation(name)
    call = call_of(operation, body, **rest)
    return adviser(provider).content(operation, call, checker(provider).call(operation, call))
