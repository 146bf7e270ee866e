"""A command is bounded in time and in what it says, and nothing of it is left afterwards."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from conformance.clients.process import KEPT, CannotStart, Ended, marked, run

MARK = f"test-{os.getpid()}"

FORKS = """
import os, sys, time
for _ in range(3):
    if os.fork() == 0:
        time.sleep(600)
        sys.exit()
"""
DETACHES = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    sys.exit()
"""
STUBBORN = ["sh", "-c", "trap '' TERM; echo begun; sleep 600 & exec sleep 600"]  # it and its child
FLOODS = """
import sys
line = "x" * 1023 + "\\n"
for _ in range(8192):
    sys.stdout.write(line)
print("the end")
"""
FORKS_ON = """
import os, time
while True:
    for _ in range(5):
        if os.fork() == 0:
            os.setsid()
            time.sleep(600)
            os._exit(0)
    time.sleep(0.05)
"""


async def ran(code: str, seconds: float = 20.0) -> Ended:
    return await run([sys.executable, "-c", code], dict(os.environ), MARK, seconds)


async def test_its_exit_status_and_what_it_said_are_told() -> None:
    ended = await ran("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (ended.status, ended.late, ended.left) == (3, False, 0)
    assert set(ended.said.split()) == {"out", "err"}


async def test_a_signal_that_ends_it_is_told() -> None:
    assert (await ran("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")).status == -9


async def test_one_that_never_ends_is_stopped() -> None:
    ended = await ran("import time; time.sleep(600)", seconds=0.5)
    assert ended.late
    assert not marked(MARK)


async def test_one_that_ignores_being_asked_is_stopped_too() -> None:
    ended = await run(STUBBORN, dict(os.environ), MARK, 1.5)
    assert (ended.late, ended.status, ended.said.strip()) == (True, -9, "begun")
    assert not marked(MARK)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="finds processes through /proc")
@pytest.mark.parametrize(("code", "least"), [(FORKS, 0), (DETACHES, 1)])
async def test_what_it_leaves_behind_is_ended(code: str, least: int) -> None:
    ended = await ran(code)
    assert (ended.status, ended.late) == (0, False)
    assert ended.left >= least
    assert not marked(MARK)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="finds processes through /proc")
async def test_one_that_keeps_forking_is_ended_with_all_its_children() -> None:
    ended = await ran(FORKS_ON, seconds=1.0)
    assert ended.late
    assert not marked(MARK)


async def test_of_a_flood_the_end_is_kept() -> None:
    ended = await ran(FLOODS)
    assert ended.bytes > 8 * 1024**2
    assert len(ended.said) < KEPT + 200
    assert ended.said.endswith("the end\n")


async def test_what_no_terminal_should_get_is_replaced() -> None:
    ended = await ran("import sys; sys.stdout.buffer.write(b'a\\x1b[31m\\x00\\xff\\n')")
    assert "\x1b" not in ended.said
    assert "\x00" not in ended.said


@pytest.mark.parametrize("word", ["/no/such/command", "/"])
async def test_what_cannot_be_started_is_said_in_a_sentence(word: str) -> None:
    with pytest.raises(CannotStart, match=f"cannot start {word}: "):
        await run([word], {}, MARK, 1.0)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="finds processes through /proc")
@pytest.mark.parametrize("times", [1, 2])
async def test_whoever_is_cancelled_leaves_nothing_behind(times: int) -> None:
    """The second time comes while it is waited for one that ignores being asked."""
    task = asyncio.create_task(run(STUBBORN, dict(os.environ), MARK, 60.0))
    while not await asyncio.to_thread(marked, MARK):
        pass
    for _ in range(times):
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not all(marked(MARK) for _ in range(200))  # what was killed may take a moment to go
