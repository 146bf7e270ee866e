"""Ten bugs of a naive client, each found by one scenario. None of them shows while all goes well.

Nothing sleeps: the client is given the clock of its world to sleep on. Each test says what the
client does wrong; against a good client each of them would fail.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.media import probe
from mockserver.media.model import Clip, Trouble
from mockserver.testing import MockProviders
from tests.demo.client import Studio

CLIP = "64x64-8fps-2s-noaudio"
HOUR = 3600.0


class Hopeless(Exception):
    """Nobody waits that long."""


class Patience:
    """Sleeps on a world's clock, for an hour at most: a job takes about a minute."""

    def __init__(self, mock: MockProviders) -> None:
        self._mock = mock
        self._until = mock.clock.time() + HOUR

    def __call__(self, seconds: float) -> None:
        self._mock.clock.sleep(seconds)
        if self._mock.clock.time() > self._until:
            raise Hopeless


@pytest.fixture
def studio(mock_providers: MockProviders) -> Studio:
    """The client, at the provider that extends clips."""
    one = mock_providers.xai
    return Studio(one.base_url, one.key, Patience(mock_providers))


@pytest.fixture
def told(mock_providers: MockProviders) -> Studio:
    """The client, at the provider that calls back."""
    one = mock_providers.kie
    return Studio(one.base_url, one.key, Patience(mock_providers))


def extend(studio: Studio, mock: MockProviders, folder: Path) -> Path:
    return studio.extend(mock.source(CLIP), folder)


def test_all_goes_well(studio: Studio, mock_providers: MockProviders, tmp_path: Path) -> None:
    path = extend(studio, mock_providers, tmp_path)
    clip = probe.probe(path)
    assert isinstance(clip, Clip)
    assert clip.seconds == pytest.approx(4, abs=0.2)
    assert mock_providers.xai.cost == pytest.approx(0.12)


@pytest.mark.mock_scenario("reset")
def test_an_order_whose_answer_is_lost_is_paid_twice(
    studio: Studio, mock_providers: MockProviders, tmp_path: Path
) -> None:
    extend(studio, mock_providers, tmp_path)
    assert len(mock_providers.xai.jobs) == 2
    assert mock_providers.xai.cost == pytest.approx(0.24)


@pytest.mark.mock_scenario("xai:poll-500-once")
def test_it_orders_again_for_each_poll_that_fails(
    studio: Studio, mock_providers: MockProviders, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError):
        extend(studio, mock_providers, tmp_path)
    assert mock_providers.xai.cost == pytest.approx(0.36)


@pytest.mark.mock_scenario("media_404_once")
def test_it_orders_again_for_each_file_that_is_late(
    studio: Studio, mock_providers: MockProviders, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError):
        extend(studio, mock_providers, tmp_path)
    assert mock_providers.xai.cost == pytest.approx(0.36)


@pytest.mark.mock_scenario("stuck")
def test_it_never_stops_polling(
    studio: Studio, mock_providers: MockProviders, tmp_path: Path
) -> None:
    with pytest.raises(Hopeless):
        extend(studio, mock_providers, tmp_path)
    assert mock_providers.xai.jobs[0]["state"] == "pending"


@pytest.mark.mock_scenario("failed")
def test_it_waits_for_a_job_that_has_failed(
    studio: Studio, mock_providers: MockProviders, tmp_path: Path
) -> None:
    with pytest.raises(Hopeless):
        extend(studio, mock_providers, tmp_path)
    assert mock_providers.xai.jobs[0]["state"] == "failed"


@pytest.mark.mock_scenario("done_without_url")
def test_it_takes_no_address_for_an_address(
    studio: Studio, mock_providers: MockProviders, tmp_path: Path
) -> None:
    id = studio.order(mock_providers.source(CLIP))
    assert studio.url_of(id) == "None"


@pytest.mark.mock_scenario("rate_limited")
def test_it_does_not_wait_as_long_as_it_is_told(
    studio: Studio, mock_providers: MockProviders
) -> None:
    studio.order(mock_providers.source(CLIP))
    refused, taken = mock_providers.xai.journal
    assert (refused["status"], taken["status"]) == (429, 200)
    assert refused["at"] == taken["at"]


@pytest.mark.mock_scenario("media_truncated")
def test_it_sells_half_a_file(
    studio: Studio, mock_providers: MockProviders, tmp_path: Path
) -> None:
    path = extend(studio, mock_providers, tmp_path)
    assert isinstance(probe.probe(path), Trouble)


@pytest.mark.mock_scenario("webhook_twice")
def test_it_sells_twice_what_is_told_twice(told: Studio, mock_providers: MockProviders) -> None:
    inbox = mock_providers.inbox()
    id = told.generate(inbox.url)
    mock_providers.clock.advance(until="idle")
    for one in inbox.wait(count=2):
        told.on_webhook(one["body"])
    assert told.sold == [id, id]


@pytest.mark.mock_scenario("webhook_forged")
def test_it_believes_whoever_calls(told: Studio, mock_providers: MockProviders) -> None:
    inbox = mock_providers.inbox()
    id = told.generate(inbox.url)
    mock_providers.clock.advance(seconds=5)
    for one in inbox.wait():
        told.on_webhook(one["body"])
    assert told.sold == [id]
    assert not mock_providers.kie.jobs[0]["ended"]
