"""The report says what was seen, in few lines."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver import egress
from mockserver.execution import report
from mockserver.execution.child import Ended
from mockserver.execution.report import Run
from mockserver.journal.entry import Entry
from mockserver.proxy.gate import Gate

ROW = {"calls": 1, "violations": 0, "cost": 0.0, "unit": "acorns"}


def call(number: int, **more: Any) -> Entry:
    return Entry(number, 0.0, "call", "acme", "look", "GET", f"/acme/{number}", status=200, **more)


def run(*entries: Entry, dropped: int = 0, left: tuple[str, ...] = ()) -> Run:
    return Run(
        ["a program", "--with", "words"],
        Ended(3, "ended with status 3", left),
        seconds=1.24,
        dropped=dropped,
        seed=7,
        entries=entries,
        tally={"acme": ROW} if entries else {},
        gate=Gate({}, {}, egress.parse("loopback")),
    )


def test_the_first_line_says_how_it_ended() -> None:
    lines = list(report.lines(run(call(1))))
    assert lines == [
        "'a program' --with words ended with status 3 after 1.2 s",
        "  acme: 1 call, 0 violations; this would have cost nothing",
    ]


def test_a_decision_is_told_once_however_often_it_was_taken() -> None:
    told = run(*(call(number, notes=("made up",)) for number in range(9)))
    assert [line for line in report.lines(told) if "made up" in line] == ["  note: made up"]


def test_many_lines_of_a_kind_are_cut_short() -> None:
    told = run(*(call(number, notes=(f"note {number}",)) for number in range(50)))
    lines = [line for line in report.lines(told) if line.startswith("  note")]
    assert len(lines) == report.MOST + 1
    assert lines[-1] == f"  note: … and {50 - report.MOST} more (--json FILE has them all)"
    assert len(report.as_json(told)["notes"]) == 50


def test_what_was_not_delivered_is_a_note() -> None:
    sent = Entry(1, 0.0, "delivery", "acme", status=200, say="done of job 1 was delivered")
    lost = Entry(2, 0.0, "delivery", "acme", status=0, say="done of job 1 was not sent: because")
    assert run(call(3), sent, lost).notes == ["done of job 1 was not sent: because"]


def test_faults_of_ours_are_told_apart_from_those_of_the_program() -> None:
    lines = list(report.lines(run(call(1, bug="oh no"))))
    assert lines[-1].startswith("  fault of the simulator: GET /acme/1 → 200")


def test_what_was_dropped_and_what_was_left_is_told() -> None:
    lines = list(report.lines(run(call(9), dropped=8, left=("sleep (1)", "sleep (2)"))))
    assert "  these are the last 1 entries; 8 before were dropped" in lines
    assert lines[-1] == "  it left 2 processes running, now ended: sleep (1), sleep (2)"


def test_the_report_for_programs_is_json() -> None:
    view = orjson.loads(orjson.dumps(report.as_json(run(call(1), left=("sleep (1)",)))))
    assert (view["status"], view["seed"], view["left"]) == (3, 7, ["sleep (1)"])
    assert view["providers"] == {"acme": ROW}
    assert view["calls"][0]["operation"] == "look"
