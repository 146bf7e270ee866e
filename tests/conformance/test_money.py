"""Nobody pays unasked: live hosts, budgets, estimates, the ledger and the order of cases."""

from __future__ import annotations

import re

import pytest

from conformance.connection import Connection
from conformance.contract import Contract
from conformance.dialects import NAMES, dialect_of
from conformance.estimate import estimate
from conformance.exchange import Answer, Ask
from conformance.live import is_real, open_to
from conformance.model import COSTS, Disabled
from conformance.options import options
from conformance.purse import Purse
from conformance.registry import cases_of
from conformance.runner import in_order
from conformance.target import Target
from tests.conformance.conftest import Judge, could_not_run
from tests.conformance.test_cassette import Keeper

HOSTS = sorted((name, host) for name in NAMES for host in Contract(name).hosts)


@pytest.mark.parametrize(("provider", "host"), HOSTS)
def test_a_real_host_is_refused_without_live(provider: str, host: str, judge: Judge) -> None:
    for spelt in (host, host.upper(), f"{host}.", f"eu-1.{host}", f"{host}:443", f"u@{host}"):
        target = f"https://{spelt}/v1"
        told = could_not_run(judge("run", "--provider", provider, "--target", target, "--key", "x"))
        assert "only a run with --live contacts" in told


def test_hosts_that_only_look_alike_are_not_real() -> None:
    assert not is_real("api.x.ai.example.com")
    assert not is_real("notapi.kie.ai.local")
    assert is_real("us-west.api.x.ai")
    assert open_to(True, "api.x.ai") == ""


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ((), "say how much may be spent: --budget"),
        (("--budget", "2.00"), "give US dollars, as in 2.00usd"),
        (("--budget", "2 eur"), "give US dollars"),
        (("--budget", "2usd", "--speed", "20"), "a provider's seconds are ours"),
    ],
)
def test_a_live_run_needs_a_budget_in_money(more: tuple[str, ...], why: str, judge: Judge) -> None:
    asked = ("run", "--provider", "kie", "--target", "https://api.kie.ai", "--key", "x", "--live")
    assert why in could_not_run(judge(*asked, *more))


def test_live_is_for_the_provider_alone(judge: Judge) -> None:
    asked = ("run", "--provider", "kie", "--live", "--budget", "1usd", "--key", "x")
    assert "leave out --live" in could_not_run(judge(*asked, "--target", "http://127.0.0.1:1"))
    assert "--target URL" in could_not_run(judge(*asked))


def test_a_dry_run_prints_plan_and_estimate_and_asks_nobody(judge: Judge) -> None:
    asked = ("run", "--provider", "kie", "--target", "https://api.kie.ai", "--live")
    said = judge(*asked, "--budget", "0.10usd", "--dry-run")
    assert said.status == 0, said.err
    assert "estimate for kie at https://api.kie.ai" in said.out
    assert re.search(r"1 x generate +0\.\d\d usd  shared by all cases", said.out)
    assert re.search(r"own of accept\.", said.out)
    assert "more than the budget of 0.10 usd" in said.out
    for one in cases_of("kie"):
        assert f" {one.id}\n" in said.out


@pytest.mark.parametrize("provider", NAMES)
def test_what_is_free_comes_first_and_what_is_own_last(provider: str) -> None:
    ordered = in_order(dialect_of(provider), [one for one in cases_of(provider) if not one.leaps])
    places = [(COSTS.index(one.cost), one.own > 0) for one in ordered]
    assert [cost for cost, _ in places] == sorted(cost for cost, _ in places)
    paid = [own for cost, own in places if cost == COSTS.index("paid")]
    assert paid == sorted(paid)


def test_what_would_pass_the_budget_is_disabled_and_nothing_is_spent_beyond_it(
    judge: Judge,
) -> None:
    said = judge("run", "--provider", "xai", "--budget", "0.60usd", "--json")
    cost = said.report["cost"]
    assert said.status == 0, said.err
    assert cost["budget"] == 0.60
    assert 0.27 < cost["spent"] <= 0.60
    assert cost["spent"] == pytest.approx(sum(one["usd"] for one in cost["ledger"]))
    disabled = [one for one in said.report["cases"] if one["verdict"] == "disabled"]
    assert {one["cost"] for one in disabled} <= {"paid", "free-reject"}
    assert all("of the budget are left" in one["why"] for one in disabled)
    assert set(said.verdicts.values()) == {"pass", "disabled"}


def test_nothing_is_spent_of_no_budget(judge: Judge) -> None:
    said = judge("run", "--provider", "xai", "--budget", "0usd", "--json")
    assert said.report["cost"]["ledger"] == []
    verdicts = {one["cost"]: one["verdict"] for one in said.report["cases"]}
    assert (verdicts["free-read"], verdicts["paid"]) == ("pass", "disabled")


@pytest.mark.parametrize("provider", NAMES)
def test_a_run_costs_no_more_than_its_estimate(provider: str, judge: Judge) -> None:
    said = judge("run", "--provider", provider, "--json")
    told = sum(one.sum for one in estimate(dialect_of(provider), cases_of(provider)))
    assert 0 < said.report["cost"]["spent"] <= told + 1e-6
    assert sum(one["jobs"] * one["usd"] for one in said.report["cost"]["estimate"]) == (
        pytest.approx(told)
    )


def test_the_purse_reserves_for_what_should_be_refused() -> None:
    mode = dialect_of("xai").MODES["extend"]
    purse = Purse(mode.usd * 1.5, lambda: 0.0)
    first = purse.risk(mode)
    with pytest.raises(Disabled):
        purse.risk(mode)
    purse.booked(first, "")
    assert purse.ledger == []
    purse.booked(purse.risk(mode), "made-all-the-same")
    assert [(one.usd, one.planned) for one in purse.ledger] == [(mode.usd, False)]
    with pytest.raises(Disabled):
        purse.spend(mode)


def test_what_is_asked_for_is_repeated_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "very-secret-indeed")
    asked = options(
        {
            "provider": "kie", "target": "https://api.kie.ai", "key_env": "MY_KEY", "live": True,
            "budget": "2.00usd", "webhook_key": "hook-secret", "seed": 4, "patience": 60.0,
            "report": ["json=x"], "case": ["poll.*"], "level": "all",
        }
    )  # fmt: skip
    assert asked.again("poll.schema") == (
        "conformance run --provider kie --target https://api.kie.ai --key-env MY_KEY --live "
        '--budget 2.00usd --webhook-key "$WEBHOOK_KEY" --seed 4 --patience 60 --case poll.schema'
    )


def test_inputs_are_those_that_the_provider_knows(judge: Judge) -> None:
    asked = ("run", "--provider", "hooked", "--dry-run")
    told = could_not_run(judge(*asked, "--input", "medium=1"))
    assert "give NAME=VALUE with a name of source, media" in told


class Accepting(Keeper):
    """A target that starts a job whatever it is asked."""

    async def send(self, ask: Ask) -> Answer:
        return Answer(200, (("content-type", "application/json"),), b'{"request_id": "a-job"}')


async def test_a_create_that_nobody_should_take_is_in_the_ledger_when_it_is() -> None:
    connection = Connection(Accepting(), "", ("key",), "one that takes all")
    purse = Purse(None, connection.door.now)
    target = Target(dialect_of("xai"), Contract("xai"), connection, purse)
    await target.attempt(target.dialect.create(target.mode, {}), key=None)
    assert [(one.job, one.usd, one.planned) for one in purse.ledger] == [
        ("a-job", target.mode.usd, False)
    ]
