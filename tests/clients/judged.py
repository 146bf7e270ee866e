"""Real clients in cases of `conformance client`, and what came of it in the words of `found`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from mockserver.serve import running
from mockserver.settings import Settings
from tests.clients import found
from tests.clients.conftest import HERE

MODULES = HERE / "node" / "node_modules"
SDK = ("node", str(HERE / "node" / "judged_ai_sdk.mjs"))
MCP = str(MODULES / "@felores" / "kie-ai-mcp-server" / "dist" / "index.js")
FELORES = (sys.executable, str(HERE / "python" / "judged_felores.py"), MCP, "{base_url}", "{key}")
THE_SDKS = ("{base_url}", "{key}", "{source}", "{out}")
AT_ONCE = "4"  # cases of each client
PATIENCE = "60"  # seconds until a client counts as hanging in a case
ENDS = {"success": found.SUCCESS, "failure": found.ERROR, "timeout": found.ENDLESS}

Results = dict[str, dict[str, tuple[str, ...]]]
"""What came of clients, by their names, as `found.Found`."""


class Trial(NamedTuple):
    """A client, whose provider it talks to and how, and how that provider is set."""

    client: found.Client
    provider: str
    words: tuple[str, ...]
    chosen: Mapping[str, Mapping[str, str]]


# The last word of some: how many seconds the client may wait.
TRIALS = {
    "ai-sdk-5": Trial(found.AI_SDK_5, "xai", (*SDK, "5", *THE_SDKS), {}),
    "ai-sdk-3": Trial(found.AI_SDK_3, "xai", (*SDK, "3", *THE_SDKS), {}),
    "felores": Trial(found.KIE_DOCUMENTED, "kie", (*FELORES, "30"), {}),
    "felores-compatible": Trial(
        found.KIE_COMPATIBLE,
        "kie",
        (*FELORES, "12"),
        {"kie": {"record-compat-state": "on"}},
    ),
}


def missing(client: found.Client) -> str:
    """Why a client cannot be tried here; empty where it can."""
    if shutil.which("node") is None:
        return "node is not on this machine"
    if not all((MODULES / name).is_dir() for name in client.packages):
        return "npm was not there to install it; see the Makefile"
    return ""


def versions(client: found.Client) -> dict[str, str]:
    """What is installed of a client."""
    return {
        name: json.loads((MODULES / name / "package.json").read_text())["version"]
        for name in client.packages
    }


def tried() -> Results:
    """What came of each that can be tried here. They go on at once, as they sleep mostly."""
    able = {name: one for name, one in TRIALS.items() if not missing(one.client)}
    with ThreadPoolExecutor(len(TRIALS)) as pool:
        return dict(zip(able, pool.map(_tried, able.values()), strict=True))


def _tried(trial: Trial) -> dict[str, tuple[str, ...]]:
    with running(Settings(seed=7, chosen=trial.chosen)) as app:
        words = ["--provider", trial.provider, "--server", app.address, "--json"]
        words += ["--jobs", AT_ONCE, "--timeout", PATIENCE]
        words += [word for name in trial.client.found for word in ("--case", name)]
        done = subprocess.run(
            [sys.executable, "-m", "conformance", "client", *words, "--", *trial.words],
            capture_output=True,
            text=True,
            timeout=3 * float(PATIENCE),
            check=False,
        )
    assert done.returncode in (0, 1), done.stderr
    (agent,) = json.loads(done.stdout)["agents"]
    return {case["case"].partition(".")[2]: _told(case) for case in agent["cases"]}


def _told(case: Any) -> tuple[str, ...]:
    return (ENDS[case["outcome"]], *findings(case["verdict"]))


def findings(verdict: Any) -> dict[str, None]:
    """What a verdict finds, the worst first, each rule once."""
    return dict.fromkeys(f"{one['level']} {one['rule']}" for one in verdict["findings"])
