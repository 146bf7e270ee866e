"""JSON pointers: written, followed, and `$ref`s resolved. And path templates, filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from mockserver.contract.model import Json


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template such as a path with its `{names}` filled in."""
    return re.sub(r"\{([^}]+)\}", lambda match: values[match[1]], template)


def write(parts: Iterable[str | int]) -> str:
    """The pointer to a place: `["a", "b/c", 0]` → `/a/b~1c/0`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def split(pointer: str) -> list[str]:
    """The steps of a pointer, unescaped. A leading `#` is allowed."""
    return [
        step.replace("~1", "/").replace("~0", "~")
        for step in pointer.removeprefix("#").split("/")[1:]
    ]


def follow(document: Json, pointer: str) -> Json:
    """The value at a pointer. KeyError when there is none."""
    value = document
    for step in _steps(pointer):
        value = child(value, step)
    return value


@lru_cache(maxsize=1024)  # the pointers of a contract are followed on every call
def _steps(pointer: str) -> tuple[str, ...]:
    return tuple(split(pointer))


def child(value: Json, step: str) -> Json:
    """One step down. KeyError when there is none."""
    if isinstance(value, dict):
        return value[step]
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    raise KeyError(step)


def resolve(document: Json, value: Json, pointer: str) -> tuple[Json, str]:
    """What a `$ref` means, and where that stands; a value that is no `$ref` is itself."""
    seen = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        pointer = value["$ref"].removeprefix("#")
        if pointer in seen:
            raise KeyError(pointer)
        seen.add(pointer)
        value = follow(document, pointer)
    return value, pointer


def walk(value: Json, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """Every object and list in a document with its pointer, parents first."""
    yield pointer, value
    items: Iterable[tuple[str | int, Json]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for name, below in items:
        if isinstance(below, dict | list):
            yield from walk(below, pointer + write([name]))
