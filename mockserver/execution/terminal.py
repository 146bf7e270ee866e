"""The terminal that a command is run from: lent to it, and taken back.

Without this a command in a process group of its own could not read what is typed, and Ctrl-C and
Ctrl-Z would not reach it.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from types import TracebackType

INPUT, OUTPUT, ERRORS = 0, 1, 2
WANTING = (signal.SIGTTIN, signal.SIGTTOU)  # what stops a group that uses a terminal it has not


class Terminal:
    """The terminal of our standard streams, in its block; nothing happens where there is none."""

    def __init__(self) -> None:
        self._file = next(filter(_controls, (INPUT, ERRORS, OUTPUT)), None)
        self._lent = False

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._lent:
            self._give(os.getpgrp())
        self._lent = False

    def lend(self, group: int) -> None:
        """Give it to a group, unless we are part of a pipeline: others there may need it too."""
        if self._ours and os.isatty(INPUT) and os.isatty(OUTPUT):
            self._lend(group)

    def stopped(self, group: int, number: int) -> None:
        """A group was stopped: for want of the terminal, or by somebody who wants us stopped too.

        Returns when it goes on.
        """
        if self._file is None:
            return
        if number not in WANTING or not self._ours:
            if self._lent:
                self._give(os.getpgrp())
            os.killpg(os.getpgrp(), signal.SIGTSTP)  # until somebody says that we shall go on
        if self._ours:
            self._lend(group)
        os.killpg(group, signal.SIGCONT)

    @property
    def _ours(self) -> bool:
        return self._file is not None and os.tcgetpgrp(self._file) == os.getpgrp()

    def _lend(self, group: int) -> None:
        self._lent = True
        self._give(group)
        os.killpg(group, signal.SIGCONT)  # it may have wanted the terminal a moment too early

    def _give(self, group: int) -> None:
        assert self._file is not None, "only what is there is lent"
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            with suppress(OSError):  # the terminal was closed
                os.tcsetpgrp(self._file, group)
        finally:
            signal.signal(signal.SIGTTOU, before)


def _controls(file: int) -> bool:
    """Whether a file is the terminal that our session is controlled from."""
    try:
        os.tcgetpgrp(file)
    except OSError:
        return False
    return True
