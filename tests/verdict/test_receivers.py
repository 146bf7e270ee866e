"""Each case of receivers catches a wrong one, and a right one passes all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from conformance.cli import main
from conformance.receivers.cases import CASES
from conformance.serving import served
from tests.mutants.receivers import SECRET, WRONG, Receiver, Wrong

LIMIT = 3.0  # seconds, of a provider in a hurry


async def judged(
    application: Any, capsys: pytest.CaptureFixture[str], *more: str, provider: str = "kie"
) -> tuple[int, Mapping[str, Any]]:
    """The exit status, and every case by its id."""
    async with served(application) as address:
        words = ["receiver", "--provider", provider, "--url", f"{address}/hook", "--json"]
        words += ["--state-url", f"{address}/jobs/{{job}}", *more]
        status = await asyncio.to_thread(main, words)
    rows = json.loads(capsys.readouterr().out)["cases"]
    return status, {row["case"]: row for row in rows}


def broken(rows: Mapping[str, Any]) -> set[str]:
    return {id for id, row in rows.items() if row["findings"]}


async def test_a_right_receiver_passes_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    status, rows = await judged(Receiver(), capsys, "--secret", SECRET)
    assert broken(rows) == set(), rows
    assert status == 0
    assert {row["result"] for row in rows.values()} == {"pass"}
    assert len(rows) >= 12


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: one.receiver.__name__)
async def test_a_wrong_receiver_is_caught(
    wrong: Wrong, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from conformance.dialects import kie

    assert kie.PUSH is not None
    monkeypatch.setattr(kie, "PUSH", _quick(kie.PUSH))
    more = ["--secret", SECRET, "--level", "note", "--timeout", "20"]
    for one in (*wrong.cases, "receiver.method") if wrong.slow else ():
        more += ["--case", one]
    status, rows = await judged(wrong.receiver(), capsys, *more)
    assert broken(rows) == wrong.cases
    assert status == 1


def test_every_case_has_a_wrong_receiver() -> None:
    assert {id for one in WRONG for id in one.cases} == {one.id for one in CASES}


@pytest.mark.parametrize("provider", ["hooked", "pictory"])
async def test_what_a_provider_does_not_do_is_not_applicable(
    provider: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def takes_all(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    status, rows = await judged(takes_all, capsys, provider=provider)
    assert rows["receiver.no-signature"]["result"] == "not-applicable"
    assert rows["receiver.no-json"]["result"] == "should"
    assert status == 0
    applies = [row for row in rows.values() if row["result"] != "not-applicable"]
    assert len(applies) >= 12


async def test_without_a_secret_signatures_are_not_judged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, rows = await judged(Receiver(), capsys)
    assert rows["receiver.no-signature"]["why"] == "give --secret"


async def test_answers_without_an_end_are_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    async def never_ends(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            continue
        gone = asyncio.create_task(receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not gone.done():
            await send({"type": "http.response.body", "body": b"x" * 4096, "more_body": True})
            await asyncio.wait({gone}, timeout=0)

    status, rows = await judged(never_ends, capsys, "--case", "success", "--case", "duplicate")
    assert (status, {row["result"] for row in rows.values()}) == (0, {"pass"})


async def test_the_report_is_junit_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "out.xml"
    wrong = next(one.receiver for one in WRONG if "receiver.replay" in one.cases)
    await judged(wrong(), capsys, "--secret", SECRET, "--report", f"junit={file}")
    suite = ElementTree.fromstring(file.read_text())
    assert suite.get("tests") == str(len(CASES))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) == "3"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--url", "http://127.0.0.1:9/hook"], "nothing listens at"),
        (["--url", "nonsense"], "is no address"),
        (["--url", "http://127.0.0.1:9/", "--secret-env", "NO_SUCH_ONE"], "there is no variable"),
        (["--url", "http://127.0.0.1:9/", "--report", "pdf=x"], "is not one of"),
        (["--url", "http://127.0.0.1:9/", "--report", "json=/no/folder/x"], "there is no folder"),
    ],
)
def test_what_cannot_run_is_said_in_a_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["receiver", "--provider", "kie", *words]) == 2
    assert said in capsys.readouterr().err


def _quick(push: Any) -> Any:
    """The same deliveries by a provider that waits some seconds only."""
    from dataclasses import replace

    return replace(push, timeout=LIMIT)
