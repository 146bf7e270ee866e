"""One line of the journal: a call with its reply, a delivery, or a note about what was done."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from mockserver.contract.message import Suggestion, Violation
from mockserver.contract.model import Evidence, Json
from mockserver.jobs.clock import iso

KEPT_BYTES = 2048
LEAK = "the client sent its credentials to the download host"
PLAYED = "scenario "  # what a note begins with that says which rule acted


class Entry(NamedTuple):
    """What one call asked, what it was answered, and why.

    `kind` is call, delivery or note. `problem` is the row of the provider's catalogue that a
    refusal is of, `say` why it was refused, `suggestions` what may have been meant. `notes` are
    sentences about decisions on the way; `bug` is a breach of our own contract, which must never
    happen. `pause` are the seconds that the answer asked to wait (Retry-After), `fault` is what
    happened to it on its way, or to the file in it.
    """

    number: int
    at: float
    kind: str
    provider: str = ""
    operation: str = ""
    method: str = ""
    target: str = ""
    agent: str = ""
    owner: str = ""
    status: int = 0
    job: str = ""
    say: str = ""
    request: bytes = b""
    request_bytes: int = 0
    reply: bytes = b""
    violations: tuple[Violation, ...] = ()
    notes: tuple[str, ...] = ()
    bug: str = ""
    problem: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    pause: float = 0.0
    fault: str = ""

    @property
    def refused(self) -> bool:
        """Whether it is a call that was not granted, whatever status that has at its provider."""
        return self.kind == "call" and (bool(self.problem) or self.status >= 400)

    def show(self) -> Json:
        """The entry as JSON; what is empty is left out."""
        view: Json = {"number": self.number, "at": iso(self.at), "kind": self.kind}
        for name in ("provider", "operation", "method", "target", "agent", "owner", "status"):
            if value := getattr(self, name):
                view[name] = value
        if self.refused:
            view["refused"] = True
        if self.job:
            view["job"] = self.job
        if self.request_bytes:
            whole = self.request_bytes <= KEPT_BYTES
            size = len(self.request) if whole else self.request_bytes
            view["request"] = readable(self.request, size)
            view["request_bytes"] = self.request_bytes
        if self.reply:
            view["reply"] = readable(self.reply, len(self.reply))
        if self.violations:
            view["violations"] = [show_violation(violation) for violation in self.violations]
        if self.suggestions:
            view["suggestions"] = [one._asdict() for one in self.suggestions]
        for name, value in (
            ("problem", self.problem),
            ("say", self.say),
            ("notes", list(self.notes)),
            ("pause", self.pause),
            ("fault", self.fault),
            ("bug", self.bug),
        ):
            if value:
                view[name] = value
        return view


def show_violation(violation: Violation) -> Json:
    """A violation as JSON."""
    view: Json = {
        "place": violation.place,
        "pointer": violation.pointer,
        "rule": violation.keyword,
        "found": violation.found,
        "allowed": violation.allowed,
        "says": violation.sentence,
        "schema": violation.schema,
    }
    if violation.evidence:
        view["evidence"] = show_evidence(violation.evidence)
    return view


def show_evidence(evidence: Evidence) -> Json:
    """Who says a fact, as JSON."""
    view = {"kind": evidence.kind, "where": evidence.where, "date": evidence.date}
    return {**view, "note": evidence.note} if evidence.note else view


def readable(kept: bytes, size: int) -> Json:
    """A body as JSON where it is whole and JSON, else as the beginning of its text."""
    if size <= len(kept):
        try:
            return orjson.loads(kept)
        except orjson.JSONDecodeError:
            return kept.decode("utf-8", "replace")
    return kept.decode("utf-8", "replace") + f"… ({size} bytes)"
