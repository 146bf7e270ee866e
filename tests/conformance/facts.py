"""The facts about requests that a provider's spec documents, each by its JSON pointer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.contract import Contract

CREATES = ("create", "wait")
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


def documented(contract: Contract) -> set[str]:
    """Pointers to the keywords of what creates take that the provider itself documents. What stands
    under `if` is a condition, and no fact."""
    found: set[str] = set()
    seen: set[str] = set()
    for name, path in contract.document["paths"].items():
        for method, operation in path.items():
            if not isinstance(operation, dict) or method == "parameters":
                continue
            if operation.get("x-mock", {}).get("does") not in CREATES:
                continue
            place = f"/paths/{name.replace('~', '~0').replace('/', '~1')}/{method}"
            body, place = operation.get("requestBody", {}), f"{place}/requestBody"
            if reference := body.get("$ref"):
                place = reference.removeprefix("#")
                body = resolved(contract, place)
            for kind, media in body.get("content", {}).items():
                at = f"{place}/content/{kind.replace('/', '~1')}/schema"
                found |= set(_facts(contract, media.get("schema", {}), at, seen))
    return found


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
    if reference := schema.get("$ref"):
        to = reference.removeprefix("#")
        yield from _facts(contract, resolved(contract, to), to, seen)
    for name in ("properties", "dependentSchemas"):
        for key, one in schema.get(name, {}).items():
            yield from _facts(contract, one, f"{pointer}/{name}/{key}", seen)
    for name in ("items", "allOf", "anyOf", "oneOf", "then", "else", "not"):
        if name in schema:
            yield from _facts(contract, schema[name], f"{pointer}/{name}", seen)


def _kind(contract: Contract, schema: Any, keyword: str) -> str:
    """Who says so; empty where nobody is named."""
    source = schema.get("x-source", "")
    if isinstance(source, dict) and "kind" not in source:
        source = source.get(keyword, "")
    return contract.evidence(source).kind if source else ""


def resolved(contract: Contract, pointer: str) -> Any:
    """What is at a pointer. LookupError when nothing is."""
    place: Any = contract.document
    for step in pointer.strip("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        place = place[int(name)] if isinstance(place, list) else place[name]
    return place
