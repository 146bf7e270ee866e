"""A command is run as a shell would run it, and nothing of it is left behind."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exec.conftest import PATIENCE, surroundings

# Prints what came of it in a last line: status, word, and the names of what was left.
DRIVER = """
import os, sys
from mockserver.execution import child
timeout, *command = sys.argv[1:]
try:
    child.found(command)
    ended = child.run(command, os.environ, float(timeout))
except child.NotStarted as error:
    print("not started", error.status, error, sep="|")
else:
    left = ",".join(name.split()[0] for name in ended.left)
    print("ended", ended.status, ended.say, left, sep="|", flush=True)
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="orphans come to us on Linux alone")


def started(*command: str | Path, timeout: float = 0, **how: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", DRIVER, str(timeout), *map(str, command)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    given = {**pipes, "text": True, "env": surroundings(), **how}
    return subprocess.Popen(words, **given)  # type: ignore[call-overload, no-any-return]


def run(*command: str | Path, timeout: float = 0) -> tuple[list[str], list[str]]:
    """What the command printed, and what came of it."""
    out, _ = started(*command, timeout=timeout).communicate(timeout=PATIENCE)
    *printed, last = out.splitlines()
    return printed, last.split("|")


@contextlib.contextmanager
def nobody_left() -> Iterator[str]:
    """Seconds to sleep that nobody else sleeps; fails when somebody still does at the end."""
    mark = f"600.{os.getpid()}"
    yield mark
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            assert mark.encode() not in (folder / "cmdline").read_bytes(), folder.name


@pytest.mark.parametrize(
    ("script", "status", "say"),
    [
        ("exit 0", "0", "ended with status 0"),
        ("exit 42", "42", "ended with status 42"),
        ("kill -SEGV $$", "139", "was ended by SIGSEGV"),
        ("kill -KILL $$", "137", "was ended by SIGKILL"),
    ],
)
def test_the_status_is_that_of_a_shell(script: str, status: str, say: str) -> None:
    assert run("sh", "-c", script)[1] == ["ended", status, say, ""]


def test_a_command_that_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    (_, (kind, status, say)) = run("no-such-command")
    assert (kind, status) == ("not started", "127")
    assert say.startswith("there is no command 'no-such-command'")
    text = tmp_path / "notes.txt"
    text.write_text("echo hello\n")
    assert run(text)[1] == [
        "not started",
        "126",
        f"{text} may not be executed; chmod +x {text} would change that",
    ]
    assert run(tmp_path)[1][1:] == ["126", f"{tmp_path} is a folder, not a command"]


def test_a_file_that_is_no_program_is_said_to_be_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF not really")
    broken.chmod(0o755)
    assert run(broken)[1][:2] == ["not started", "126"]


@LINUX
@pytest.mark.parametrize(
    "script",
    [
        "sleep {} &",
        "sleep {} & sleep {} &",
        "setsid sleep {} &",
        "(setsid sh -c 'sleep {} & sleep {}' &)",
        "nohup setsid sleep {} >/dev/null 2>&1 &",
    ],
)
def test_what_a_command_leaves_running_is_ended(script: str) -> None:
    with nobody_left() as mark:
        _, (_, status, _, left) = run("sh", "-c", script.replace("{}", mark))
        assert status == "0"
        assert left


@LINUX
def test_who_does_not_listen_is_ended_too() -> None:
    with nobody_left() as mark:
        _, (_, status, _, left) = run("sh", "-c", f"trap '' TERM; sleep {mark} & exit 3")
        assert status == "3"
        assert left


@LINUX
def test_a_command_that_never_ends_is_ended_in_time() -> None:
    with nobody_left() as mark:
        _, told = run("sh", "-c", f"sleep {mark} & sleep {mark}", timeout=0.3)
        assert told[:3] == ["ended", "124", "was ended after 0.3 s (--timeout)"]


LISTENER = """
import os, signal, sys
def heard(number, frame):
    os.write(1, b"heard %d\\n" % number)
    if len(sys.argv) > 1:
        sys.exit(7)
signal.signal(signal.SIGINT, heard)
signal.signal(signal.SIGTERM, heard)
os.write(1, b"ready\\n")
while True:
    signal.pause()
"""


def listening(*words: str) -> subprocess.Popen[str]:
    process = started(sys.executable, "-c", LISTENER, *words)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_us_is_handed_on(number: int) -> None:
    process = listening("and go")
    process.send_signal(number)
    out, _ = process.communicate(timeout=PATIENCE)
    assert out.splitlines() == [f"heard {number:d}", "ended|7|ended with status 7|"]


def test_the_third_signal_is_the_last() -> None:
    process = listening()
    assert process.stdout is not None
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "heard 2\n"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert out.splitlines()[-1].startswith("ended|137|was ended by SIGKILL")


def test_standard_streams_and_other_files_are_the_commands_own(tmp_path: Path) -> None:
    """Nothing is read or copied on the way: the child sees the very same file."""
    file = tmp_path / "out"
    with file.open("w") as out, (tmp_path / "in").open("w+") as given:
        given.write("from a file\n")
        given.seek(0)
        reading, writing = os.pipe()
        script = f"cat; readlink /proc/self/fd/1; echo other >&{writing}"
        process = started("bash", "-c", script, stdin=given, stdout=out, pass_fds=(writing,))
        process.wait(PATIENCE)
        os.close(writing)
        assert os.read(reading, 100) == b"other\n"
        os.close(reading)
    assert file.read_text().splitlines()[:2] == ["from a file", str(file)]


class Terminal:
    """A terminal with a session of its own, in which a command is run."""

    def __init__(self, *command: str | Path) -> None:
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(map(str, command)), surroundings(PS1="shell> "))
        self.seen = b""

    def until(self, text: bytes) -> None:
        """Read on until a text was seen, and forget it."""
        while text not in self.seen:
            assert select.select([self.file], [], [], PATIENCE)[0], self.seen
            self.seen += os.read(self.file, 4096)
        self.seen = self.seen.partition(text)[2]

    def type(self, keys: bytes) -> None:
        os.write(self.file, keys)

    def rest(self) -> list[str]:
        with contextlib.suppress(OSError):  # what Linux says at the end of a terminal
            while piece := os.read(self.file, 4096):
                self.seen += piece
        os.close(self.file)
        os.waitpid(self.pid, 0)
        return self.seen.decode().replace("\r", "").replace("^C", "").splitlines()


def driven(*command: str) -> Terminal:
    return Terminal(sys.executable, "-c", DRIVER, "0", *command)


def test_a_command_reads_what_is_typed() -> None:
    terminal = driven("sh", "-c", "read name; echo hello $name")
    terminal.type(b"ada\n")
    assert "hello ada" in terminal.rest()


def test_ctrl_c_reaches_the_command_alone() -> None:
    terminal = driven(sys.executable, "-c", LISTENER, "and go")
    terminal.until(b"ready")
    terminal.type(b"\x03")
    assert terminal.rest()[-2:] == ["heard 2", "ended|7|ended with status 7|"]
    terminal = driven("sh", "-c", "echo ready; exec sleep 60")
    terminal.until(b"ready")
    terminal.type(b"\x03")
    assert terminal.rest()[-1] == "ended|130|was ended by SIGINT|"


def test_ctrl_z_stops_us_with_the_command_and_fg_goes_on(tmp_path: Path) -> None:
    driver, script = tmp_path / "driver.py", tmp_path / "script.sh"
    driver.write_text(DRIVER)
    script.write_text("echo rea''dy; read name; echo hello $name; exit 4\n")
    terminal = Terminal("bash", "--norc", "--noprofile", "-i")
    terminal.until(b"shell> ")
    terminal.type(f"{sys.executable} {driver} 0 bash {script}\n".encode())
    terminal.until(b"ready")
    terminal.type(b"\x1a")
    terminal.until(b"Stopped")
    terminal.type(b"fg\n")
    terminal.until(b"driver.py")
    terminal.type(b"ada\n")
    terminal.until(b"ended|4|ended with status 4|")
    terminal.type(b"exit\n")
    terminal.rest()
