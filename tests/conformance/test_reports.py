"""Every report tells the same run, in the form that its readers take."""

from __future__ import annotations

import json
import shlex
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema_rs import Draft202012Validator

from conformance.reports import KINDS
from conformance.reports.json import schema
from tests.conformance.conftest import Judge, Said, could_not_run
from tests.conformance.servers import Reply, answering, as_json

CHAPTERS = ("--case", "poll.*", "--case", "method.*", "--case", "authentication.*")


def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
    """An endpoint that does some things right; what it says is hard to print."""
    if request.path.startswith("/v1/videos/"):
        told = {"status": "<b>&\x01'\" ]]>", "request_id": "r", "error": "</pre>\x0b"}
        return as_json(200, told)
    return 404, {"content-type": "text/plain"}, b"not found"


@pytest.fixture
def written(judge: Judge, tmp_path: Path) -> tuple[Said, Path]:
    """A run with findings, in every form."""
    reports = [word for one in KINDS for word in ("--report", f"{one}={tmp_path / one}")]
    with answering(answer) as target:
        asked = ("--poll-interval", "0.2", "--timeout", "1", "--json")
        said = judge("run", "--provider", "xai", "--target", target, *CHAPTERS, *asked, *reports)
    assert said.status == 1
    return said, tmp_path


def test_the_json_report_has_its_published_schema(written: tuple[Said, Path]) -> None:
    said, folder = written
    Draft202012Validator(schema()).validate(said.report)
    assert json.loads((folder / "json").read_text()) == said.report
    found = [one for one in said.report["cases"] if one["findings"]]
    assert all(one["requirements"][0]["source"]["where"] for one in found)
    shown = [each for one in found for finding in one["findings"] for each in finding["exchanges"]]
    keys = {each["request"]["headers"].get("authorization") for each in shown}
    assert "Bearer <key>" in keys


def test_a_run_that_conforms_has_it_too_with_what_it_spent(judge: Judge) -> None:
    said = judge("run", "--provider", "xai", "--json")
    Draft202012Validator(schema()).validate(said.report)
    assert said.report["outcome"] == {"status": 0, "says": "conforms"}
    assert said.report["cost"]["ledger"]
    assert "xai conforms" in said.err


def test_junit_has_a_failure_for_each_case_that_counts(written: tuple[Said, Path]) -> None:
    said, folder = written
    root = ElementTree.parse(folder / "junit").getroot()
    cases = {one.get("name"): one for one in root.iter("testcase")}
    assert set(cases) == set(said.verdicts)
    failed = {name for name, one in cases.items() if one.find("failure") is not None}
    assert failed == {one["id"] for one in said.report["cases"] if one["counts"]}
    skipped = {name for name, one in cases.items() if one.find("skipped") is not None}
    assert skipped == {
        one["id"] for one in said.report["cases"] if one["verdict"] != "pass" and not one["counts"]
    }
    assert root.get("failures") == str(len(failed))
    text = cases[min(failed, key=str)].findtext("failure") or ""
    assert "expected:" in text
    assert "again: conformance run --provider xai" in text


def test_ctrf_counts_what_it_lists(written: tuple[Said, Path]) -> None:
    said, folder = written
    told = json.loads((folder / "ctrf").read_text())["results"]
    statuses = [one["status"] for one in told["tests"]]
    assert [one["name"] for one in told["tests"]] == list(said.verdicts)
    for name in ("passed", "failed", "skipped", "pending", "other"):
        assert told["summary"][name] == statuses.count(name)
    assert told["summary"]["tests"] == len(statuses)
    assert told["summary"]["start"] <= told["summary"]["stop"]
    assert statuses.count("failed") == sum(one["counts"] for one in said.report["cases"])


def test_the_page_shows_every_case_and_lets_no_answer_write_in_it(
    written: tuple[Said, Path],
) -> None:
    said, folder = written
    page = (folder / "html").read_text()
    for id in said.verdicts:
        assert f"<code>{id}</code>" in page
    assert "<b>" not in page
    tags = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)

    Reader().feed(page)
    assert not tags & {"script", "img", "link", "iframe", "b"}


def test_the_command_of_a_case_runs_it_alone_with_the_same_verdict(
    written: tuple[Said, Path], judge: Judge
) -> None:
    said, _ = written
    with answering(answer) as target:
        old = said.report["target"]
        for one in said.report["cases"][:6]:
            words = shlex.split(one["again"].replace(old, target))
            assert words[0] == "conformance"
            again = judge(*words[1:], "--json")
            assert again.verdicts == {one["id"]: one["verdict"]}


@pytest.mark.parametrize("told", ["pdf=x", "junit", "json=", "json=/no/such/folder/out.json"])
def test_a_report_that_cannot_be_written_is_told_before_anything_is_run(
    told: str, judge: Judge
) -> None:
    assert "--report" in could_not_run(judge("run", "--provider", "xai", "--report", told))
