"""Real clients that cost their users money, or do not, are told apart: everything that is known of
them comes out of a run."""

from __future__ import annotations

import pytest

from tests.clients.judged import TRIALS, Results, missing, tried, versions


@pytest.fixture(scope="module")
def results() -> dict[str, Results]:
    """What came of all the clients that can be tried here."""
    return tried({name: one for name, one in TRIALS.items() if not missing(one.client)})


@pytest.mark.parametrize("name", TRIALS)
def test_a_client_ends_in_every_case_as_it_is_known_to(
    name: str, request: pytest.FixtureRequest
) -> None:
    client = TRIALS[name].client
    if why := missing(client):
        pytest.skip(why)
    assert versions(client) == client.packages
    assert request.getfixturevalue("results")[name] == client.found
