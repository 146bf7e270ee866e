"""Does a message keep the contract? The only module that knows the schema library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

import jsonschema_rs
import orjson

from mockserver.contract import pointer as at
from mockserver.contract.document import evidence_at
from mockserver.contract.message import Call, Reply, Violation
from mockserver.contract.model import Contract, Json, Operation, Parameter, Push

SHOWN = 120
MAX_VIOLATIONS = 50
BINARY = ("video/", "image/", "audio/", "application/octet-stream")


class Expected(NamedTuple):
    """What replies of one operation, status and media type must be, looked up once.

    `status` and `media` are what is wrong with having these at all; `media` counts where there is
    a body. No `schema`: any body will do.
    """

    status: Violation | None = None
    media: Violation | None = None
    headers: frozenset[str] = frozenset()
    schema: str = ""


class Checker:
    """Checks calls and replies of one contract. Validators are compiled once, when first needed."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._urn = f"urn:mock:{contract.name}"
        self._registry = jsonschema_rs.Registry([(self._urn, contract.document)])
        self._compiled: dict[str, jsonschema_rs.Validator] = {}
        self._expected: dict[tuple[str, int, str], Expected] = {}

    def call(self, operation: Operation, call: Call) -> tuple[Violation, ...]:
        """Everything wrong with a call's parameters and JSON body."""
        found: list[Violation] = []
        for parameter in operation.parameters:
            found += self._parameter(parameter, call)
        schema = operation.bodies.get("application/json")
        if schema is not None and not operation.stream:
            if call.raw:
                found += self.value(call.body, schema, place="body")
            elif operation.body_required:
                found.append(_missing("body", "", f"{operation.pointer}/requestBody/required"))
        return tuple(found)

    def reply(
        self, operation: Operation, reply: Reply, headers: Mapping[str, str]
    ) -> tuple[Violation, ...]:
        """Everything wrong with one of our own replies, sent with these headers besides its own."""
        key = operation.pointer, reply.status, reply.media_type
        expected = self._expected.get(key)
        if expected is None:
            expected = self._expected[key] = _expectation(operation, reply)
        found: list[Violation] = []
        if expected.status:
            found.append(expected.status)
        if expected.headers:
            sent = {name.lower() for name in (*reply.headers, *headers)}
            where = f"{operation.pointer}/responses"
            for name in expected.headers - sent:
                found.append(_breach("header", name, "required", where))
        if not reply.empty:
            if expected.media:
                found.append(expected.media)
            elif expected.schema and reply.file is None and not reply.result:
                found += self.value(reply.body, expected.schema, place="reply")
        return tuple(found)

    def push(self, push: Push, body: Json) -> tuple[Violation, ...]:
        """Everything wrong with the body of a push."""
        return tuple(self.value(body, push.schema, place="push")) if push.schema else ()

    def value(self, value: Json, schema: str, *, place: str) -> Iterable[Violation]:
        """Everything wrong with a value by the schema at a pointer."""
        validator = self._compiled.get(schema) or self._validator(schema)
        if validator.is_valid(value):
            return ()
        return self._violations(validator, value, place)

    def _violations(
        self, validator: jsonschema_rs.Validator, value: Json, place: str
    ) -> list[Violation]:
        found: dict[tuple[str, str, str], Violation] = {}
        for error in validator.iter_errors(value):
            schema, keyword, shown, sentence = _rule(error)
            violation = Violation(
                place=place,
                pointer=at.write(error.instance_path),
                keyword=keyword,
                found=show(error.instance),
                allowed=shown,
                sentence=sentence,
                schema=schema,
                evidence=evidence_at(self.contract.document, schema),
            )
            found.setdefault((violation.pointer, schema, shown), violation)
            if len(found) >= MAX_VIOLATIONS:
                break
        return list(found.values())

    def _parameter(self, parameter: Parameter, call: Call) -> Iterable[Violation]:
        given, name = call.query, parameter.name
        if parameter.place == "path":
            given = call.params
        elif parameter.place == "header":
            given, name = call.headers, name.lower()
        if name not in given:
            if not parameter.required:
                return ()
            return [_missing(parameter.place, f"/{parameter.name}", parameter.schema)]
        if not parameter.schema:
            return ()
        value = coerce(given[name], parameter.type)
        found = self.value(value, parameter.schema, place=parameter.place)
        return [
            Violation(
                place=one.place,
                pointer=f"/{parameter.name}{one.pointer}",
                keyword=one.keyword,
                found=one.found,
                allowed=one.allowed,
                sentence=one.sentence,
                schema=one.schema,
                evidence=one.evidence,
            )
            for one in found
        ]

    def _validator(self, schema: str) -> jsonschema_rs.Validator:
        """A new validator, which is kept."""
        validator = self._compiled[schema] = jsonschema_rs.Draft202012Validator(
            {"$ref": f"{self._urn}#{quote(schema)}"},
            registry=self._registry,
            validate_formats=True,
        )
        return validator


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text has a pattern in it. Searches many times faster than `re` does."""
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid


def coerce(text: str, kind: str) -> Json:
    """A parameter's text as its schema's type, or unchanged where it is not of that type."""
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        return text
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def show(value: Json) -> str:
    """A value as short JSON for people."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def _rule(error: jsonschema_rs.ValidationError) -> tuple[str, str, str, str]:
    """Pointer of the broken keyword, its name, what it allows, and a sentence about it."""
    kind = error.kind
    keyword = str(kind.name)
    schema = at.write(error.schema_path)
    facts: Json = kind.as_dict()
    allowed = show(next(iter(facts.values()), ""))
    instance = show(error.instance)
    sentences = {
        "required": f"lacks {facts.get('property')}",
        "type": f"is {instance}, must be {_types(facts)}",
        "enum": f"is {instance}, allowed: {allowed}",
        "minimum": f"is {instance}, at least {allowed} is allowed",
        "maximum": f"is {instance}, at most {allowed} is allowed",
        "minLength": f"has {_length(error.instance)} characters, at least {allowed} needed",
        "maxLength": f"has {_length(error.instance)} characters, at most {allowed} allowed",
        "minItems": f"has {_length(error.instance)} items, at least {allowed} needed",
        "maxItems": f"has {_length(error.instance)} items, at most {allowed} allowed",
    }
    return schema, keyword, allowed, sentences.get(keyword, error.message[:300])


def _types(facts: Json) -> str:
    return " or ".join(facts.get("types", ()))


def _length(value: Json) -> int:
    return len(value) if isinstance(value, str | list) else 0


def _expectation(operation: Operation, reply: Reply) -> Expected:
    answer = operation.responses.get(str(reply.status)) or operation.responses.get("default")
    where = f"{operation.pointer}/responses"
    if answer is None:
        known = ", ".join(sorted(operation.responses))
        return Expected(status=_breach("status", str(reply.status), known, where))
    media = reply.media_type.partition(";")[0].strip().lower()
    if media not in answer.media:
        breach = _breach("media type", media, ", ".join(answer.media) or "none", where)
        return Expected(media=breach, headers=answer.headers)
    schema = "" if media.startswith(BINARY) else answer.media[media]
    return Expected(headers=answer.headers, schema=schema)


def _missing(place: str, pointer: str, schema: str) -> Violation:
    return Violation(place, pointer, "required", "nothing", "required", "is missing", schema)


def _breach(what: str, found: str, allowed: str, where: str) -> Violation:
    sentence = f"{what} is {found}, declared: {allowed}"
    return Violation("reply", "", what, found, allowed, sentence, where)
