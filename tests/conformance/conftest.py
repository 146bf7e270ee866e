"""What tests of the judge share: its command line in this process, and small servers to judge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from conformance import cli

BARE = ("--max-examples", "0")


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report on standard output."""
        told: dict[str, Any] = json.loads(self.out)
        return told

    @property
    def verdicts(self) -> dict[str, str]:
        """Case → verdict."""
        return {one["id"]: one["verdict"] for one in self.report["cases"]}


Judge = Callable[..., Said]


@pytest.fixture
def judge(capsys: pytest.CaptureFixture[str]) -> Judge:
    """Runs a command of `conformance`; `run` without its generated cases."""

    def judging(*words: str) -> Said:
        capsys.readouterr()
        more = BARE if words[0] == "run" and "--max-examples" not in words else ()
        status = cli.main([*words, *more])
        out, err = capsys.readouterr()
        return Said(status, out, err)

    return judging


def could_not_run(said: Said) -> str:
    """The sentence with which a run that could not be was ended; no traceback, status 2."""
    assert said.status == 2, said
    assert "Traceback" not in said.out + said.err
    found = re.search(r"could not run: (.+)", said.err)
    assert found is not None, said
    return found[1]
