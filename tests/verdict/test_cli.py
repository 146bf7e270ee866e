"""`conformance client` from its words to its exit status, with real programs and a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest

from conformance.cli import main
from conformance.clients.process import marked
from mockserver.serve import running
from mockserver.settings import Settings

ME = [sys.executable, "-m", "tests.mutants.clients"]
GIVEN = ["{base_url}", "{key}", "{source}"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running(Settings(seed=1)) as app:
        yield app.address


@pytest.fixture(autouse=True)
def from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def client(server: str, *words: str) -> int:
    return main(["client", "--provider", "xai", "--server", server, *words])


def test_a_right_client_passes(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    cases = ["plain", "failed", "reset", "no-credits", "server-error", "unauthorized"]
    chosen = [word for one in cases for word in ("--case", one)]
    assert client(server, *chosen, "--", *ME, "xai", *GIVEN, "--out", "{out}") == 0
    out, err = capsys.readouterr()
    assert "6 cases: 6 pass. It passes" in out
    assert "ok     xai.plain" in err


def test_a_wrong_client_is_caught_and_its_calls_are_shown(
    server: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    reports = [f"{kind}={tmp_path / kind}" for kind in ("junit", "json", "html")]
    words = [word for one in reports for word in ("--report", one)]
    wrong = "OrdersAgainForALostAnswer"
    words += ["--case", "reset", "--agent", wrong, "--", *ME, wrong, *GIVEN]
    assert client(server, *words) == 1
    out, err = capsys.readouterr()
    assert "MUST   xai.reset" in err
    assert out.startswith("\nMUST  client.submit.paid-twice: One piece of work is ordered once")
    assert out.count("POST /v1/videos/extensions → 200") == 2
    assert "to do: After a lost answer" in out
    suite = ElementTree.parse(tmp_path / "junit").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert json.loads((tmp_path / "json").read_text())["agents"][0]["summary"]["must"] == 1
    assert "paid-twice" in (tmp_path / "html").read_text()


def test_a_finding_below_the_level_does_not_count(server: str) -> None:
    words = ["--case", "unknown-status", "--", *ME, "xai", "--limit", "1", *GIVEN]
    assert client(server, "--level", "must", *words) == 0
    assert client(server, "--level", "should", *words) == 1


def test_a_client_finds_its_way_by_the_environment(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "import os; from urllib.request import urlopen as get; get(os.environ['XAI_BASE_URL'])"
    assert client(server, "--case", "unauthorized", "--", sys.executable, "-c", code) == 1
    assert "client.call.no-such-route" in capsys.readouterr().out


def test_one_that_hangs_is_stopped_and_told(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
    words = ["--case", "plain", "--timeout", "1", "--", sys.executable, "-c", code]
    assert client(server, *words) == 2  # it called nothing: nothing can be judged
    out, err = capsys.readouterr()
    assert "client.finish.hangs" in out
    assert "the command made no call in any case: does it call {base_url}" in err
    left = [pid for one in range(50) for pid in marked(f"{os.getpid()}-{server}-xai.plain-{one}")]
    assert left == []


def test_without_a_server_one_is_started_and_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--case", "unauthorized", "--seed", "3", "--json", "--"]
    assert main(["client", "--provider", "kie", *words, *ME, "kie", *GIVEN]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["agents"][0]["summary"] == {"cases": 1, "pass": 1}


def test_the_cases_are_listed(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert client(server, "--list", "--case", "plain") == 0
    assert "xai.plain" in capsys.readouterr().out
    assert client(server, "--list", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) > 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--"], "no command is given"),
        (["--", "no-such-program", "x"], "there is no command 'no-such-program'"),
        (["--case", "no-such-case", "--", "true"], "no case of xai is like 'no-such-case'"),
        (["--report", "pdf=x", "--", "true"], "is not one of junit, json, html"),
        (["--report", "json=/no/such/folder/x", "--", "true"], "there is no folder"),
    ],
)
def test_what_cannot_run_is_said_in_a_sentence(
    server: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert client(server, *words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--timeout", "0"], "0 is not above 0 and at most 86000"),
        (["--timeout", "nan"], "nan is not above 0"),
        (["--jobs", "0"], "0 is not from 1 to 200"),
    ],
)
def test_a_number_without_sense_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["client", "--provider", "xai", *words, "--", "true"])
    assert said in capsys.readouterr().err


def test_a_server_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert client("http://127.0.0.1:9", "--", "true") == 2
    assert "no simulator answers at http://127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_is_stopped_leaves_nothing_behind(how: signal.Signals) -> None:
    words = [sys.executable, "-m", "conformance", "client", "--provider", "xai", "--case", "plain"]
    started = subprocess.Popen(
        [*words, "--", "sleep", "600"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert started.stdout is not None
    address = started.stdout.readline().split()[-1]
    mark = f"{started.pid}-{address}-xai.plain-1"
    while not marked(mark):
        assert started.poll() is None
    started.send_signal(how)
    out, _ = started.communicate(timeout=30)
    assert started.returncode == 130, out
    assert "Traceback" not in out
    assert not marked(mark)
    with pytest.raises(URLError, match="refused"):
        urlopen(address, timeout=5)
