"""What of a provider's spec the provider documents, each fact as a JSON pointer: what its requests
take, its errors, the life of its jobs and files, and its webhooks. What answers look like is judged
whole, by their schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import Contract

METHODS = ("get", "put", "post", "delete", "patch", "head")
KEYWORDS = (
    "required",
    "enum",
    "const",
    "pattern",
    "format",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)
IN_PARTS = ("jobs", "deliveries")
"""Parts of x-mock whose members have a source for each of their keys."""
WHOLE = ("errors", "settings")
"""Parts of x-mock whose members are one fact each."""


def documented(contract: Contract) -> set[str]:
    """The pointers. What stands under `if` is a condition, and no fact."""
    return {*_requests(contract), *_behaviour(contract)}


def _requests(contract: Contract) -> Iterator[str]:
    seen: set[str] = set()
    for name, path in contract.document["paths"].items():
        place = f"/paths/{_escaped(name)}"
        yield from _parameters(contract, path, place, seen)
        for method in METHODS:
            if method in path:
                at = f"{place}/{method}"
                yield from _parameters(contract, path[method], at, seen)
                yield from _bodies(contract, path[method], at, seen)


def _parameters(
    contract: Contract, told: Mapping[str, Any], place: str, seen: set[str]
) -> Iterator[str]:
    for index, one in enumerate(told.get("parameters", ())):
        parameter, at = _followed(contract, one, f"{place}/parameters/{index}")
        yield from _facts(contract, parameter.get("schema", {}), f"{at}/schema", seen)


def _bodies(
    contract: Contract, operation: Mapping[str, Any], place: str, seen: set[str]
) -> Iterator[str]:
    body, at = _followed(contract, operation.get("requestBody", {}), f"{place}/requestBody")
    for kind, media in body.get("content", {}).items():
        schema = f"{at}/content/{_escaped(kind)}/schema"
        yield from _facts(contract, media.get("schema", {}), schema, seen)


def _behaviour(contract: Contract) -> Iterator[str]:
    told = contract.document["x-mock"]
    for part in WHOLE:
        for name, one in told.get(part, {}).items():
            if _kind(contract, one, "status") == "documented":
                yield f"/x-mock/{part}/{name}"
    for part in IN_PARTS:
        for name, one in told.get(part, {}).items():
            for key in one:
                if key != "x-source" and _kind(contract, one, key) == "documented":
                    yield f"/x-mock/{part}/{name}/{key}"


def _facts(contract: Contract, schema: Any, pointer: str, seen: set[str]) -> Iterator[str]:
    if isinstance(schema, list):
        for index, one in enumerate(schema):
            yield from _facts(contract, one, f"{pointer}/{index}", seen)
    if not isinstance(schema, dict) or pointer in seen:
        return
    seen.add(pointer)
    for keyword in KEYWORDS:
        if keyword in schema and _kind(contract, schema, keyword) == "documented":
            yield f"{pointer}/{keyword}"
    if "$ref" in schema:
        to, at = _followed(contract, schema, pointer)
        yield from _facts(contract, to, at, seen)
    for name in ("properties", "dependentSchemas"):
        for key, one in schema.get(name, {}).items():
            yield from _facts(contract, one, f"{pointer}/{name}/{_escaped(key)}", seen)
    for name in ("items", "allOf", "anyOf", "oneOf", "then", "else", "not"):
        if name in schema:
            yield from _facts(contract, schema[name], f"{pointer}/{name}", seen)


def _kind(contract: Contract, told: Mapping[str, Any], keyword: str) -> str:
    """Who says so; empty where nobody is named."""
    source = told.get("x-source", "")
    if isinstance(source, dict) and "kind" not in source:
        source = source.get(keyword, "")
    return contract.evidence(source).kind if source else ""


def _followed(contract: Contract, told: Mapping[str, Any], place: str) -> tuple[Any, str]:
    """What is told, or what it refers to, and where that stands."""
    if reference := told.get("$ref"):
        return resolved(contract, to := reference.removeprefix("#")), to
    return told, place


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def resolved(contract: Contract, pointer: str) -> Any:
    """What is at a pointer. LookupError when nothing is."""
    place: Any = contract.document
    for step in pointer.strip("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        place = place[int(name)] if isinstance(place, list) else place[name]
    return place
