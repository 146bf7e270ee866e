"""What is made up is sent to anybody's server, and finds there what it finds at home."""

from __future__ import annotations

from conformance.connection import KEYS
from mockserver.serve import running
from mockserver.settings import Settings
from tests.conformance.conftest import Judge
from tests.conformance.servers import answering
from tests.conformance.test_static_mock import static

POLL = "generated.handle_get_deferred_video_request"
STORY = "generated.story"
FEW = ("--max-examples", "2", "--json")
CASES = ("--case", POLL, "--case", STORY)


def test_a_server_that_keeps_the_contract_passes(judge: Judge) -> None:
    settings = Settings(
        seed=1, speed=200, sources="strict", providers=("xai",), keys=frozenset(KEYS)
    )
    with running(settings) as app:
        asked = ("run", "--provider", "xai", "--target", f"{app.address}/xai", "--speed", "200")
        said = judge(*asked, *CASES, *FEW)
    assert said.status == 0, said.err
    assert said.verdicts == {POLL: "pass", STORY: "pass"}


def test_a_server_of_examples_is_found_out_in_a_few_numbered_calls(judge: Judge) -> None:
    with answering(static("xai")) as target:
        asked = ("run", "--provider", "xai", "--target", target, "--poll-interval", "0.1")
        said = judge(*asked, "--case", STORY, "--max-examples", "15", "--json")
    assert said.verdicts == {STORY: "fail"}
    finding = said.report["cases"][0]["findings"][0]
    assert finding["expected"] == "a job of another account not to be there"
    assert [one["number"] for one in finding["exchanges"]] == [1, 2]


def test_what_an_account_alone_has_is_asked_for(judge: Judge) -> None:
    settings = Settings(seed=1, speed=200, providers=("hooked",), keys=frozenset(KEYS))
    with running(settings) as app:
        target = f"{app.address}/hooked"
        said = judge("run", "--provider", "hooked", "--target", target, "--case", STORY, *FEW)
    assert said.verdicts == {STORY: "disabled"}
    assert "--input media=ID" in said.report["cases"][0]["why"]
