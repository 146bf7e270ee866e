"""`mockserver serve` says where it listens, stops when told, and stays at home."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from mockserver import providers
from tests.wire.conftest import Start


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mockserver.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_the_first_line_says_where_it_listens(start: Start) -> None:
    served = start("--speed", "5")
    assert served.first.startswith("listening on http://127.0.0.1:")
    health = requests.get(f"{served.url}/_mock/health", timeout=5).json()
    assert (health["status"], health["seed"], health["clock"]["speed"]) == ("ok", 7, 5.0)


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(start: Start, word: signal.Signals) -> None:
    served = start()
    served.tell(word)
    status, out, err = served.stop()
    assert status == 0
    assert err == ""
    lines = out.splitlines()
    bases = [[name, f"{served.url}/{name}"] for name in providers.NAMES]
    assert [line.split()[:2] for line in lines[: len(bases)]] == bases
    assert lines[len(bases)].strip() == f"seed 7, speed 20; control API at {served.url}/_mock"
    assert lines[-1] == "stopped; this would have cost: nothing"


def test_its_files_are_removed_when_it_stops(start: Start, tmp_path: Path) -> None:
    served = start(folder=tmp_path)
    url = f"{served.url}/_mock/sources/64x64-8fps-1s.mp4"
    assert requests.get(url, timeout=10).status_code == 200
    assert list(tmp_path.rglob("*")) != []
    served.stop()
    assert list(tmp_path.rglob("*")) == []


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "--port 0 picks a free port" in done.stderr


def test_another_address_than_loopback_needs_consent() -> None:
    done = run("serve", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert "--allow-remote" in done.stderr
    assert "other machines" in done.stderr


def test_with_consent_it_listens_there_and_says_what_that_means(start: Start) -> None:
    served = start("--host", "0.0.0.0", "--allow-remote")
    assert served.first.startswith("listening on http://0.0.0.0:")
    _, _, err = served.stop()
    assert "whoever reaches this machine can use this server" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--provider", "xia"], "did you mean 'xai'"),
        (["serve", "--set", "xai.pendng=empty"], "did you mean 'pending'"),
        (["serve", "--set", "xai.pending=emty"], "did you mean 'empty'"),
        (["serve", "--set", "pending"], "write PROVIDER.NAME=VALUE"),
        (["serve", "--egress", "lopback"], "loopback"),
        (["serve", "--speed", "0"], "no speed"),
        (["serve", "--keep", "job=3"], "WHAT is one of jobs, entries"),
        (["serve", "--keep", "jobs=0"], "not a whole number above 0"),
        (["serve", "--port", "99999"], "no port"),
        (["serve", "--hostile", "x"], "neither SEED nor SEED:NUMBER"),
        (["serve", "--scenario", "stuk"], "did you mean 'stuck'"),
        (["serve", "--scenario", "none.toml"], "No such file"),
        (["serve", "--clock", "stopped"], "invalid choice"),
        (["demo", "no-such-file.mp4"], "no-such-file.mp4 is no file"),
        (["nonsense"], "invalid choice"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[xai]\npendng = "empty"', "did you mean 'pending'"),
        ('[xia]\npending = "empty"', "did you mean 'xai'"),
        ('pending = "empty"', "write [PROVIDER] above pending"),
        ("[xai]\npending = true", "xai.pending is neither text nor a number"),
        ("[xai", "Expected"),
    ],
)
def test_a_file_of_switches_that_cannot_be_meant_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "mock.toml"
    file.write_text(text)
    done = run("serve", "--port", "0", "--config", str(file))
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[rule]]\non = "crate"\ndelay = 1', "#/rule/0/on: 'crate' is not known"),
        ('[[rule]]\non = "create"\npoll = 2\ndelay = 1', "#/rule/0/poll: no call meant here"),
        ('[[rule]]\non = "create"\ndelay = -1', "#/rule/0/delay"),
        ("rule = [3]", "#/rule/0"),
        ("rule = 3", "rule is 3; write tables: [[rule]]"),
        ('use = "failed"', "use is 'failed'; write names"),
        ('use = ["faild"]', "did you mean 'failed'"),
        ("[scenario]\nmine = 3", "#/scenario/mine"),
        (
            '[scenario.mine]\nwhat = "it is late"\nclient = "waits"\n'
            'rules = [{ on = "crate", delay = 1 }]',
            "#/scenario/mine/rules/0/on: 'crate' is not known",
        ),
        ("rules = []", "'rules' is neither use, rule nor scenario"),
        ("[[rule", "not TOML"),
    ],
)
def test_a_file_of_rules_that_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "mock.toml"
    file.write_text(text)
    (tmp_path / "good.toml").write_text('[[rule]]\non = "create"\ndelay = 1')
    good = ("--scenario", str(tmp_path / "good.toml"))
    done = run("serve", "--port", "0", *good, "--scenario", str(file))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert str(file) in done.stderr or "use:" in done.stderr


def test_switches_come_from_a_file_and_options_go_before_it(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "mock.toml"
    file.write_text('[xai]\npending = "empty"\nexpired = "not-found"\n[ltx]\nv1-limit = 7\n')
    served = start("--config", str(file), "--set", "xai.pending=ok")
    listed = requests.get(f"{served.url}/_mock/providers", timeout=10).json()["providers"]
    shown = {one["name"]: one["settings"] for one in listed}
    xai = {one["name"]: one["value"] for one in shown["xai"]}
    assert (xai["pending"], xai["expired"]) == ("ok", "not-found")
    assert {one["name"]: one["value"] for one in shown["ltx"]}["v1-limit"] == 7


def test_help_teaches() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in ("serve", "demo", "providers", "media verify"):
        assert f"mockserver {command}" in done.stdout
    for command in ("serve", "demo", "providers", "media"):
        assert run(command, "--help").returncode == 0
    assert run().returncode == 2


def test_providers_are_listed_with_their_settings_and_evidence() -> None:
    done = run("providers", "--settings", "--operations")
    assert "xai.pending = json" in done.stdout
    assert "evidence:" in done.stdout
    assert "POST   /v2/extend" in done.stdout
    assert run("providers", "--json").stdout.startswith("[{")
