"""A job: what was asked, when, and what will come of it. Its state is a function of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from mockserver.contract.message import NOTHING
from mockserver.contract.model import Json
from mockserver.jobs.timeline import Step, Timeline
from mockserver.media.model import Excerpt, Still, Wish

Output: TypeAlias = Wish | Still | Excerpt
"""What a result is made of."""

DIGITS = 5  # moments are compared to ten microseconds


@dataclass(frozen=True, slots=True)
class Failure:
    """How a job ends that does not end well: a name from the error catalogue, and its words."""

    name: str
    message: str


class Job(NamedTuple):
    """One accepted piece of work.

    `token` is the unguessable word of its result URL, `cost` what the provider would have charged
    (in the provider's unit), `facts` what the provider's module wants to remember of the request,
    `inputs` names the shelf keys of the media the wish needs; `others` are results beside the one
    of `wish`, by name.
    """

    id: str
    token: str
    provider: str
    kind: str
    owner: str
    number: int
    created: float
    timeline: Timeline
    wish: Wish
    inputs: Mapping[str, str] = NOTHING
    facts: Mapping[str, Json] = NOTHING
    failure: Failure | None = None
    cost: float = 0.0
    others: Mapping[str, Output] = NOTHING

    def at(self, now: float) -> Step:
        """What the job shows at a reading of the clock."""
        return self.timeline.at(self._age(now))

    @property
    def words(self) -> dict[str, str]:
        """What a path to one of its results may hold."""
        return {"id": self.id, "token": self.token, "born": str(int(self.created))}

    @property
    def told(self) -> dict[str, Json]:
        """What rules may ask of it."""
        facts = dict(self.facts)
        return {"kind": self.kind, "prompt": self.wish.prompt, "cost": self.cost, "facts": facts}

    @property
    def ends(self) -> float:
        """The reading at which the work ends."""
        return round(self.created + self.timeline.end.at, DIGITS)

    def gone(self, now: float) -> bool:
        """Whether the provider has forgotten the job."""
        return self._age(now) >= self.timeline.record_until

    def stays(self, now: float) -> float:
        """The age until which the job shows what it shows at a reading."""
        return self.timeline.until(self._age(now))

    def younger(self, age: float, now: float) -> bool:
        """Whether the job has not come to an age yet."""
        return self._age(now) < age

    def url_alive(self, now: float) -> bool:
        """Whether the result can be fetched: the work is done and the link has not expired."""
        age, timeline = self._age(now), self.timeline
        return self.failure is None and timeline.end.at <= age < timeline.url_until

    def _age(self, now: float) -> float:
        """Seconds since birth. Rounded: readings are so large that their sums are not exact."""
        return round(now - self.created, DIGITS)
