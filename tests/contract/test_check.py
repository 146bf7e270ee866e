"""A spec that cannot be meant stops the start, and says where and what instead."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.contract import files
from mockserver.contract.check import CORE_ERRORS, check, problems
from mockserver.contract.document import build
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Json

OURS = {"kind": "inferred", "where": "this test", "date": "2026-11-20"}


def spec() -> dict[str, Any]:
    """A small spec that is in order."""
    answer = {"description": "ok", "x-source": "TEST"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "x-mock": {
            "provider": "toy",
            "title": "Toy",
            "sources": {"TEST": OURS},
            "settings": {
                "pending": {
                    "summary": "what a poll shows",
                    "default": "json",
                    "values": {"json": {"summary": "a body"}, "empty": {"summary": "none"}},
                    "x-source": "TEST",
                }
            },
            "errors": {
                name: {"status": 400, "message": "no", "x-source": "TEST"} for name in CORE_ERRORS
            },
            "jobs": {
                "extend": {
                    "running": [{"state": "pending"}],
                    "done": "done",
                    "failed": "failed",
                    "seconds": {"base": [1, 2], "per-second": [1, 2]},
                    "url-life": 10,
                    "record-life": 20,
                    "x-source": "TEST",
                }
            },
        },
        "paths": {
            "/v1/extend": {
                "post": {
                    "operationId": "extend",
                    "x-mock": {"does": "create", "job": "extend", "errors": ["invalid"]},
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Extend"}}
                        }
                    },
                    "responses": {"200": answer, "400": answer},
                }
            }
        },
        "components": {
            "schemas": {
                "Extend": {
                    "type": "object",
                    "properties": {
                        "duration": {"type": "integer", "maximum": 9, "x-source": "TEST"}
                    },
                }
            }
        },
    }


def broken(change: Callable[[dict[str, Any]], object]) -> str:
    """What is said of the small spec after a change."""
    document = copy.deepcopy(spec())
    change(document)
    with pytest.raises(SpecError) as caught:
        check(document, "specs/toy.yaml", files.vocabulary())
    return str(caught.value)


def operation(document: Json) -> Json:
    return document["paths"]["/v1/extend"]["post"]


def duration(document: Json) -> Json:
    return document["components"]["schemas"]["Extend"]["properties"]["duration"]


def test_a_spec_in_order_passes() -> None:
    check(spec(), "specs/toy.yaml", files.vocabulary())


@pytest.mark.parametrize("name", files.names())
def test_every_spec_of_the_project_is_in_order(name: str) -> None:
    document = files.parse(files.CHECKOUT / f"{name}.yaml")
    assert list(problems(document, f"specs/{name}.yaml", files.vocabulary())) == []


def test_an_unknown_key_is_named_with_place_and_nearest_match() -> None:
    text = broken(lambda one: operation(one)["x-mock"].update(jobb="extend"))
    assert "specs/toy.yaml#/paths/~1v1~1extend/post/x-mock" in text
    assert "'jobb' is not known" in text
    assert "did you mean 'job'" in text


def test_an_unknown_value_is_named_with_what_is_allowed() -> None:
    text = broken(lambda one: operation(one)["x-mock"].update(does="creates"))
    assert "'creates' is not known; allowed: create, download, extra, show, wait" in text
    assert "did you mean 'create'" in text


def test_an_operation_without_behaviour_is_refused() -> None:
    assert "nobody knows what it does" in broken(lambda one: operation(one).pop("x-mock"))


def test_an_unknown_extension_is_refused() -> None:
    text = broken(lambda one: operation(one).update({"x-mok": {}}))
    assert "'x-mok' is not known; allowed: x-mock, x-source" in text


def test_x_mock_stands_only_where_it_means_something() -> None:
    text = broken(lambda one: duration(one).update({"x-mock": {"does": "show"}}))
    assert "x-mock stands only in documents, operations and callbacks" in text


def test_a_dangling_reference_is_named_with_the_nearest_match() -> None:
    def change(document: Json) -> None:
        body = operation(document)["requestBody"]["content"]["application/json"]
        body["schema"]["$ref"] = "#/components/schemas/Extent"

    text = broken(change)
    assert "dangling $ref #/components/schemas/Extent" in text
    assert "did you mean '#/components/schemas/Extend'" in text


def test_references_that_go_in_a_circle_are_dangling() -> None:
    def change(document: Json) -> None:
        document["components"]["schemas"]["Extend"] = {"$ref": "#/components/schemas/Extend"}

    assert "dangling $ref" in broken(change)


@pytest.mark.parametrize(
    "fact", [{"maximum": 9}, {"enum": [1]}, {"default": 1}, {"minLength": 1}, {"const": 1}]
)
def test_a_fact_without_source_is_refused(fact: dict[str, Any]) -> None:
    def change(document: Json) -> None:
        duration(document).clear()
        duration(document).update(fact)

    text = broken(change)
    assert "/components/schemas/Extend/properties/duration" in text
    assert f"no x-source for {next(iter(fact))}" in text


def test_a_source_per_keyword_must_cover_every_fact() -> None:
    def change(document: Json) -> None:
        duration(document).update(minimum=1)
        duration(document)["x-source"] = {"maximum": "TEST"}

    assert "no x-source for maximum, minimum" in broken(change)


def test_a_property_named_like_a_keyword_is_no_fact() -> None:
    document = spec()
    document["components"]["schemas"]["Extend"]["properties"]["default"] = {"type": "string"}
    check(document, "specs/toy.yaml", files.vocabulary())


def test_a_status_without_source_is_refused() -> None:
    def change(document: Json) -> None:
        operation(document)["responses"]["200"] = {"description": "ok"}

    assert "no x-source for status 200 of POST /v1/extend" in broken(change)


def test_a_source_nobody_defined_is_refused() -> None:
    text = broken(lambda one: duration(one).update({"x-source": "TETS"}))
    assert "'TETS' is not known; allowed: TEST (did you mean 'TEST'?)" in text


def test_an_error_the_core_needs_must_be_there() -> None:
    text = broken(lambda one: one["x-mock"]["errors"].pop("too-large"))
    assert "the core asks for an error 'too-large'" in text


def test_an_error_of_an_undeclared_status_is_refused() -> None:
    def change(document: Json) -> None:
        document["x-mock"]["errors"]["invalid"]["status"] = 422

    assert "error 'invalid' answers 422, which is not declared here" in broken(change)


def pushing() -> dict[str, Any]:
    """The small spec with a signed push and credits."""
    document = spec()
    root = document["x-mock"]
    root["settings"]["secret"] = {
        "summary": "what signs",
        "default": "",
        "text": True,
        "x-source": "TEST",
    }
    root["deliveries"] = {
        "usual": {
            "timeout": 15,
            "success": [200],
            "retries": [1, 5],
            "signature": {
                "secret": "secret",
                "algorithm": "hmac-sha256",
                "encoding": "base64",
                "message": "{id}.{timestamp}",
                "headers": {"X-Signature": "{signature}"},
            },
            "x-source": "TEST",
        }
    }
    root["credits"] = {"start": 10, "charge": "done", "x-source": "TEST"}
    root["errors"]["no-credits"] = {"status": 402, "message": "no", "x-source": "TEST"}
    operation(document)["callbacks"] = {
        "ended": {
            "{$request.body#/webhook}": {
                "post": {
                    "operationId": "extend_ended",
                    "x-mock": {"does": "push", "delivery": "usual"},
                    "requestBody": {"content": {"application/json": {"schema": {}}}},
                    "responses": {"200": {"description": "received"}},
                }
            }
        }
    }
    return document


def push(document: Json) -> Json:
    return operation(document)["callbacks"]["ended"]["{$request.body#/webhook}"]["post"]


def rename_target(document: Json) -> None:
    callback = operation(document)["callbacks"]["ended"]
    callback["{$request.query.webhook}"] = callback.pop("{$request.body#/webhook}")


def test_a_spec_with_pushes_and_credits_passes_and_says_what_they_are() -> None:
    check(pushing(), "specs/toy.yaml", files.vocabulary())
    contract = build(pushing(), "specs/toy.yaml", {"secret": "s"})
    (found,) = contract.operation("extend").pushes
    assert (found.name, found.method, found.target) == ("extend_ended", "POST", "/webhook")
    assert (found.policy.success, found.policy.retries) == (frozenset({200}), (1, 5))
    assert found.policy.signature is not None
    assert found.policy.signature.secret == "s"
    assert contract.credits == (10, True, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: push(one)["x-mock"].update(delivery="usul"), "did you mean 'usual'"),
        (lambda one: push(one).pop("x-mock"), "the callback has no x-mock"),
        (lambda one: push(one).update(operationId="extend"), "missing or not unique"),
        (rename_target, "does not read {$request.body#/"),
        (
            lambda one: one["x-mock"]["deliveries"]["usual"]["signature"].update(secret="pending"),
            "'pending' is not known; allowed: secret",
        ),
        (lambda one: one["x-mock"]["errors"].pop("no-credits"), "an error 'no-credits'"),
        (lambda one: one["x-mock"]["deliveries"]["usual"].update(success="3xx"), "3xx"),
    ],
)
def test_a_push_that_cannot_be_sent_is_refused(change: Callable[[Json], object], said: str) -> None:
    document = pushing()
    change(document)
    with pytest.raises(SpecError) as caught:
        check(document, "specs/toy.yaml", files.vocabulary())
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: operation(one)["x-mock"].update(job="extent"), "no job of the kind 'extent'"),
        (lambda one: operation(one)["x-mock"].update(errors=["nope"]), "'nope' is not known"),
        (lambda one: operation(one).pop("operationId"), "operationId None is missing"),
        (lambda one: one.pop("x-mock"), "the document has no x-mock"),
        (lambda one: one.pop("paths"), "not an OpenAPI document"),
        (
            lambda one: one["x-mock"]["settings"]["pending"].update(default="jsn"),
            "did you mean 'json'",
        ),
        (
            lambda one: one["x-mock"]["settings"]["pending"]["values"]["empty"].update(
                set={"#/components/schemas/Nope/maximum": 3}
            ),
            "nothing stands at #/components/schemas/Nope/maximum",
        ),
        (lambda one: one["x-mock"]["errors"]["invalid"].pop("x-source"), "x-source"),
        (lambda one: one["x-mock"]["sources"]["TEST"].update(kind="guessed"), "'guessed'"),
    ],
)
def test_what_is_not_defined_is_refused(change: Callable[[Json], object], said: str) -> None:
    assert said in broken(change)


def test_the_vocabulary_and_its_page_name_the_same_keys() -> None:
    page = (files.CHECKOUT / "README.md").read_text()
    for part, shape in files.vocabulary()["$defs"].items():
        for key in shape.get("properties", {}):
            assert f"`{key}`" in page, f"{part}.{key} is not explained in specs/README.md"
    for name in CORE_ERRORS:
        assert f"| `{name}` |" in page
