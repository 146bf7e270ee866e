"""Against our own simulator every case passes, whatever the seed and whatever it runs against."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.dialects import NAMES, dialect_of
from conformance.listener import listening
from conformance.model import CaseEnded
from conformance.purse import Purse
from conformance.registry import cases_of
from conformance.runner import run
from conformance.target import Target
from conformance.targets.ours import ours
from tests.conformance.conftest import Judge

RUNS = int(os.environ.get("CONFORMANCE_SEEDS", "20"))
"""Runs with seeds of their own, over all providers; 100 are 20 for each."""
SERVED = os.environ.get("CONFORMANCE_SERVED", "xai").split(",")
"""Providers that are judged behind a socket too; others take a minute each, all of it waiting."""


async def verdicts(provider: str, seed: int) -> dict[str, str]:
    """How every hand-written case turns out in virtual time."""
    async with (
        listening(lambda: 0.0) as listener,
        ours(provider, seed=seed, listener=listener) as connection,
    ):
        purse = Purse(None, connection.door.now)
        target = Target(dialect_of(provider), Contract(provider), connection, purse)
        events = run(target, cases_of(provider), seed)
        return {
            event.result.case.id: event.result.verdict
            async for event in events
            if isinstance(event, CaseEnded)
        }


@pytest.mark.parametrize("provider", NAMES)
async def test_no_seed_finds_anything_or_leaves_anything_open(provider: str) -> None:
    expected = {one.id: "pass" for one in cases_of(provider)}
    for seed in range(NAMES.index(provider), RUNS, len(NAMES)):
        found = await verdicts(provider, seed)
        assert found == expected, seed


@pytest.mark.parametrize("provider", NAMES)
def test_a_recording_has_the_verdicts_of_its_run(
    provider: str, judge: Judge, tmp_path: Path
) -> None:
    asked = ("run", "--provider", provider, "--seed", "3", "--cassette", str(tmp_path), "--json")
    run = judge(*asked)
    again = judge(*asked, "--replay")
    assert (run.status, again.status) == (0, 0), again.err
    assert again.verdicts == run.verdicts == {one.id: "pass" for one in cases_of(provider)}
    assert again.report["cost"]["ledger"] == run.report["cost"]["ledger"]


@pytest.mark.parametrize("provider", NAMES)
def test_one_case_of_a_recording_can_be_judged_alone(
    provider: str, judge: Judge, tmp_path: Path
) -> None:
    asked = ("run", "--provider", provider, "--case", "media.*", "--case", "finish.*")
    assert judge(*asked, "--cassette", str(tmp_path)).status == 0
    for case in [one.id for one in cases_of(provider) if one.chapter == "media"][-3:]:
        alone = ("run", "--provider", provider, "--case", case, "--cassette", str(tmp_path))
        said = judge(*alone, "--replay", "--json")
        assert said.verdicts == {case: "pass"}


def test_a_recording_holds_no_bytes_of_media_and_is_judged_by_what_they_were(
    judge: Judge, tmp_path: Path
) -> None:
    asked = ("run", "--provider", "xai", "--case", "media.*.extend", "--cassette", str(tmp_path))
    assert judge(*asked).status == 0
    tape = (tmp_path / "xai.jsonl").read_bytes()
    assert b"ftyp" not in tape.replace(b"66747970", b"")
    probes = list((tmp_path / "media").iterdir())
    assert probes
    for one in probes:
        told = one.read_text().replace('"seconds": 5.0', '"seconds": 4.0')
        one.write_text(told)
    said = judge(*asked, "--replay", "--json")
    assert said.status == 1
    assert {id for id, verdict in said.verdicts.items() if verdict == "fail"} >= {
        "media.length.extend"
    }


def test_a_recording_of_something_else_is_refused(judge: Judge, tmp_path: Path) -> None:
    asked = ("run", "--provider", "xai", "--cassette", str(tmp_path))
    assert judge(*asked, "--case", "poll.*").status == 0
    said = judge(*asked, "--case", "reject.extend.*", "--replay")
    assert said.status == 2
    assert "the cassette does not fit" in said.out
    assert (
        "there is no recording of ltx"
        in judge("run", "--provider", "ltx", "--cassette", str(tmp_path), "--replay").err
    )


@pytest.mark.parametrize("provider", SERVED)
def test_a_server_fifty_times_as_fast_gets_the_same_verdicts_and_so_does_its_recording(
    provider: str, judge: Judge, tmp_path: Path
) -> None:
    asked = ("run", "--provider", provider, "--speed", "50", "--workers", "8", "--json")
    served = judge(*asked, "--cassette", str(tmp_path))
    assert served.status == 0, served.err
    assert served.verdicts == {one.id: "pass" for one in cases_of(provider)}
    tape = ("run", "--provider", provider, "--cassette", str(tmp_path), "--replay", "--json")
    replayed = judge(*tape)
    assert replayed.verdicts == served.verdicts
    assert list(replayed.verdicts) == list(served.verdicts)  # in the same order
