"""A slow receiver holds up its own lane only, and everything put in is done once, in order."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.jobs.clock import settle
from mockserver.webhooks.lanes import Lanes


class Crowd:
    """Counts who is at work, and finishes each work when its gate opens or after some turns."""

    def __init__(self, per_receiver: int, per_origin: int) -> None:
        self.lanes = Lanes(self.do, per_receiver=per_receiver, per_origin=per_origin)
        self.busy: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.begun: dict[str, list[int]] = defaultdict(list)
        self.closed: set[str] = set()
        self.gate = asyncio.Event()

    def put(self, origin: str, receiver: str, number: int) -> None:
        self.lanes.put(origin, receiver, (origin, receiver, number))

    async def do(self, work: tuple[str, str, int]) -> None:
        origin, receiver, number = work
        self.begun[receiver].append(number)
        for name in (origin, receiver):
            self.busy[name] += 1
            self.most[name] = max(self.most[name], self.busy[name])
        if receiver in self.closed:
            await self.gate.wait()
        else:
            await settle(number % 3)
        for name in (origin, receiver):
            self.busy[name] -= 1


async def test_a_receiver_that_hangs_holds_up_no_other_one() -> None:
    crowd = Crowd(3, 5)
    crowd.closed = {"a/hangs"}
    for number in range(10):
        crowd.put("a", "a/hangs", number)
    for number in range(10):
        crowd.put("a", "a/works", number)
        crowd.put("b", "b/works", number)
    await settle(100)
    assert crowd.begun["a/works"] == crowd.begun["b/works"] == list(range(10))
    assert len(crowd.begun["a/hangs"]) == 3
    crowd.gate.set()
    await crowd.lanes.idle()
    assert crowd.begun["a/hangs"] == list(range(10))
    assert (crowd.most["a/hangs"], crowd.most["a"]) == (3, 5)


async def test_free_tasks_help_the_lane_that_has_most_to_do() -> None:
    crowd = Crowd(4, 4)
    crowd.closed = {"first", "second"}
    for number in range(4):
        crowd.put("a", "first", number)
    for number in range(8):
        crowd.put("a", "second", number)
    crowd.closed.discard("first")
    crowd.gate.set()
    crowd.gate = asyncio.Event()
    await settle(20)
    assert crowd.busy["second"] == 4
    crowd.gate.set()
    await crowd.lanes.idle()
    assert crowd.begun["second"] == list(range(8))


async def test_what_is_cancelled_is_not_done_later() -> None:
    crowd = Crowd(1, 1)
    crowd.closed = {"r"}
    for number in range(3):
        crowd.put("a", "r", number)
    await settle()
    crowd.lanes.cancel()
    await crowd.lanes.idle()
    crowd.gate.set()
    crowd.put("a", "r", 9)
    await crowd.lanes.idle()
    assert crowd.begun["r"] == [0, 9]
    assert len(crowd.lanes) == 0


works = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 4)), max_size=60
)


@settings(deadline=None)
@given(works=works, per_receiver=st.integers(1, 4), per_origin=st.integers(1, 6))
def test_everything_is_done_once_in_order_and_within_bounds(
    works: list[tuple[str, str, int]], per_receiver: int, per_origin: int
) -> None:
    async def run() -> None:
        crowd = Crowd(per_receiver, per_origin)
        wanted: dict[str, list[int]] = defaultdict(list)
        for number, (origin, receiver, turns) in enumerate(works):
            crowd.put(origin, origin + receiver, number)
            wanted[origin + receiver].append(number)
            await settle(turns)
        await crowd.lanes.idle()
        assert crowd.begun == wanted
        for name, most in crowd.most.items():
            assert most <= (per_origin if len(name) == 1 else per_receiver)
        assert crowd.lanes._origins == {}

    asyncio.run(run())
