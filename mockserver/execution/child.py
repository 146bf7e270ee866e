"""A command in a process group of its own: started, waited for, and ended with all that it began.

On Linux that holds for processes that left the group too, since orphans come to us there.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NamedTuple

from mockserver.execution.terminal import Terminal

NOT_FOUND, NOT_RUNNABLE, OVERDUE, BY_SIGNAL = 127, 126, 124, 128  # as shells have it
GRACE = 5.0  # seconds from being asked to end to being ended
GRACE_AFTER = 1.0  # the same for what is left when a command has ended
GLANCE = 0.02
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LAST_WARNING = 3  # the signal of ours that is not asked, but done
SUBREAPER = 36  # prctl(2)
LINUX = sys.platform == "linux"


class NotStarted(Exception):
    """A command that cannot be run; `status` is what a shell would end with."""

    def __init__(self, say: str, status: int) -> None:
        super().__init__(say)
        self.status = status


class Ended(NamedTuple):
    """How a command ended: a shell's exit status, a word on it, and what it left running."""

    status: int
    say: str
    left: tuple[str, ...] = ()


def found(command: Sequence[str]) -> None:
    """NotStarted when there is no such command."""
    name = command[0]
    if shutil.which(name):
        return
    if os.sep in name and Path(name).is_dir():
        raise NotStarted(f"{name} is a folder, not a command", NOT_RUNNABLE)
    if os.sep in name and Path(name).exists():
        say = f"{name} may not be executed; chmod +x {name} would change that"
        raise NotStarted(say, NOT_RUNNABLE)
    say = f"there is no command {name!r}: install it, or name the folder that it is in"
    raise NotStarted(say, NOT_FOUND)


def run(command: Sequence[str], environment: Mapping[str, str], timeout: float) -> Ended:
    """Run a command until it ends, or has run for so many seconds (0: for ever).

    It has our standard streams and, where we hold it, the terminal.
    """
    _adopt_orphans()
    with Terminal() as terminal, Watch(timeout) as watch:
        try:
            process = subprocess.Popen(command, env=environment, close_fds=False, process_group=0)
        except OSError as error:
            raise NotStarted(f"{command[0]}: {error.strerror}", NOT_RUNNABLE) from None
        watch.begin(process.pid)
        terminal.lend(process.pid)
        try:
            process.returncode = _awaited(process.pid, terminal)
        finally:
            left = _swept(process.pid)
    return _told(process.returncode, watch.overdue, left)


def _told(code: int, overdue: float, left: tuple[str, ...]) -> Ended:
    if overdue:
        return Ended(OVERDUE, f"was ended after {overdue:g} s (--timeout)", left)
    if code < 0:
        return Ended(BY_SIGNAL - code, f"was ended by {signal.Signals(-code).name}", left)
    return Ended(code, f"ended with status {code}", left)


def _awaited(pid: int, terminal: Terminal) -> int:
    """The code that a child ends with; of a signal, its number below 0.

    Others that end meanwhile are orphans that came to us.
    """
    while True:
        ended, status = os.waitpid(-1, os.WUNTRACED)
        if ended != pid:
            continue
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        terminal.stopped(pid, os.WSTOPSIG(status))


class Watch:
    """Hands our signals on to a group, and ends the group when its time is over.

    The third signal ends it without asking, as does time after SIGTERM. What comes before there is
    a group is handed on when there is.
    """

    def __init__(self, timeout: float) -> None:
        self.overdue = 0.0
        self._timeout = timeout
        self._group = 0
        self._heard: list[int] = []
        self._timers: list[threading.Timer] = []
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Watch:
        for one in FORWARDED:
            if (handler := signal.getsignal(one)) is not signal.SIG_IGN:
                self._before[one] = handler
                signal.signal(one, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for timer in self._timers:
            timer.cancel()
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def begin(self, group: int) -> None:
        """From now on it is this group."""
        self._group = group
        if self._timeout:
            self._after(self._timeout, self._late)
        for number in tuple(self._heard):
            _tell(group, number)

    def _hear(self, number: int, _: FrameType | None) -> None:
        self._heard.append(number)
        if not self._group:
            return
        _tell(self._group, number if len(self._heard) < LAST_WARNING else signal.SIGKILL)
        if number in (signal.SIGTERM, signal.SIGHUP):
            self._after(GRACE, self._end)

    def _late(self) -> None:
        self.overdue = self._timeout
        _tell(self._group, signal.SIGTERM)
        self._after(GRACE, self._end)

    def _end(self) -> None:
        _tell(self._group, signal.SIGKILL)

    def _after(self, seconds: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, work)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()


def _tell(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _swept(group: int) -> tuple[str, ...]:
    """End what a command began and did not wait for: ask, then do it. Their names."""
    names: dict[int, str] = {}
    for number in (signal.SIGTERM, signal.SIGKILL):
        asked: set[int] = set()
        for _ in range(int(GRACE_AFTER / GLANCE)):
            _reap()
            alive = _children() if LINUX else _members(group)
            if not alive:
                return tuple(names.values())
            for pid in alive - asked:
                names.setdefault(pid, _name(pid))
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
            asked |= alive
            threading.Event().wait(GLANCE)
    return tuple(names.values())


def _reap() -> None:
    """Hear of the end of everybody who has ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _children() -> set[int]:
    """Our children: all of them are the command's, or orphans of its."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found.update(map(int, (thread / "children").read_text().split()))
    return found


def _members(group: int) -> set[int]:
    """What a process group is called as a whole, while it has members."""
    try:
        os.killpg(group, 0)
    except OSError:
        return set()
    return {-group}


def _name(pid: int) -> str:
    try:
        return f"{Path(f'/proc/{pid}/comm').read_text().strip()} ({pid})"
    except OSError:
        return f"process {abs(pid)}"


def _adopt_orphans() -> None:
    """From now on be the parent of whoever below us loses theirs. Linux alone knows that."""
    if LINUX:
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0)
