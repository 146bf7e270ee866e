"""What the README says can be typed, and does what it says."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import requests

from mockserver import cli, providers
from mockserver.contract import document
from mockserver.scenario.book import Book
from mockserver.serve import running
from mockserver.settings import Settings
from tests import matrix, tables

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def commands() -> list[str]:
    """Every line of a shell block that calls our program, without its comment."""
    lines = (line.split("#")[0].strip() for text in blocks("bash") for line in text.splitlines())
    return sorted({line for line in lines if line.startswith("mockserver ")})


@pytest.mark.parametrize("line", commands())
def test_every_command_shown_is_one_that_is_taken(line: str) -> None:
    arguments = shlex.split(line)[1:]
    assert hasattr(cli._parser(arguments).parse_args(arguments), "run")


@pytest.mark.parametrize("text", blocks("python"))
def test_every_python_example_runs(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(text, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")


def test_the_curl_example_gets_the_video_it_promises() -> None:
    text = next(one for one in blocks("bash") if "/xai/v1/videos/extensions" in one)
    url = re.search(r"http://127\.0\.0\.1:8900(/\S+)", text)
    body = re.search(r"-d '(.*?)'", text, re.DOTALL)
    assert url is not None
    assert body is not None
    with running(Settings(seed=1, speed=100_000)) as app:
        here = body[1].replace("http://127.0.0.1:8900", app.address)
        headers = {"Authorization": "Bearer any-key"}
        create = requests.post(
            app.address + url[1], json=json.loads(here), headers=headers, timeout=10
        )
        id = create.json()["request_id"]
        poll = f"{app.address}/xai/v1/videos/{id}"
        while (answer := requests.get(poll, headers=headers, timeout=10)).status_code == 202:
            pass
        assert answer.json()["status"] == "done"
        assert answer.json()["video"]["duration"] == 11


def test_every_control_path_shown_exists() -> None:
    section = README.split("## Control API")[1].split("\n## ")[0]
    shown = set(re.findall(r"`(?:GET|POST|PUT|DELETE) (/[a-z/{}]*)", section))
    assert shown == {operation.path for operation in document.load("mock").operations}


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("https://"):
            assert (ROOT / target).exists(), target


def test_every_part_of_the_package_has_its_row() -> None:
    for part in (ROOT / "mockserver").iterdir():
        if (part / "__init__.py").is_file() and part.name != "demo":
            assert f"| `mockserver/{part.name}` |" in README


def test_every_setting_shown_is_offered() -> None:
    shown = re.findall(r"`--set (\w+)\.([\w-]+)=([\w-]+)`", README)
    assert shown
    for provider, name, value in shown:
        assert name in document.load(provider, {name: value}).settings


def test_the_tables_made_from_the_repository_are_up_to_date() -> None:
    assert tables.written(README) == README, "run: python -m tests.tables"
    assert matrix.PATH.read_text() == matrix.matrix(), "run: python -m tests.tables"


def test_the_rules_shown_are_taken() -> None:
    shown = README.split("```toml")[1].split("```")[0]
    book = Book({name: document.load(name) for name in providers.NAMES})
    book.put(tomllib.loads(shown), "README.md")
    assert not book.idle


def test_the_webhook_example_comes_to_its_inbox() -> None:
    text = next(one for one in blocks("bash") if "callBackUrl" in one)
    create = re.search(r"curl -s http://127\.0\.0\.1:8900(/\S+)", text)
    body = re.search(r"-d '(.*?)'", text, re.DOTALL)
    wait = re.search(r"curl -s 'http://127\.0\.0\.1:8900(/_mock/inbox/[^']+)'", text)
    assert create is not None
    assert body is not None
    assert wait is not None
    with running(Settings(seed=1, speed=100_000)) as app:
        here = body[1].replace("http://127.0.0.1:8900", app.address)
        headers = {"Authorization": "Bearer any-key"}
        made = requests.post(
            app.address + create[1], json=json.loads(here), headers=headers, timeout=10
        )
        assert made.json()["code"] == 200
        came = requests.get(app.address + wait[1], timeout=60).json()["messages"]
        assert len(came) == 1
        assert came[0]["problems"] == []
