"""A contract is the spec with the chosen settings applied, and the spec itself stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mockserver.contract import document, files
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json, Security
from tests.contract.test_check import spec


def toy(chosen: Mapping[str, str] | None = None, **more: Json) -> Contract:
    text = spec()
    text["x-mock"]["settings"] |= more
    return document.build(text, "specs/toy.yaml", chosen or {})


LEGACY = {
    "summary": "how long",
    "default": "current",
    "x-source": "TEST",
    "values": {
        "current": {"summary": "9"},
        "legacy": {
            "summary": "20",
            "set": {"#/components/schemas/Extend/properties/duration/maximum": 20},
        },
    },
}
LIFE = {"summary": "of a link", "default": 10, "range": [1, 100], "x-source": "TEST"}


def test_a_setting_patches_the_contract_and_not_the_spec() -> None:
    text = spec()
    text["x-mock"]["settings"]["duration"] = LEGACY
    contract = document.build(text, "specs/toy.yaml", {"duration": "legacy"})
    duration = contract.document["components"]["schemas"]["Extend"]["properties"]["duration"]
    assert duration["maximum"] == 20
    assert text["components"]["schemas"]["Extend"]["properties"]["duration"]["maximum"] == 9


def test_the_life_of_links_is_what_the_setting_says() -> None:
    assert toy({"url-life": "50"}, **{"url-life": LIFE}).jobs["extend"].url_life == 50
    assert toy().jobs["extend"].url_life == 10


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"pendng": "json"}, "'pendng' is not known; allowed: pending (did you mean 'pending'?)"),
        ({"pending": "jsn"}, "did you mean 'json'"),
        ({"url-life": "x"}, "'x' is not a number from 1 to 100"),
        ({"url-life": "101"}, "'101' is not a number from 1 to 100"),
        ({"url-life": "nan"}, "is not a number"),
    ],
)
def test_a_setting_that_is_not_offered_is_refused(chosen: dict[str, str], said: str) -> None:
    extra = {"url-life": LIFE} if "url-life" in chosen else {}
    with pytest.raises(SpecError, match=r"--set toy\.") as caught:
        toy(chosen, **extra)
    assert said in str(caught.value)


def test_no_spec_of_that_name_is_said_with_those_there_are() -> None:
    with pytest.raises(SpecError, match=r"no spec of the name 'mok'.*did you mean 'mock'"):
        document.load("mok")


def test_evidence_is_found_at_the_keyword_or_above() -> None:
    text = spec()
    schema = text["components"]["schemas"]["Extend"]
    schema["x-source"] = "TEST"
    pointer = "/components/schemas/Extend/properties/duration"
    found = document.evidence_at(text, f"{pointer}/maximum")
    assert found is not None
    assert (found.kind, found.where) == ("inferred", "this test")
    schema["properties"]["duration"]["x-source"] = {
        "maximum": {"kind": "observed", "where": "a client", "date": "2026-01"}
    }
    own, above = (document.evidence_at(text, f"{pointer}/{key}") for key in ("maximum", "type"))
    assert own is not None
    assert above is not None
    assert (own.kind, above.kind) == ("observed", "inferred")


def test_security_is_the_header_and_the_word_before_the_key() -> None:
    text = spec()
    text["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "raw": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    }
    text["security"] = [{"bearer": []}]
    answer = {"description": "no", "x-source": "TEST"}
    text["paths"]["/v1/extend"]["post"]["responses"] |= {"401": answer}
    first = document.build(text, "specs/toy.yaml", {}).operations[0]
    assert first.security == (Security("authorization", "bearer"),)
    text["paths"]["/v1/extend"]["post"]["security"] = [{"raw": []}]
    assert document.build(text, "f", {}).operations[0].security == (Security("x-api-key", ""),)
    text["paths"]["/v1/extend"]["post"]["security"] = []
    assert document.build(text, "f", {}).operations[0].security == ()


def test_a_spec_that_is_not_yaml_is_said_so(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("a: [1")
    with pytest.raises(SpecError, match=r"specs/wrong\.yaml: not YAML"):
        files.parse(wrong)


def test_dates_in_a_spec_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "dates.yaml"
    file.write_text("date: 2026-11-20\n200: ok\n")
    assert files.parse(file) == {"date": "2026-11-20", "200": "ok"}
