"""Real clients that cost their users money, and those that do not: everything that is known of them
comes out of a run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.clients import judged, samples
from tests.clients.found import SAMPLES
from tests.clients.judged import TRIALS, Results


@pytest.fixture(scope="module")
def results() -> Results:
    """What came of everything that can be run here."""
    with ThreadPoolExecutor() as pool:
        clients, pages = pool.submit(judged.tried), pool.submit(samples.run)
        return clients.result() | pages.result()


@pytest.mark.parametrize("name", TRIALS)
def test_a_client_ends_in_every_case_as_it_is_known_to(
    name: str, request: pytest.FixtureRequest
) -> None:
    client = TRIALS[name].client
    if why := judged.missing(client):
        pytest.skip(why)
    assert judged.versions(client) == client.packages
    assert request.getfixturevalue("results")[name] == client.found


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_ends_in_every_scenario_as_it_is_known_to(
    name: str, request: pytest.FixtureRequest
) -> None:
    if why := samples.missing(name):
        pytest.skip(why)
    assert request.getfixturevalue("results")[name] == SAMPLES[name].found
