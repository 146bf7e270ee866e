"""Profiles and baselines: what is known to fail does not count, what no longer fails does."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.conformance.conftest import Judge, Said, could_not_run
from tests.conformance.servers import Reply, answering, as_json

FAILS, PASSES = "poll.unknown-job", "method.unknown-path"


def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
    """Knows every job, and no other path."""
    if request.path.startswith("/v1/videos/"):
        return as_json(200, {"status": "pending", "progress": 0})
    return 404, {"content-type": "text/plain"}, b"not found"


def judged(judge: Judge, *more: str) -> Said:
    with answering(answer) as target:
        cases = ("--case", FAILS, "--case", PASSES)
        return judge("run", "--provider", "xai", "--target", target, *cases, *more)


def profile(folder: Path, *rows: tuple[str, str, str]) -> str:
    file = folder / "profile.toml"
    tables = [
        f'[[deviation]]\ncase = "{case}"\nreason = "{reason}"\nuntil = {until}\n'
        for case, reason, until in rows
    ]
    file.write_text("\n".join(tables))
    return str(file)


def test_without_a_profile_it_fails(judge: Judge) -> None:
    assert judged(judge).status == 1


def test_a_known_deviation_does_not_count(judge: Judge, tmp_path: Path) -> None:
    file = profile(tmp_path, (FAILS, "the gateway answers", "9999-12-31"))
    said = judged(judge, "--profile", file)
    assert said.status == 0
    assert "known: the gateway answers (until 9999-12-31)" in said.out
    assert "xai conforms" in said.out


def test_a_deviation_counts_from_the_day_after(judge: Judge, tmp_path: Path) -> None:
    file = profile(tmp_path, (FAILS, "the gateway answers", "2026-01-01"))
    said = judged(judge, "--profile", file)
    assert said.status == 1
    assert "the profile put up with it until 2026-01-01" in said.out


def test_an_expected_failure_that_passes_is_an_error(judge: Judge, tmp_path: Path) -> None:
    file = profile(tmp_path, ("poll.*", "known", "9999-12-31"), (PASSES, "old", "9999-12-31"))
    said = judged(judge, "--profile", file)
    assert said.status == 1
    assert f"it passes: take {PASSES} out of the profile" in said.out
    assert FAILS in said.out.partition("known: known")[2]  # the other one is still put up with


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[deviation]]\ncase = 'poll.unknwon-job'\nreason = 'x'\nuntil = 2030-01-01", "did you"),
        ("[[deviation]]\ncase = 'poll.*'\nuntil = 2030-01-01", "has case, reason and until"),
        ("[[deviation]]\ncase = 'poll.*'\nreason = 'x'\nuntil = 'soon'", "until is a date"),
        ("[[deviation]]\ncase = 'poll.*'\nreason = ' '\nuntil = 2030-01-01", "has no reason"),
        ("[[deviations]]\n", "'deviations' is unknown"),
        ("[[", "cannot be read"),
    ],
)
def test_a_profile_that_says_nothing_real_is_refused(
    text: str, why: str, judge: Judge, tmp_path: Path
) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(text)
    asked = ("run", "--provider", "xai", "--profile", str(file))
    assert why in could_not_run(judge(*asked))


def test_only_what_is_not_in_the_baseline_counts(judge: Judge, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    assert judged(judge, "--report", f"json={file}").status == 1
    said = judged(judge, "--baseline", str(file))
    assert said.status == 0
    assert "known: in the baseline" in said.out
    told = json.loads(file.read_text())
    for case in told["cases"]:
        case["findings"] = []
    file.write_text(json.dumps(told))
    assert judged(judge, "--baseline", str(file)).status == 1


def test_what_is_no_baseline_is_refused(judge: Judge, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    for text, why in (("{}", "no JSON report"), ("[", "no JSON report")):
        file.write_text(text)
        asked = ("run", "--provider", "xai", "--baseline", str(file))
        assert why in could_not_run(judge(*asked))
    file.write_text('{"provider": "kie", "cases": []}')
    asked = ("run", "--provider", "xai", "--baseline", str(file))
    assert "is of kie, not of xai" in could_not_run(judge(*asked))
