"""The samples of the providers' pages, unedited under `mockserver exec`, when things go wrong.

That they do what they promise when nothing does is looked at more closely in tests/exec.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from tests.clients.conftest import HERE, PATIENCE
from tests.clients.found import EMPTY, ENDLESS, ERROR, SAMPLES, SUCCESS, WELL
from tests.clients.judged import MODULES, findings

SEEDS = HERE.parent / "exec" / "seeds"
PROGRAMS = {".py": sys.executable, ".mjs": "node", ".sh": "bash"}
NEEDED = {".py": (), ".mjs": ("node",), ".sh": ("bash", "curl", "jq")}
# Programs that sleep between polls find time moved at each call instead; the SDKs' own time passes.
QUICK = ("--clock", "stepped", "--step", "300")
IN_TIME = ("xai_ai_sdk.mjs", "xai_python_sdk.py", "hooked_basic.mjs")
STOPPED = 124
LIMIT = "24"  # seconds: an endless loop with pauses of five has polled five times
AT_ONCE = 3


def missing(name: str) -> str:
    """Why a sample cannot be run here; empty where it can."""
    programs = [one for one in NEEDED[Path(name).suffix] if shutil.which(one) is None]
    if programs:
        return f"not on this machine: {', '.join(programs)}"
    packaged = name.endswith(".mjs") and not (MODULES / "axios").is_dir()
    return "npm was not there to install clients; see the Makefile" if packaged else ""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[str, ...]]:
    """What came of each sample that can be run here, by its name and the scenario."""
    every = [(name, one) for name, each in SAMPLES.items() for one in each.found]
    able = [(name, one, tmp_path_factory.mktemp("run")) for name, one in every if not missing(name)]
    able.sort(key=lambda one: SAMPLES[one[0]].found[one[1]] != (ENDLESS,))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {one[:2]: told for one, told in zip(able, pool.map(_run, able), strict=True)}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_ends_as_it_is_known_to(name: str, request: pytest.FixtureRequest) -> None:
    if why := missing(name):
        pytest.skip(why)
    results = request.getfixturevalue("results")
    known = SAMPLES[name].found
    assert {scenario: results[name, scenario] for scenario in known} == known


def _run(order: tuple[str, str, Path]) -> tuple[str, ...]:
    """How a sample ends in a scenario, and what the verdict on its calls finds."""
    name, scenario, folder = order
    file, verdict = folder / name, folder / "verdict.json"
    file.write_bytes((SEEDS / f"{name}.txt").read_bytes())
    if MODULES.is_dir():
        (folder / "node_modules").symlink_to(MODULES)
    words = [sys.executable, "-m", "mockserver.cli", "exec", "--seed", "7"]
    words += [] if name in IN_TIME else QUICK
    words += [] if scenario == WELL else ["--scenario", scenario]
    words += ["--", sys.executable, str(HERE / "python" / "then_verdict.py"), LIMIT, str(verdict)]
    done = subprocess.run(
        [*words, PROGRAMS[file.suffix], str(file)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert verdict.is_file(), done.stderr
    return (_end(done.returncode, done.stdout), *findings(orjson.loads(verdict.read_bytes())))


def _end(status: int, printed: str) -> str:
    """How a program ended; those that have a video print its address."""
    if status == STOPPED:
        return ENDLESS
    return ERROR if status else SUCCESS if ".mp4" in printed else EMPTY
