"""A rule, what it found, and the verdict, as values; and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from mockserver.contract.model import Json
from mockserver.journal.entry import Entry

if TYPE_CHECKING:
    from mockserver.verdict.seen import Seen

SHOWN = 12  # calls of a finding


class Level(IntEnum):
    """How bad it is: MUST loses money, time or videos, SHOULD is careless, NOTE is to be known."""

    NOTE = 1
    SHOULD = 2
    MUST = 3


class Found(NamedTuple):
    """One breach of a rule as its function tells it. `level` is given where it is another."""

    say: str
    calls: Sequence[Entry] = ()
    level: Level | None = None


Find = Callable[["Seen"], Iterator[Found]]


class Rule(NamedTuple):
    """One sentence that a good client keeps.

    `advice` says what to do instead; `evidence` who has seen a client break it, or who says so.
    With `last` it is asked only where no other rule has something worse than a note to say.
    """

    id: str
    level: Level
    sentence: str
    advice: str
    evidence: str
    find: Find
    last: bool = False


class Moment(NamedTuple):
    """A call that a finding is about: its number in the journal, and the client's seconds."""

    number: int
    at: float
    line: str

    def show(self) -> Json:
        """As JSON."""
        return {"number": self.number, "at": self.at, "call": self.line}

    def __str__(self) -> str:
        return f"{self.at:>9.2f} s  #{self.number:<4} {self.line}"


class Finding(NamedTuple):
    """A breach of a rule, with the calls that show it. `more` are calls that are not listed."""

    rule: Rule
    level: Level
    provider: str
    say: str
    moments: tuple[Moment, ...] = ()
    more: int = 0

    def show(self) -> Json:
        """As JSON."""
        return {
            "rule": self.rule.id,
            "level": self.level.name,
            "provider": self.provider,
            "sentence": self.rule.sentence,
            "say": self.say,
            "advice": self.rule.advice,
            "evidence": self.rule.evidence,
            "calls": [one.show() for one in self.moments],
            "more_calls": self.more,
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.level.name:<6} {self.rule.id}: {self.say}"
        yield from (f"    {one}" for one in self.moments)
        if self.more:
            yield f"    … and {self.more} more"
        yield f"    {self.rule.advice}"


class Verdict(NamedTuple):
    """What is to be said about a client. `calls` is how many were looked at."""

    findings: tuple[Finding, ...]
    calls: int
    rules: int

    @property
    def clean(self) -> bool:
        """Whether no rule is broken that counts: notes do not."""
        return not self.at_least(Level.SHOULD)

    def at_least(self, level: Level) -> list[Finding]:
        """The findings of a level and of those above it."""
        return [one for one in self.findings if one.level >= level]

    def of(self, *patterns: str) -> list[Finding]:
        """The findings of rules whose id is like one of these (`client.poll.*`)."""
        return [
            one
            for one in self.findings
            if any(fnmatchcase(one.rule.id, pattern) for pattern in patterns)
        ]

    def assert_clean(self, level: str = "SHOULD", *, ignore: Sequence[str] = ()) -> None:
        """AssertionError that shows every finding of at least a level, but of no ignored rule."""
        ignored = self.of(*ignore)
        said = [one for one in self.at_least(Level[level.upper()]) if one not in ignored]
        if said:
            raise AssertionError("\n".join(line for one in said for line in one.lines()))

    def show(self) -> Json:
        """As JSON."""
        return {
            "clean": self.clean,
            "calls": self.calls,
            "rules": self.rules,
            "findings": [one.show() for one in self.findings],
        }

    def __str__(self) -> str:
        if not self.findings:
            return f"nothing to say against {self.calls} calls, by {self.rules} rules"
        return "\n".join(line for one in self.findings for line in one.lines())
