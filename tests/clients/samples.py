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
from tempfile import TemporaryDirectory

import orjson

from tests.clients.conftest import HERE, PATIENCE
from tests.clients.found import EMPTY, ENDLESS, ERROR, SAMPLES, SUCCESS, WELL
from tests.clients.judged import MODULES, Results, findings

SEEDS = HERE.parent / "exec" / "seeds"
PROGRAMS = {".py": sys.executable, ".mjs": "node", ".sh": "bash"}
NEEDED = {".py": (), ".mjs": ("node",), ".sh": ("bash", "curl", "jq")}
# Programs that sleep between polls find time moved at each call instead; the SDKs' own time passes.
QUICK = ("--clock", "stepped", "--step", "300")
IN_TIME = ("xai_ai_sdk.mjs", "xai_python_sdk.py", "hooked_basic.mjs")
STOPPED = 124
ENOUGH = 22  # seconds: an endless loop with pauses of five has polled four times
AT_ONCE = 5


def missing(name: str) -> str:
    """Why a sample cannot be run here; empty where it can."""
    programs = [one for one in NEEDED[Path(name).suffix] if shutil.which(one) is None]
    if programs:
        return f"not on this machine: {', '.join(programs)}"
    packaged = name.endswith(".mjs") and not (MODULES / "axios").is_dir()
    return "npm was not there to install clients; see the Makefile" if packaged else ""


def run() -> Results:
    """What came of each sample that can be run here, by its name and by scenario."""
    every = [(name, one) for name, each in SAMPLES.items() for one in each.found]
    able = [one for one in every if not missing(one[0])]
    able.sort(key=lambda one: SAMPLES[one[0]].found[one[1]][0] != ENDLESS)
    told: Results = {name: {} for name, _ in able}
    with TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        places = [Path(folder) / str(number) for number in range(len(able))]
        for (name, scenario), end in zip(able, pool.map(_run, able, places), strict=True):
            told[name][scenario] = end
    return told


def _run(order: tuple[str, str], folder: Path) -> tuple[str, ...]:
    """How a sample ends in a scenario, and what the verdict on its calls finds."""
    name, scenario = order
    folder.mkdir()
    file, verdict = folder / name, folder / "verdict.json"
    file.write_bytes((SEEDS / f"{name}.txt").read_bytes())
    if MODULES.is_dir():
        (folder / "node_modules").symlink_to(MODULES)
    words = [sys.executable, "-m", "mockserver.cli", "exec", "--seed", "7"]
    words += [] if name in IN_TIME else QUICK
    words += [] if scenario == WELL else ["--scenario", scenario]
    limit = ENOUGH if SAMPLES[name].found[scenario][0] == ENDLESS else PATIENCE
    words += ["--", sys.executable, str(HERE / "python" / "then_verdict.py"), str(limit)]
    done = subprocess.run(
        [*words, str(verdict), PROGRAMS[file.suffix], str(file)],
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
