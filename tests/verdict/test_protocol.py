"""The protocol for cases over HTTP: start, finish, report; and what cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from mockserver import providers
from mockserver.jobs.clock import uptime
from tests.conftest import MakeMock, Mock
from tests.mutants.clients.right import Client, Failed, XaiClient
from tests.mutants.clients.wrong import OrdersAgainForALostAnswer
from tests.verdict.play import Play, playing, rules_of


class RefusesToWork(Client):
    def run(self, source: str) -> bytes:
        raise Failed("it has no time")


async def test_cases_are_listed_of_one_provider_or_of_all(mock: Mock) -> None:
    every = (await mock.get("/_mock/cases")).json()["cases"]
    assert {one["provider"] for one in every} == set(providers.NAMES)
    some = (await mock.get("/_mock/cases?provider=ltx")).json()["cases"]
    assert [one for one in every if one["provider"] == "ltx"] == some
    plain = next(one for one in some if one["id"] == "ltx.plain")
    assert (plain["allowed"], plain["tolerated"]) == (["success"], [])
    assert (await mock.get("/_mock/cases?provider=nope")).status_code == 404


async def test_a_case_is_started_in_a_world_of_its_own(mock: Mock) -> None:
    agents = {"user-agent": "my-app 1.2"}
    told = (await mock.post("/_mock/cases/xai.failed/start", headers=agents)).json()
    assert told["agent"] == "my-app 1.2"
    assert told["base_url"] == f"{told['world']}/xai"
    assert told["source"].startswith(f"{told['world']}/_mock/sources/")
    assert told["env"]["XAI_API_KEY"] == told["key"]
    health = (await mock.get(f"{told['world']}/_mock/health")).json()
    assert health["clock"]["kind"] == "real"
    assert health["clock"]["speed"] == told["speed"] > 1
    other = (await mock.post("/_mock/cases/xai.failed/start")).json()
    assert other["world"] != told["world"]


async def test_a_run_is_judged_once(mock: Mock) -> None:
    await mock.post("/_mock/cases/xai.plain/start", json={"agent": "a"})
    await mock.post("/_mock/cases/xai.plain/start", json={"agent": "b"})
    end = {"outcome": "failure", "agent": "a"}
    first = (await mock.post("/_mock/cases/xai.plain/finish", json=end)).json()
    assert (first["agent"], first["outcome"], first["passed"]) == ("a", "failure", False)
    again = await mock.post("/_mock/cases/xai.plain/finish", json=end)
    assert (again.status_code, again.json()["error"]) == (404, "not-found")
    named = {"outcome": "failure", "run": first["run"]}
    assert (await mock.post("/_mock/cases/xai.plain/finish", json=named)).status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/cases/xai.plane/start", {}, 404, "did you mean xai.plain?"),
        ("/cases/xai.plane/finish", {"outcome": "success"}, 404, "did you mean xai.plain?"),
        ("/cases/xai.plain/finish", {"outcome": "success"}, 404, "start one first"),
        ("/cases/xai.plain/finish", {"outcome": "maybe"}, 400, "outcome"),
        ("/cases/xai.plain/finish", {"outcome": "success", "file": "me.mp4"}, 400, "file"),
        ("/cases/xai.plain/start", {"deadline": 0}, 400, "deadline"),
    ],
)
async def test_what_cannot_be_is_said(
    mock: Mock, path: str, body: Any, status: int, said: str
) -> None:
    answer = await mock.post(f"/_mock{path}", json=body)
    assert answer.status_code == status
    assert said in answer.json()["message"]


async def test_who_never_finishes_hangs(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    order = {"agent": "late", "deadline": 60}
    await mock.post("/_mock/cases/xai.plain/start", json=order)
    later = uptime() + 61
    monkeypatch.setattr("mockserver.web.runs.uptime", lambda: later)
    report = (await mock.get("/_mock/report?agent=late")).json()["agents"][0]
    assert report["summary"] == {"cases": 1, "must": 1}
    assert report["cases"][0]["outcome"] == "timeout"
    assert rules_of(report["cases"][0]) == {"client.finish.hangs"}


async def test_who_goes_on_is_told_to_run(mock: Mock) -> None:
    await mock.post("/_mock/cases/xai.plain/start", json={"agent": "me"})
    report = (await mock.get("/_mock/report")).json()["agents"][0]
    assert report["summary"] == {"cases": 1, "running": 1}


def test_the_report_has_a_matrix_for_each_agent(play: Play) -> None:
    play.judged(XaiClient, "xai.reset")
    play.judged(OrdersAgainForALostAnswer, "xai.reset")
    agents = {one["agent"]: one for one in play.control("GET", "/report")["agents"]}
    assert agents["XaiClient"]["summary"] == {"cases": 1, "pass": 1}
    assert agents["OrdersAgainForALostAnswer"]["summary"] == {"cases": 1, "must": 1}
    found = agents["OrdersAgainForALostAnswer"]["cases"][0]["verdict"]["findings"][0]
    assert found["rule"] == "client.submit.paid-twice"
    assert "ordered again" in found["say"]
    assert [call["call"].partition(" →")[0] for call in found["calls"]] == [
        "POST /v1/videos/extensions",
        "POST /v1/videos/extensions",
    ]
    assert "reset" in found["calls"][0]["call"]
    assert found["calls"][1]["at"] == pytest.approx(1.0)


async def test_the_report_is_junit_and_html_too(mock: Mock) -> None:
    odd = "<my> \x0b'app' & \"co\""
    await mock.post("/_mock/cases/xai.plain/start", json={"agent": odd})
    await mock.post("/_mock/cases/xai.plain/finish", json={"outcome": "success"})
    await mock.post("/_mock/cases/kie.webhook-lost/start", json={"agent": odd})
    await mock.post("/_mock/cases/kie.webhook-lost/finish", json={"outcome": "failure"})
    junit = await mock.get("/_mock/report?format=junit")
    assert junit.headers["content-type"].startswith("application/xml")
    suite = ElementTree.fromstring(junit.text)[0]
    assert suite.get("name") == odd.replace("\x0b", "?")
    told = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert told == {"tests": "2", "failures": "1", "errors": "0", "skipped": "1"}
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "client.finish.success-without-work"
    html = await mock.get("/_mock/report", headers={"accept": "text/html,*/*"})
    assert html.headers["content-type"].startswith("text/html")
    assert "&lt;my&gt;" in html.text
    assert "<my>" not in html.text


async def test_junit_fails_from_the_level_on_that_is_wanted(make_mock: MakeMock) -> None:
    async with make_mock() as mock:
        await mock.post("/_mock/cases/ltx.unknown-status/start", json={"agent": "me"})
        end = {"outcome": "failure"}
        await mock.post("/_mock/cases/ltx.unknown-status/finish", json=end)
        counts = {}
        for level in ("must", "should"):
            text = (await mock.get(f"/_mock/report?format=junit&level={level}")).text
            counts[level] = ElementTree.fromstring(text)[0].get("failures")
        assert counts == {"must": "0", "should": "1"}


def test_the_same_seed_gives_the_same_verdict(tmp_path: Path) -> None:
    said = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        with playing(tmp_path / name) as play:
            result = play.judged(OrdersAgainForALostAnswer, "xai.reset", seed=11)
            result.pop("seconds")
            said.append(result)
    assert said[0] == said[1]
