"""`conformance` teaches: list, explain, help, and sentences for what does not go together."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conformance import cli
from conformance.dialects import NAMES
from conformance.model import Case, Evidence, Finding, Requirement, Result, Verdict
from conformance.outcome import outcome
from conformance.registry import cases_of
from tests.conformance.conftest import Judge, could_not_run

README = (Path(__file__).parents[2] / "README.md").read_text()


def shown() -> list[str]:
    """Every line of a shell block of README that calls the judge, without its comment."""
    blocks = re.findall(r"^```bash\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    text = "\n".join(blocks).replace("\\\n", " ")
    lines = (line.split("  #")[0].strip() for line in text.splitlines())
    return sorted({line for line in lines if line.startswith("conformance ")})


def test_every_case_is_listed(judge: Judge) -> None:
    said = judge("list", "--provider", "ltx")
    assert len(said.out.splitlines()) == len(cases_of("ltx"))
    told = json.loads(judge("list", "--json").out)
    assert len(told) == sum(len(cases_of(one)) for one in NAMES)
    assert {one["level"] for one in told} <= {"must", "should", "note"}


def test_a_case_is_explained_for_every_provider_it_applies_to(judge: Judge) -> None:
    said = judge("explain", "poll.pending-has-no-url")
    for name in NAMES:
        found = [one for one in cases_of(name) if one.id == "poll.pending-has-no-url"]
        assert (f"\n  {name}: " in said.out) == bool(found)
    assert "documented, https://" in said.out
    assert "async def pending_has_no_url" in said.out


def test_a_row_is_explained_with_what_it_sends(judge: Judge) -> None:
    said = judge("explain", "reject.extend.duration-above", "--provider", "xai")
    assert "sends POST /v1/videos/extensions, a valid extend with /duration = 11" in said.out
    assert "has to be refused before it is billed" in said.out


def test_a_provider_is_explained(judge: Judge) -> None:
    said = judge("explain", "hooked")
    assert "media: the id of a short video in the account's library" in said.out


def test_the_nearest_case_is_named(judge: Judge) -> None:
    told = could_not_run(judge("run", "--provider", "xai", "--case", "poll.unknwon-job"))
    assert told == "no case is called 'poll.unknwon-job'; did you mean poll.unknown-job?"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "say whose contract is to be kept: --provider pictory|hooked|xai|kie|ltx"),
        (("--provider", "xai", "--target", "localhost:80"), "give http://host:port/path"),
        (("--provider", "xai", "--target", "https://example.com"), "say with which key"),
        (("--provider", "xai", "--key-env", "NOT_SET_AT_ALL"), "NOT_SET_AT_ALL is empty"),
        (("--provider", "xai", "--key", "a", "--key-env", "b"), "not both"),
        (("--provider", "xai", "--workers", "4"), "virtual time takes one case at a time"),
        (("--provider", "xai", "--speed", "2", "--workers", "0"), "--workers 0 is none"),
        (("--provider", "xai", "--replay"), "say what to replay: --cassette DIR"),
        (("--provider", "xai", "--timeout", "0"), "give more than 0"),
        (("--provider", "xai", "--max-examples", "-1"), "is no number of examples"),
        (("--provider", "xai", "--listen", "here"), "give HOST:PORT"),
    ],
)
def test_what_does_not_go_together_is_told(words: tuple[str, ...], why: str, judge: Judge) -> None:
    assert why in could_not_run(judge("run", *words))


def test_a_port_that_is_taken_is_told(judge: Judge) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        told = could_not_run(
            judge(
                "run", "--provider", "xai", "--target", "http://127.0.0.1:1",
                "--callback-url", "https://me.example", "--listen", place,
            )
        )  # fmt: skip
    assert told.startswith(f"cannot listen on {place}")


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    for words, taught in ((["--help"], "judge yours"), (["run", "--help"], "--budget 2.00usd")):
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        assert ended.value.code == 0
        assert taught in capsys.readouterr().out


@pytest.mark.parametrize("line", shown())
def test_every_command_that_readme_shows_is_taken(line: str) -> None:
    assert hasattr(cli._parser().parse_args(shlex.split(line)[1:]), "run")


def test_the_jobs_that_readme_shows_are_yaml_that_calls_us() -> None:
    jobs = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert len(jobs) == 2
    for one in jobs:
        assert len(one.splitlines()) <= 10
        line = re.search(r"(conformance run .*)", json.dumps(yaml.safe_load(one)))
        assert line is not None
        cli._parser().parse_args(shlex.split(line[1].partition('"')[0])[1:])


def test_the_command_line_starts_without_what_is_slow() -> None:
    slow = "{'schemathesis', 'hypothesis', 'av', 'httpx', 'aiohttp'}"
    code = f"import sys, conformance.cli; print(sorted({slow} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout == "[]\n"


def result(verdict: Verdict, kind: str = "documented", known: str = "") -> Result:
    requirement = Requirement("r", "says", Evidence(kind, "there", "2026"), ("c",))
    case = Case("c.c", "says", "paid", lambda target: None, "p", (requirement,))  # type: ignore
    findings = (Finding("a", "b"),) if verdict == "fail" else ()
    return Result(case, verdict, findings, known=known)


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([result("pass")], 0),
        ([result("pass"), result("fail")], 1),
        ([result("pass"), result("fail", "observed")], 1),
        ([result("pass"), result("fail", "inferred")], 0),
        ([result("pass"), result("fail", known="so it is")], 0),
        ([result("pass"), result("disabled")], 0),
        ([result("disabled")], 2),
        ([], 2),
        ([result("pass"), result("blocked")], 2),
        ([result("fail", known="so it is"), result("blocked")], 0),
        ([result("pass"), result("engine-error")], 2),
        ([result("fail"), result("engine-error")], 1),
    ],
)
def test_what_was_not_decided_is_never_taken_for_conforming(
    results: list[Result], status: int
) -> None:
    assert outcome(results).status == status
    assert outcome(results, "gone").status == 2
