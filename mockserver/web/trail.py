"""What is learnt about a call on its way through the exchange, for the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mockserver.contract.message import NOTHING, Call, Reply, Suggestion, Violation
from mockserver.contract.model import Operation
from mockserver.journal.entry import KEPT_BYTES, Entry
from mockserver.scenario.book import Use
from mockserver.scenario.model import Effect, Wire

if TYPE_CHECKING:
    from mockserver.web.asked import Asked
    from mockserver.web.exchange import Exchange

LONGEST = 500
NO_EFFECT = Effect()


class Trail:
    """Filled in by whoever learns something; read once, at the end of the call.

    `effect` is what the `rules` want done, `uses` are those that the call asked for, `player` is
    who answers where they change the provider's switches, `fault` what happens on the wire.
    `problem` is what the call is refused for, `read` the call with its body. `asked` is the head of
    one that came to the door.
    """

    owner: str = ""
    job: str = ""
    say: str = ""
    bug: str = ""
    raw: bytes = b""
    size: int = 0
    violations: tuple[Violation, ...] = ()
    headers: Mapping[str, str] = NOTHING
    effect: Effect = NO_EFFECT
    rules: tuple[str, ...] = ()
    uses: Sequence[Use] = ()
    player: Exchange | None = None
    fault: Wire | None = None
    problem: str = ""
    suggestions: Sequence[Suggestion] = ()
    operation: Operation | None = None
    read: Call | None = None

    def __init__(self, asked: Asked | None = None) -> None:
        self.asked = asked
        self.notes: list[str] = []

    @property
    def plain(self) -> bool:
        """Whether nothing was learnt but who called and which job it was about."""
        return self.effect is NO_EFFECT and not (self.say or self.notes or self.bug or self.size)

    def entry(
        self, provider: str, operation: Operation | None, call: Call, reply: Reply, body: bytes
    ) -> Entry:
        """The journal's line about the call."""
        return Entry(  # in the order of its fields: by names it takes twice as long
            call.number,
            call.at,
            "call",
            provider,
            operation.id if operation else "",
            call.method,
            call.target[:LONGEST],
            call.headers.get("user-agent", "")[:LONGEST],
            self.owner,
            reply.status,
            self.job,
            self.say,
            self.raw,
            self.size,
            # A copy of its own size: what orjson returns holds a few kilobytes however short it is.
            bytes(memoryview(body)[:KEPT_BYTES]),
            self.violations,
            tuple(self.notes),
            self.bug,
            self.problem,
            tuple(self.suggestions),
            _pause(reply.headers),
            self.effect.media or (self.fault.fault if self.fault else ""),
        )


def _pause(headers: Mapping[str, str]) -> float:
    """The seconds that an answer asks to wait; 0 where it does not, or names a date."""
    text = headers.get("Retry-After", "") if headers else ""
    return float(text) if text.isdecimal() else 0.0
