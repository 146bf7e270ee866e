"""One command: started, bounded in time and in what it may say, and gone afterwards for certain.

Its process group is ended, and on Linux whatever else has its mark in the environment: children
that were put into a session of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

MARK = "MOCK_RUN"
KEPT = 16 * 1024  # bytes of what it says: the last ones
PIECE = 64 * 1024
GRACE = 1.0  # seconds between asking it to end and ending it
LAST_WORDS = 0.3  # seconds for what is still in the pipe when it has ended
ROUNDS, MOMENT = 50, 0.02  # how often, and after how many seconds, it is looked who is left
ENOUGH = 2  # looks without anybody
PROC = Path("/proc")


class Ended(NamedTuple):
    """How a command ended: its exit status, negative for a signal; `late` when it was stopped.

    `said` is the end of what it said, of so many bytes in all.
    """

    status: int
    late: bool
    said: str
    bytes: int
    left: int  # processes that it left behind, and that were ended


class CannotStart(Exception):
    """The command cannot be started; the text says why."""


async def run(words: Sequence[str], env: Mapping[str, str], mark: str, seconds: float) -> Ended:
    """Run a command for so many seconds at most. Nothing of it is left afterwards."""
    mouth, ear = _pipe()
    try:
        process = await _started(words, {**env, MARK: mark}, mouth)
    except (OSError, ValueError) as error:
        os.close(ear)
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CannotStart(f"cannot start {words[0]}: {why}") from None
    finally:
        os.close(mouth)
    voice = Voice()
    listening = asyncio.create_task(voice.listen(ear))
    try:
        await _within(seconds, process.wait())
    finally:
        late = process.returncode is None
        left = await _end(process, mark)
        await _hushed(listening)
    status = process.returncode if process.returncode is not None else -signal.SIGKILL
    return Ended(status, late, voice.text(), voice.bytes, left)


async def _started(
    words: Sequence[str], env: Mapping[str, str], mouth: int
) -> asyncio.subprocess.Process:
    """Start a command. Who is cancelled meanwhile has it ended first: it may be there already."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=mouth,
            stderr=mouth,
            env=env,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting, env[MARK])
        raise


class Voice:
    """The end of what a command says. The rest is read and forgotten, so that it can go on."""

    def __init__(self) -> None:
        self.bytes = 0
        self._kept: deque[bytes] = deque()
        self._size = 0

    async def listen(self, ear: int) -> None:
        """Read from a pipe until everything was said, and close it."""
        loop, stream = asyncio.get_running_loop(), asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(ear, "rb", 0)
        )
        try:
            while piece := await stream.read(PIECE):
                self._keep(piece)
        finally:
            transport.close()

    def _keep(self, piece: bytes) -> None:
        self.bytes += len(piece)
        self._kept.append(piece[-KEPT:])
        self._size += len(self._kept[-1])
        while self._size - len(self._kept[0]) >= KEPT:
            self._size -= len(self._kept.popleft())

    def text(self) -> str:
        """What was kept, with what no terminal should get replaced."""
        whole = b"".join(self._kept)[-KEPT:].decode("utf-8", "replace")
        text = "".join(one if one.isprintable() or one in "\n\t" else "·" for one in whole)
        return f"… ({self.bytes} bytes in all)\n{text}" if self.bytes > KEPT else text


def _pipe() -> tuple[int, int]:
    """Where to write, and where to read. Not asyncio's own: with that a process has not ended as
    long as any child of it holds the pipe."""
    ear, mouth = os.pipe()
    return mouth, ear


async def _end(process: asyncio.subprocess.Process, mark: str) -> int:
    """End a command with all its children. How many of them there were besides itself."""
    others: set[int] = set()
    try:
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGTERM)
            await _within(GRACE, process.wait())
    finally:  # also where whoever waits is cancelled once more
        found = _kill(process.pid, mark)
    empty = 0  # looks in a row: between two of them a child may have begun another and ended
    for _ in range(ROUNDS):
        others |= found
        empty = 0 if found else empty + 1
        if empty == ENOUGH:
            break
        await _within(MOMENT, asyncio.Event().wait())
        found = _kill(process.pid, mark)
    await process.wait()
    return len(others)


async def _within(seconds: float, work: Coroutine[Any, Any, object]) -> None:
    """Wait for something for so long at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work


def _kill(group: int, mark: str) -> set[int]:
    """End a group, and all others that have a mark. Who these were."""
    found = marked(mark) - {group}
    _signal_group(group, signal.SIGKILL)
    for pid in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return found


def marked(mark: str) -> set[int]:
    """The processes that have a mark in their environment, and are no zombies."""
    wanted = f"{MARK}={mark}".encode()
    found = set()
    for one in PROC.iterdir() if PROC.is_dir() else ():
        if one.name.isdigit() and one.name != str(os.getpid()):
            with contextlib.suppress(OSError):
                if wanted in (one / "environ").read_bytes().split(b"\0"):
                    found.add(int(one.name))
    return found


def _signal_group(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, what)


async def _hushed(listening: asyncio.Task[None]) -> None:
    """Hear the last words; whoever still holds the other end of the pipe is not waited for."""
    await asyncio.wait({listening}, timeout=LAST_WORDS)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
