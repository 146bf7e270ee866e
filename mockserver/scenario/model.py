"""Rules as values: when they apply, and what they do. Scenarios are named lists of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mockserver.contract.message import NOTHING
from mockserver.contract.model import Json

FOREVER = 2**31


class Span(NamedTuple):
    """Whole numbers from `first` to `last`, both included: which call, which poll."""

    first: int = 1
    last: int = FOREVER

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number <= self.last


ALWAYS = Span()


class Wire(NamedTuple):
    """What happens to an answer on its way.

    `fault` is reset (hang up `at` before, headers or body), cut (after `bytes` of the body), drip
    (`bytes` at a time, a pause of `seconds` between), stall (`seconds` before the body), length
    (Content-Length says `bytes` more), malformed (JSON that breaks off) or html (a proxy's page
    with `status`). Seconds are the clock's.
    """

    fault: str
    at: str = "body"
    bytes: int = 0
    seconds: float = 0.0
    status: int = 0


class Patch(NamedTuple):
    """A change of a JSON reply: the value at a pointer is set, or removed."""

    at: str
    value: Json = None
    remove: bool = False


class Fate(NamedTuple):
    """What becomes of a job instead: it fails with an error of the catalogue, stays for ever in a
    running state (or the last one, "last"), takes longer, or expires the moment it ends."""

    fail: str = ""
    stuck: str = ""
    slow: float = 1.0
    expire: bool = False


class PushFault(NamedTuple):
    """What happens to a push: lost, late (by `seconds`), twice, early (before the answer to the
    request), forged or stale (its signature), unknown (its event) or reordered."""

    fault: str
    seconds: float = 0.0


class Effect(NamedTuple):
    """What a rule does. Empty fields do nothing.

    `refuse` is a row of the provider's error catalogue. `media` spoils a file that is downloaded.
    `settings` are switches of the provider, for this call and this job alone.
    """

    refuse: str = ""
    headers: Mapping[str, str] = NOTHING
    delay: float = 0.0
    wire: Wire | None = None
    job: Fate | None = None
    reply: tuple[Patch, ...] = ()
    push: PushFault | None = None
    media: str = ""
    settings: Mapping[str, str] = NOTHING


class Rule(NamedTuple):
    """When, and what. All that is given must hold.

    `on` are the ids of operations, or `push` for what is sent. `nth` counts the calls that match
    otherwise, `poll` the polls of one job, `times` how often the rule may act. `owner` is the
    fingerprint of a key; `fields` are values by pointer, in the body or of the job.
    """

    scenario: str
    number: int
    effect: Effect
    provider: str = ""
    on: frozenset[str] = frozenset()
    nth: Span = ALWAYS
    poll: Span = ALWAYS
    times: int = FOREVER
    owner: str = ""
    fields: Mapping[str, Json] = NOTHING

    @property
    def name(self) -> str:
        """How the rule is called in the journal."""
        return f"{self.scenario}[{self.number}]"


class Scenario(NamedTuple):
    """A named list of rules: what happens, what a good client does, and who has seen it.

    `provider` is empty where it is the same for all.
    """

    name: str
    provider: str
    what: str
    client: str
    evidence: str
    rules: tuple[Rule, ...]
