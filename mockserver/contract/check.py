"""Is a spec well-formed? The vocabulary is closed, every name is defined, every fact has a source.

`python -m mockserver.contract.check specs/NAME.yaml ...` lists everything that is wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import jsonschema_rs

from mockserver.contract import pointer as at
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
FACTS = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern "
    "minItems maxItems minProperties maxProperties enum const default".split()
)
CORE_ERRORS = frozenset(
    "unauthenticated bad-key malformed invalid not-found no-route no-method media-type too-large "
    "internal".split()
)
ERRORS_OF = {
    "wait": frozenset({"timeout"}),
    "download": frozenset({"no-result", "link-expired", "bad-range"}),
}
EXTENSIONS = frozenset({"x-mock", "x-source"})
PUSHED_TO = re.compile(r"\{\$request\.body#(/[^}]+)\}")
# Keys under which names stand, not keywords; and keys under which values stand, not schemas.
NAME_MAPS = frozenset(
    "properties patternProperties $defs schemas responses parameters headers paths callbacks "
    "securitySchemes requestBodies content links variables pathItems examples".split()
)
VALUES = frozenset({"example", "examples", "default", "enum", "const", "x-mock", "x-source"})


def check(document: Json, file: str, vocabulary: Json) -> None:
    """Raise the first SpecError of a document; return when there is none."""
    for problem in problems(document, file, vocabulary):
        raise problem


def problems(document: Json, file: str, vocabulary: Json) -> Iterator[SpecError]:
    """Everything that is wrong with a document, shape before meaning."""
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        yield SpecError(file, "", "", say="not an OpenAPI document: it has no paths")
        return
    shape = [*_shape(document, file, vocabulary), *_references(document, file)]
    yield from shape
    if shape:
        return
    yield from _names(document, file)
    yield from _settings(document, file)
    if not document["x-mock"].get("own"):
        yield from _provenance(document, file)


def operations(document: Json) -> Iterator[tuple[str, str, str, Json]]:
    """Every operation: path, method, JSON pointer, value."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield path, method, at.write(["paths", path, method]), item[method]


def pushes(document: Json) -> Iterator[tuple[str, str, str, Json]]:
    """Every operation under callbacks: expression of its URL, method, JSON pointer, value."""
    for _, _, where, operation in operations(document):
        for name, choice in operation.get("callbacks", {}).items():
            above = where + at.write(["callbacks", name])
            choice, above = at.resolve(document, choice, above)
            for expression, item in choice.items():
                for method in METHODS:
                    if isinstance(item, dict) and isinstance(item.get(method), dict):
                        yield (
                            expression,
                            method,
                            above + at.write([expression, method]),
                            item[method],
                        )


def _shape(document: Json, file: str, vocabulary: Json) -> Iterator[SpecError]:
    if "x-mock" not in document:
        yield SpecError(file, "", "", say="the document has no x-mock")
        return
    registry = jsonschema_rs.Registry([("urn:vocabulary", vocabulary)])
    shapes = {
        name: jsonschema_rs.validator_for(
            {"$ref": f"urn:vocabulary#/$defs/{name}"}, registry=registry
        )
        for name in ("document", "operation", "push", "source")
    }
    homes = {"": "document"} | {where: "operation" for _, _, where, _ in operations(document)}
    homes |= {where: "push" for _, _, where, _ in pushes(document)}
    for path, method, where, operation in operations(document):
        if "x-mock" not in operation:
            say = f"{method.upper()} {path} has no x-mock: nobody knows what it does"
            yield SpecError(file, where, "", say=say)
    for where, value in at.walk(document):
        if not isinstance(value, dict) or "/examples/" in where or where.endswith("/example"):
            continue
        for key in value:
            if key.startswith("x-") and key not in EXTENSIONS and not _is_name_map(where):
                yield SpecError(file, where, key, EXTENSIONS)
        if "x-mock" in value and not _is_name_map(where):
            if where not in homes:
                yield SpecError(
                    file,
                    where,
                    "x-mock",
                    say="x-mock stands only in documents, operations and callbacks",
                )
            else:
                yield from _against(
                    shapes[homes[where]], value["x-mock"], file, where + "/x-mock", vocabulary
                )
        if "x-source" in value and not _is_name_map(where):
            yield from _against(
                shapes["source"], value["x-source"], file, where + "/x-source", vocabulary
            )


def misshapen(
    value: Json, kind: str, file: str, where: str, vocabulary: Json
) -> Iterator[SpecError]:
    """Everything wrong with a value by the vocabulary's schema of that kind."""
    registry = jsonschema_rs.Registry([("urn:vocabulary", vocabulary)])
    shape = jsonschema_rs.validator_for(
        {"$ref": f"urn:vocabulary#/$defs/{kind}"}, registry=registry
    )
    return _against(shape, value, file, where, vocabulary)


def _against(
    shape: jsonschema_rs.Validator, value: Json, file: str, where: str, vocabulary: Json
) -> Iterator[SpecError]:
    for error in shape.iter_errors(value):
        place = where + at.write(error.instance_path)
        kind = error.kind
        holder = at.follow(vocabulary, at.write(error.schema_path[:-1]))
        if kind.name == "additionalProperties":
            for key in kind.as_dict()["unexpected"]:
                yield SpecError(file, place, key, holder.get("properties", {}))
        elif kind.name == "enum":
            yield SpecError(file, place, str(error.instance), map(str, holder["enum"]))
        else:
            yield SpecError(file, place, str(error.instance), say=error.message[:300])


def _references(document: Json, file: str) -> Iterator[SpecError]:
    for where, value in at.walk(document):
        if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
            continue
        reference = value["$ref"]
        try:
            if not reference.startswith("#/"):
                raise KeyError(reference)
            at.resolve(document, value, where)
        except KeyError:
            above = reference.rsplit("/", 1)[0]
            yield SpecError(
                file, where, reference, _siblings(document, above), say=f"dangling $ref {reference}"
            )


def _siblings(document: Json, above: str) -> list[str]:
    try:
        holder = at.follow(document, above)
    except KeyError:
        return []
    return [f"{above}/{name}" for name in holder] if isinstance(holder, dict) else []


def _names(document: Json, file: str) -> Iterator[SpecError]:
    """Every name that x-mock mentions is defined somewhere."""
    root = document["x-mock"]
    errors, jobs = root["errors"], root.get("jobs", {})
    for name in sorted(CORE_ERRORS - set(errors)):
        yield SpecError(file, "/x-mock/errors", name, say=f"the core asks for an error {name!r}")
    seen: set[str] = set()
    for path, _, where, operation in operations(document):
        mock, spot = operation["x-mock"], where + "/x-mock"
        known = operation.get("operationId")
        if not known or known in seen:
            yield SpecError(
                file, where, str(known), say=f"operationId {known!r} is missing or not unique"
            )
        seen.add(str(known))
        for kind in [mock[key] for key in ("job",) if key in mock] + mock.get("jobs", []):
            if kind not in jobs:
                yield SpecError(file, spot, kind, jobs, say=f"no job of the kind {kind!r}")
        for error in [*mock.get("errors", []), *sorted(ERRORS_OF.get(mock["does"], ()))]:
            if error not in errors:
                yield SpecError(file, spot + "/errors", error, errors)
        parameters = {parameter["name"] for parameter in _parameters(document, path, operation)}
        if "id" in mock and mock["id"] not in parameters:
            yield SpecError(file, spot + "/id", mock["id"], parameters)
        if mock["does"] == "download" and len(parameters & {"id", "token"}) != 1:
            yield SpecError(file, where, path, say="a download has one parameter, id or token")
        yield from _statuses(document, file, where, operation, errors)
    yield from _push_names(document, file, seen)


def _push_names(document: Json, file: str, seen: set[str]) -> Iterator[SpecError]:
    """What pushes mention is defined: where they go, how they are delivered and signed."""
    root = document["x-mock"]
    deliveries, settings = root.get("deliveries", {}), root.get("settings", {})
    if "credits" in root and "no-credits" not in root["errors"]:
        say = "the core asks for an error 'no-credits'"
        yield SpecError(file, "/x-mock/errors", "no-credits", say=say)
    for name, row in deliveries.items():
        secret = row.get("signature", {}).get("secret")
        if secret is not None and not settings.get(secret, {}).get("text"):
            spot = at.write(["x-mock", "deliveries", name, "signature", "secret"])
            texts = [one for one, setting in settings.items() if setting.get("text")]
            yield SpecError(file, spot, secret, texts)
    found = {where: (expression, push) for expression, _, where, push in pushes(document)}
    for where, (expression, push) in found.items():
        known = push.get("operationId")
        if not known or known in seen:
            say = f"operationId {known!r} is missing or not unique"
            yield SpecError(file, where, str(known), say=say)
        seen.add(str(known))
        if not PUSHED_TO.fullmatch(expression):
            say = f"{expression!r} does not read {{$request.body#/…}}"
            yield SpecError(file, where, expression, say=say)
        if "x-mock" not in push:
            yield SpecError(file, where, "", say="the callback has no x-mock: how is it sent?")
        elif push["x-mock"]["delivery"] not in deliveries:
            spot = where + "/x-mock/delivery"
            yield SpecError(file, spot, push["x-mock"]["delivery"], deliveries)


def _parameters(document: Json, path: str, operation: Json) -> list[Json]:
    both = document["paths"][path].get("parameters", []) + operation.get("parameters", [])
    return [at.resolve(document, parameter, "")[0] for parameter in both]


def _statuses(
    document: Json, file: str, where: str, operation: Json, errors: Json
) -> Iterator[SpecError]:
    """An operation declares the status of every error it may answer."""
    declared = operation.get("responses", {})
    asked = set(operation["x-mock"].get("errors", []))
    if operation.get("security", document.get("security")):
        asked |= {"unauthenticated", "bad-key"}
    if "requestBody" in operation and operation["x-mock"]["does"] != "extra":
        asked |= {"malformed", "invalid", "media-type", "too-large"}
    if operation["x-mock"]["does"] == "show":
        asked.add("not-found")
    asked |= ERRORS_OF.get(operation["x-mock"]["does"], frozenset())
    for name in sorted(asked & set(errors)):
        if str(errors[name]["status"]) not in declared and "default" not in declared:
            say = f"error {name!r} answers {errors[name]['status']}, which is not declared here"
            yield SpecError(file, where + "/responses", "", declared, say=say)


def _settings(document: Json, file: str) -> Iterator[SpecError]:
    for name, setting in document["x-mock"].get("settings", {}).items():
        where = at.write(["x-mock", "settings", name])
        values, default = setting.get("values"), setting["default"]
        if values is not None and str(default) not in values:
            yield SpecError(file, where + "/default", str(default), values)
        for value, meaning in (values or {}).items():
            for target in meaning.get("set", {}):
                try:
                    at.follow(document, target.rsplit("/", 1)[0])
                except KeyError:
                    yield SpecError(
                        file,
                        f"{where}/values/{value}/set",
                        target,
                        say=f"nothing stands at {target}",
                    )


def _provenance(document: Json, file: str) -> Iterator[SpecError]:
    sources = document["x-mock"].get("sources", {})
    for where, value in at.walk(document):
        if not isinstance(value, dict):
            continue
        if "x-source" in value and not _is_name_map(where):
            for name in _names_in(value["x-source"]):
                if name not in sources:
                    yield SpecError(file, where + "/x-source", name, sources)
        if (
            _is_schema(where)
            and (facts := FACTS & set(value))
            and not _covers(value.get("x-source"), facts)
        ):
            yield SpecError(file, where, "", say=f"no x-source for {', '.join(sorted(facts))}")
    for path, method, where, operation in operations(document):
        for status, answer in operation.get("responses", {}).items():
            if "x-source" not in at.resolve(document, answer, "")[0]:
                say = f"no x-source for status {status} of {method.upper()} {path}"
                yield SpecError(file, f"{where}/responses/{status}", "", say=say)


def _names_in(source: Json) -> Iterable[str]:
    if isinstance(source, str):
        return [source]
    if "kind" in source:
        return []
    return [value for value in source.values() if isinstance(value, str)]


def _covers(source: Json, facts: Iterable[str]) -> bool:
    if source is None:
        return False
    return isinstance(source, str) or "kind" in source or set(facts) <= set(source)


def _is_name_map(where: str) -> bool:
    """Whether the object at a pointer holds names (of properties, of responses), not keywords."""
    names = False
    for step in at.split(where):
        names = not names and step in NAME_MAPS
    return names


def _is_schema(where: str) -> bool:
    """Whether the object at a pointer may hold schema keywords: no map of names, no value."""
    names = False
    for step in at.split(where):
        if not names and step in VALUES:
            return False
        names = not names and step in NAME_MAPS
    return not names


def main(files: list[str]) -> int:
    """Print every problem of the given specs; 1 when there is one."""
    from mockserver.contract import files as home

    found = 0
    for file in map(Path, files):
        spec = f"specs/{file.name}"
        for problem in problems(home.parse(file), spec, home.vocabulary()):
            print(problem)
            found += 1
        print(f"{spec}: {'in order' if not found else f'{found} problems so far'}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
