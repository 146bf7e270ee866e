"""The journal keeps the last entries, explains refusals, and gives no secret away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract import document
from mockserver.contract.message import Problem, Violation
from mockserver.contract.model import Evidence
from mockserver.journal.book import MemoryJournal
from mockserver.journal.entry import Entry, readable
from mockserver.journal.explain import detail, header, refusal
from mockserver.journal.wanted import Wanted
from tests.contract.test_check import spec

CONTRACT = document.build(spec(), "specs/toy.yaml", {})
TOO_LONG = Violation(
    "body",
    "/duration",
    "maximum",
    "99",
    "10",
    "is 99, at most 10 is allowed",
    "/a/maximum",
    Evidence("documented", "a page", "2026-09"),
)


def test_entries_are_numbered_without_gaps_and_the_oldest_go_first() -> None:
    journal = MemoryJournal(limit=3)
    for _ in range(5):
        journal.write(Entry(journal.number(), 0.0, "call"))
    assert [entry.number for entry in journal] == [3, 4, 5]
    assert [entry.number for entry in journal.read(Wanted(after=3)).entries] == [4, 5]
    assert [entry.number for entry in journal.read(limit=2).entries] == [3, 4]
    assert len(journal) == 3


def test_an_entry_shows_what_is_there_and_nothing_else() -> None:
    entry = Entry(1, 0.0, "call", method="GET", status=400, violations=(TOO_LONG,), notes=("a",))
    assert entry.show() == {
        "number": 1,
        "at": "1970-01-01T00:00:00.000Z",
        "kind": "call",
        "method": "GET",
        "status": 400,
        "refused": True,
        "violations": [
            {
                "place": "body",
                "pointer": "/duration",
                "rule": "maximum",
                "found": "99",
                "allowed": "10",
                "says": "is 99, at most 10 is allowed",
                "schema": "/a/maximum",
                "evidence": {"kind": "documented", "where": "a page", "date": "2026-09"},
            }
        ],
        "notes": ["a"],
    }


def test_a_body_is_shown_as_json_where_it_is_whole_and_json() -> None:
    assert readable(b'{"a":1}', 7) == {"a": 1}
    assert readable(b'{"a":', 5) == '{"a":'
    assert readable(b'{"a":', 700) == '{"a":… (700 bytes)'


def test_a_refusal_names_every_violation_with_its_rule_and_evidence() -> None:
    other = Violation("body", "", "required", "{}", '"x"', "lacks x", "/b/required")
    assert refusal(Problem("invalid", violations=(TOO_LONG, other)), CONTRACT) == (
        "body/duration is 99, at most 10 is allowed (specs/toy.yaml#/a/maximum; "
        "documented: a page); body lacks x (specs/toy.yaml#/b/required)"
    )


def test_a_refusal_by_the_catalogue_names_the_row_and_its_evidence() -> None:
    problem = Problem("not-found", say="there is no job 7", pointer="/id")
    assert refusal(problem, CONTRACT) == (
        "/id there is no job 7 (specs/toy.yaml#/x-mock/errors/not-found; inferred: this test)"
    )


def test_the_detail_of_a_problem_has_no_pointer_of_ours() -> None:
    assert detail([TOO_LONG]) == "duration is 99, at most 10 is allowed"


@given(st.text(), st.integers(0, 10**9))
def test_a_diagnosis_is_always_a_legal_header(say: str, number: int) -> None:
    value = header(number, say)
    assert value.isascii()
    assert value.isprintable()
    assert len(value) < 450
    assert value.endswith(f"[journal {number}]")
