"""What a command prints may be read in part."""

from __future__ import annotations

import subprocess
import sys

import pytest

UNREAD = 141


@pytest.mark.parametrize(
    "words",
    [
        ["mockserver", "scenarios"],
        ["mockserver", "providers", "--settings"],
        ["conformance", "list"],
        ["conformance", "list", "--json"],
    ],
    ids=" ".join,
)
def test_a_reader_who_stops_early_gets_no_traceback(words: list[str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.read(1)
        program.stdout.close()
        said = program.stderr.read()
    assert (program.returncode, said) == (UNREAD, b"")
