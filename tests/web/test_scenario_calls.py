"""Rules set, read and taken back through the control API, and the list of scenarios."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mockserver import providers
from mockserver.contract.model import Json
from tests.conftest import Mock

EXTEND = "/xai/v1/videos/extensions"
BODY: Json = {"prompt": "on", "video": {"url": "https://example.com/a.mp4"}, "duration": 2}


async def put(mock: Mock, setup: Json) -> Json:
    answer = await mock.request("PUT", "/_mock/scenario", json=setup)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_rules_are_set_read_and_taken_back(mock: Mock) -> None:
    setup = {"use": ["unauthorized"], "rule": []}
    assert await put(mock, setup) == setup
    assert (await mock.get("/_mock/scenario")).json() == setup
    refused = await mock.post(EXTEND, json=BODY)
    assert refused.status_code in (400, 401, 403)
    assert "scenario unauthorized" in refused.headers["x-mock-diagnosis"]
    gone = await mock.request("DELETE", "/_mock/scenario")
    assert gone.json() == {"use": [], "rule": []}
    assert (await mock.post(EXTEND, json=BODY)).status_code == 200


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        ({"use": ["unauthorised"]}, "did you mean 'unauthorized'"),
        ({"rule": [{"on": "create", "refuse": "nope"}]}, "'nope' is not known"),
        ({"rule": [{"provider": "xia", "delay": 1}]}, "did you mean 'xai'"),
        ({"rules": []}, "rules"),
        ({"scenario": {"mine": {"what": "nothing"}}}, "client"),
    ],
)
async def test_what_names_nothing_real_changes_nothing(mock: Mock, setup: Json, said: str) -> None:
    await put(mock, {"use": ["stuck"]})
    answer = await mock.request("PUT", "/_mock/scenario", json=setup)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert (await mock.get("/_mock/scenario")).json()["use"] == ["stuck"]


async def test_a_reset_goes_back_to_the_beginning(mock: Mock) -> None:
    await put(mock, {"use": ["stuck"]})
    await mock.post("/_mock/reset")
    assert (await mock.get("/_mock/scenario")).json() == {"use": [], "rule": []}


async def test_scenarios_are_listed_as_each_provider_plays_them(mock: Mock) -> None:
    shown = (await mock.get("/_mock/scenarios")).json()["scenarios"]
    assert {one["provider"] for one in shown} == set(providers.NAMES)
    mine = (await mock.get("/_mock/scenarios?provider=ltx")).json()["scenarios"]
    names = {one["name"] for one in mine}
    assert {"failed", "stuck", "media_truncated"} <= names
    assert not any(one.startswith("webhook_") for one in names), "it sends none"
    assert (await mock.get("/_mock/scenarios?provider=nobody")).status_code == 404


def test_the_command_lists_them_for_people_and_for_programs() -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mockserver.cli", "scenarios", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    text = run("--provider", "kie").stdout
    assert "a good client" in text
    assert "Of kie.ai" in text
    listed = json.loads(run("--provider", "kie", "--json").stdout)
    assert {one["provider"] for one in listed} == {"kie"}
    wrong = run("--provider", "kei")
    assert wrong.returncode == 2
    assert "did you mean 'kie'" in wrong.stderr
