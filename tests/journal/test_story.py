"""An entry is told in a line for a list, and as a whole story."""

from __future__ import annotations

from mockserver.contract.message import Suggestion, Violation
from mockserver.contract.model import Evidence
from mockserver.journal.entry import Entry
from mockserver.journal.story import line, lines, story

TOO_LONG = Violation(
    "body",
    "/duration",
    "maximum",
    "99",
    "10",
    "is 99, at most 10 is allowed",
    "/components/schemas/Make/properties/duration/maximum",
    Evidence("documented", "a page", "2026-09", note="another page says 12"),
)
ENTRY = Entry(
    7,
    1_800_000_000.25,
    "call",
    provider="acme",
    operation="make",
    method="POST",
    target="/acme/v1/make",
    agent="foo/1.2",
    owner="4f2a",
    status=400,
    say="body/duration is 99, at most 10 is allowed",
    request=b'{"duration":99}',
    request_bytes=15,
    reply=b'{"error":"no"}',
    violations=(TOO_LONG,),
    notes=("/foo is no field of make and is ignored",),
    problem="invalid",
    suggestions=(Suggestion("body/foo", "foo looks like food", "specs/acme.yaml#/a"),),
)
VIEW = {
    "entry": ENTRY.show(),
    "spec": "specs/acme.yaml",
    "row": {
        "name": "invalid",
        "pointer": "/x-mock/errors/invalid",
        "status": 400,
        "message": "{detail}",
        "evidence": {"kind": "inferred", "where": "decision A1", "date": "2026-11-20"},
    },
}


def test_a_call_is_a_line_and_its_diagnosis_two() -> None:
    assert list(lines(ENTRY.show())) == [
        "    7  08:00:00.250  acme     POST /acme/v1/make → 400  "
        "(make, key 4f2a, refused: invalid)",
        " " * 21 + "body/duration is 99, at most 10 is allowed",
        " " * 21 + "hint: foo looks like food",
    ]


def test_a_good_call_is_a_line() -> None:
    good = ENTRY._replace(
        status=200, say="", violations=(), notes=(), problem="", suggestions=(), job="j1"
    )
    [only] = lines(good.show())
    assert only.endswith("POST /acme/v1/make → 200  (make, key 4f2a, job j1)")


def test_a_delivery_and_a_bug_are_called_so() -> None:
    delivery = Entry(8, 0.0, "delivery", provider="acme", operation="ended", say="it arrived")
    assert line(delivery.show()).endswith("(delivery, ended)")
    broken = Entry(9, 0.0, "call", bug="KeyError: 'x'\n  at line 7")
    assert "OUR BUG" in line(broken.show())
    assert list(lines(broken.show()))[-1].strip() == "bug: KeyError: 'x'"


def test_a_story_tells_everything() -> None:
    assert "\n".join(story(VIEW)) == (
        """\
7  08:00:00.250  acme     POST /acme/v1/make → 400  (make, key 4f2a, refused: invalid)
by foo/1.2

It sent 15 bytes:
    {
      "duration": 99
    }

It was refused (invalid):
  1. body/duration is 99, at most 10 is allowed
       came      99
       allowed   maximum: 10
       rule      specs/acme.yaml#/components/schemas/Make/properties/duration/maximum
       evidence  documented, a page, 2026-09 (another page says 12)

What may have been meant:
  - foo looks like food
       see specs/acme.yaml#/a

On the way:
  - /foo is no field of make and is ignored

It was answered 400, by specs/acme.yaml#/x-mock/errors/invalid; inferred, decision A1, 2026-11-20:
    {
      "error": "no"
    }"""
    )


def test_what_is_empty_is_not_told_and_what_is_long_is_cut() -> None:
    assert list(story({"entry": Entry(1, 0.0, "note", say="the clock was moved").show()})) == [
        "1  00:00:00.000             (note)",
        "",
        "the clock was moved",
    ]
    rows = b"[" + b",".join(b"%d" % one for one in range(100)) + b"]"
    long = Entry(1, 0.0, "call", request=rows, request_bytes=len(rows))
    told = list(story({"entry": long.show()}))
    assert told[-1] == "    … (62 more lines)"
    wide = Entry(1, 0.0, "call", request=b"x" * 2000, request_bytes=2000)
    assert max(len(one) for one in story({"entry": wide.show()})) < 500
