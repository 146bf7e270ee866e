"""Every violation is found, and says what came, what is allowed, which rule, who says so."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.contract import document
from mockserver.contract.message import Call, Reply, Violation
from mockserver.contract.model import Json
from mockserver.contract.validate import Checker, coerce, show
from tests.contract.test_check import spec


def checker(**properties: Json) -> Checker:
    text = spec()
    text["components"]["schemas"]["Extend"] |= {
        "required": ["duration"],
        "properties": text["components"]["schemas"]["Extend"]["properties"] | properties,
    }
    operation = text["paths"]["/v1/extend"]["post"]
    operation["parameters"] = [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 5}},
        {"name": "tag", "in": "query", "required": True, "schema": {"type": "string"}},
    ]
    operation["responses"]["200"] = {
        "headers": {"x-id": {"required": True, "schema": {"type": "string"}}},
        "content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}},
    }
    return Checker(document.build(text, "specs/toy.yaml", {}))


def found(body: Json, one: Checker | None = None, **query: str) -> tuple[Violation, ...]:
    one = one or checker()
    call = Call(
        number=1,
        at=0,
        method="POST",
        path="/v1/extend",
        base="",
        headers={},
        query={"tag": "x", **query},
        body=body,
        raw=b"x",
    )
    return one.call(one.contract.operations[0], call)


def test_a_call_that_keeps_the_contract_has_no_violation() -> None:
    assert found({"duration": 9}, limit="5") == ()


def test_a_violation_says_value_rule_pointer_and_evidence() -> None:
    (one,) = found({"duration": 10})
    assert (one.place, one.pointer, one.keyword, one.found, one.allowed) == (
        "body",
        "/duration",
        "maximum",
        "10",
        "9",
    )
    assert one.schema == "/components/schemas/Extend/properties/duration/maximum"
    assert one.explain("specs/toy.yaml") == (
        "body/duration is 10, at most 9 is allowed (specs/toy.yaml#/components/schemas/Extend/"
        "properties/duration/maximum; inferred: this test)"
    )


def test_every_violation_is_found_not_only_the_first() -> None:
    rules = {"mode": {"enum": ["a", "b"]}, "name": {"type": "string", "minLength": 2}}
    many = found({"duration": "x", "mode": "c", "name": ""}, checker(**rules), limit="9")
    assert sorted((one.pointer, one.keyword) for one in many) == [
        ("/duration", "type"),
        ("/limit", "maximum"),
        ("/mode", "enum"),
        ("/name", "minLength"),
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "lacks duration"),
        ({"duration": "x"}, 'is "x", must be integer'),
        ({"duration": True}, "is true, must be integer"),
        ([], "is [], must be object"),
        (None, "is null, must be object"),
    ],
)
def test_the_sentence_names_what_is_wrong(body: Json, sentence: str) -> None:
    assert sentence in [one.sentence for one in found(body)]


def test_a_missing_parameter_and_one_of_the_wrong_type_are_found() -> None:
    one = checker()
    call = Call(1, 0, "POST", "/", "", {}, query={"limit": "many"}, body={"duration": 1}, raw=b"x")
    many = one.call(one.contract.operations[0], call)
    assert {(each.pointer, each.keyword) for each in many} == {
        ("/limit", "type"),
        ("/tag", "required"),
    }


def test_a_huge_value_is_shown_short() -> None:
    assert len(show("x" * 10_000)) < 200
    (one,) = found({"duration": "x" * 10_000})
    assert len(one.sentence) < 300


@pytest.mark.parametrize(
    ("reply", "breach"),
    [
        (Reply(200, {"id": 1}, headers={"X-Id": "1"}), None),
        (Reply(200, {"id": 1}), "header is x-id, declared: required"),
        (Reply(200, {}, headers={"x-id": "1"}), "lacks id"),
        (Reply(201, {"id": 1}), "status is 201, declared: 200, 400"),
        (Reply(200, "id", "text/plain", {"x-id": "1"}), "media type is text/plain"),
    ],
)
def test_our_own_replies_are_held_to_the_contract(reply: Reply, breach: str | None) -> None:
    one = checker()
    sentences = [each.sentence for each in one.reply(one.contract.operations[0], reply, {})]
    assert sentences == [] if breach is None else any(breach in each for each in sentences)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5", "integer", 5),
        ("5.5", "integer", "5.5"),
        ("5.5", "number", 5.5),
        ("true", "boolean", True),
        ("yes", "boolean", "yes"),
        ("5", "string", "5"),
    ],
)
def test_a_parameter_is_read_as_its_type(text: str, kind: str, value: Any) -> None:
    assert coerce(text, kind) == value
