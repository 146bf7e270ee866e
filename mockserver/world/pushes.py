"""From a job to what its provider sends by itself when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from mockserver.contract import pointer as at
from mockserver.contract.message import Call
from mockserver.contract.model import Contract, Json, Operation, Push
from mockserver.contract.validate import Checker
from mockserver.jobs.job import Job
from mockserver.providers.base import Provider
from mockserver.scenario.book import Use
from mockserver.scenario.load import PUSH
from mockserver.webhooks.model import Make, Parcel
from mockserver.world.sendings import Sending, sendings
from mockserver.world.sight import WorldSight
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.webhooks.inbox import Known


def known(contracts: Sequence[Contract]) -> Iterator[Known]:
    """What an inbox may recognise: every push of these contracts, once."""
    from mockserver.webhooks.inbox import Known

    for contract in contracts:
        checker = Checker(contract)
        for push in {
            push.name: push for one in contract.operations for push in one.pushes
        }.values():
            yield Known(
                name=f"{contract.name}.{push.name}",
                media=push.media,
                check=_check(checker, push),
                signature=push.policy.signature,
            )


class Breach(Exception):
    """What a provider's module would have sent breaks its contract."""


class Pushes:
    """Plans the pushes of one provider in one world."""

    def __init__(
        self,
        world: World,
        contract: Contract,
        provider: Provider,
        checker: Checker,
        sight: WorldSight,
    ) -> None:
        self._world = world
        self._contract = contract
        self._provider = provider
        self._checker = checker
        self._sight = sight

    async def plan(
        self, operation: Operation, call: Call, job: Job, uses: Sequence[Use] = ()
    ) -> None:
        """Have everything sent that a request asked for, when its job has ended.

        Rules may lose it, or have it sent otherwise; what they want early is sent before this
        returns.
        """
        for push in operation.pushes:
            if url := _target(call, push):
                decision = self._world.book.decide(
                    self._contract.name,
                    PUSH,
                    owner=call.owner,
                    job=job.id,
                    body=job.told,
                    called=uses,
                )
                for sending in sendings(decision.effect.push, job.created, job.ends, push.policy):
                    delivery = self._world.pump.schedule(
                        job=job.id,
                        provider=self._contract.name,
                        push=push.name,
                        method=push.method,
                        url=url,
                        due=sending.due,
                        policy=sending.policy,
                        make=self._making(job, push, call.base, sending),
                    )
                    if sending.early:
                        await self._world.pump.hurry(delivery.id)

    def _making(self, job: Job, push: Push, base: str, sending: Sending) -> Make:
        made = self._made(job, push, base)
        if not sending.spoils:
            return made

        async def make() -> Parcel | None:
            parcel = await made()
            return sending.spoilt(parcel) if parcel else None

        return make

    def _made(self, job: Job, push: Push, base: str) -> Make:
        async def make() -> Parcel | None:
            here = self._sight.here(self._world.clock.now(), base)
            said = self._provider.notice(job, job.timeline.end, push.name, here)
            if said is None:
                return None
            id = said.id or job.id
            if said.result:
                path = await self._world.result(job, said.result)
                return Parcel(media_type=push.media, id=id, file=path)
            if breaches := self._checker.push(push, said.body):
                raise Breach("; ".join(one.explain(self._contract.file) for one in breaches))
            return Parcel(orjson.dumps(said.body), push.media, id)

        return make


def _check(checker: Checker, push: Push) -> Callable[[Json], Sequence[str]]:
    file = checker.contract.file
    return lambda body: [one.explain(file) for one in checker.push(push, body)]


def _target(call: Call, push: Push) -> str:
    """The URL that a request names for a push; empty when it names none."""
    if isinstance(call.body, dict) and _first(push.target) not in call.body:
        return ""  # most name none, and to raise an error takes long
    try:
        url = at.follow(call.body, push.target)
    except (KeyError, TypeError):
        return ""
    return url if isinstance(url, str) else ""


@lru_cache(maxsize=256)
def _first(pointer: str) -> str:
    """The first step of a pointer."""
    return at.split(pointer)[0]
