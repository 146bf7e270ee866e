"""README's examples of clients that drive themselves, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import cli
from mockserver.contract import document
from mockserver.serve import running
from mockserver.settings import Settings
from mockserver.verdict import catalogue

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
SECTION = README.split("## Judging a client")[1].split("\n## ")[0]
ADDRESS = "http://127.0.0.1:8900"
CASES = [one.id for one in catalogue.cases(document.load("xai"))]

# The client under judgement: it makes one call, and gives up.
CLIENTS = {
    "my_client.py": """
import urllib.request
def extend(base_url, key, source):
    assert source.endswith(".mp4")
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{base_url}/v1/videos/nothing"
    urllib.request.urlopen(urllib.request.Request(url, headers=headers))
""",
    "my-client.mjs": """
export async function extend({ base_url, key, source }) {
  const headers = { Authorization: `Bearer ${key}` }
  const answer = await fetch(`${base_url}/v1/videos/nothing`, { headers })
  throw new Error(`${source} ${answer.status}`)
}
""",
    "my-client.sh": """#!/bin/bash
curl -sf -H "Authorization: Bearer $2" "$1/v1/videos/nothing"
""",
}


def example(language: str, word: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    return str(next(one for one in found if word in one))


@pytest.mark.parametrize(
    ("language", "word", "file", "program"),
    [
        ("py", "my_client", "drive.py", [sys.executable]),
        ("js", "my-client", "drive.mjs", ["node"]),
        ("bash", "my-client.sh", "drive.sh", ["bash"]),
    ],
)
def test_an_example_drives_its_client_through_every_case(
    language: str, word: str, file: str, program: list[str], tmp_path: Path
) -> None:
    needed = {"js": ["node"], "bash": ["bash", "curl", "jq"]}.get(language, [])
    if missing := [one for one in needed if shutil.which(one) is None]:
        pytest.skip(f"no {' and no '.join(missing)} on this machine")
    for name, text in CLIENTS.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    text = example(language, word) if language != "bash" else example(language, "mock=")
    assert len([line for line in text.splitlines() if line]) <= 11
    with running(Settings(seed=1)) as app:
        (tmp_path / file).write_text(text.replace(ADDRESS, app.address))
        ended = subprocess.run(
            [*program, file],
            cwd=tmp_path,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    told = dict(line.split() for line in ended.stdout.splitlines())
    assert list(told) == CASES
    assert told["xai.plain"] == "must"
    assert told["xai.failed"] == "pass"


def test_the_case_that_is_shown_has_the_verdict_that_is_shown() -> None:
    shown = re.search(r"^MUST  (client\.\S+): (.*)$", SECTION, re.MULTILINE)
    assert shown is not None
    from mockserver.verdict.judge import rules

    sentences = {one.id: one.sentence for one in rules({"xai": document.load("xai")})}
    assert sentences[shown[1]] == shown[2]


def test_the_commands_shown_are_taken() -> None:
    text = "".join(re.findall(r"^```bash\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL))
    lines = text.replace("\\\n", " ").splitlines()
    shown = [line.partition("  #")[0] for line in lines if line.startswith("conformance ")]
    assert len(shown) == 4
    for line in shown:
        assert hasattr(cli._parser().parse_args(shlex.split(line)[1:]), "run"), line
