"""A hostile provider does nothing illegal, says what it did, and does it again on demand."""

from __future__ import annotations

import pytest

from mockserver.contract.model import Json
from mockserver.web.hostile import Profile
from tests.conftest import MakeMock, Mock

EXTEND = "/xai/v1/videos/extensions"
SOURCE = "http://mock.test/_mock/sources/64x64-8fps-2s-noaudio.mp4"
BODY: Json = {"prompt": "on", "video": {"url": SOURCE}, "duration": 2}


async def story(mock: Mock) -> list[tuple[int, dict[str, str], str]]:
    """Thirty jobs created and polled to the end; every answer. A breach of the contract fails."""
    said = []
    for _ in range(30):
        created = await mock.post(EXTEND, json=BODY)
        said.append((created.status_code, dict(created.headers), created.text))
        if created.status_code == 200:
            id = created.json()["request_id"]
            for seconds in (0, 10, 3600):
                await mock.advance(seconds)
                poll = await mock.get(f"/xai/v1/videos/{id}")
                said.append((poll.status_code, dict(poll.headers), poll.text))
    return said


def notes(mock: Mock) -> list[str]:
    return [note for entry in mock.app.world.journal for note in entry.notes if "hostile #" in note]


async def test_every_liberty_is_taken_and_written_down(make_mock: MakeMock) -> None:
    async with make_mock(hostile="3") as mock:
        said = await story(mock)
        found = " ".join(notes(mock))
    for what in ("another order", "no page lists", "headers", "charset", "many pieces"):
        assert what in found
    assert "rate_limited" in found
    assert "liberties" in found
    assert {status for status, _, _ in said} <= {200, 202, 429}


async def test_polls_are_slow_where_a_clock_goes_on(make_mock: MakeMock) -> None:
    async with make_mock(hostile="3", clock="stepped", step=1.0) as mock:
        created = await mock.post(EXTEND, json=BODY)
        while created.status_code == 429:
            created = await mock.post(EXTEND, json=BODY)
        clock = mock.app.world.clock
        waits = []
        for _ in range(20):
            before = clock.now()
            await mock.get(f"/xai/v1/videos/{created.json()['request_id']}")
            waits.append(round(clock.now() - before))
        assert set(waits) == {1, 5}
        assert "slow poll" in " ".join(notes(mock))


async def test_the_same_seed_deviates_alike(make_mock: MakeMock) -> None:
    told = []
    for _ in range(2):
        async with make_mock(hostile="5") as mock:
            told.append(await story(mock))
    assert told[0] == told[1]


async def test_one_deviation_is_played_alone(make_mock: MakeMock) -> None:
    async with make_mock(hostile="3") as mock:
        await story(mock)
        first = notes(mock)[0]
    number = first.partition("#")[2].partition(":")[0]
    async with make_mock(hostile=f"3:{number}") as mock:
        await story(mock)
        assert notes(mock) == [first]


@pytest.mark.parametrize("text", ["", "x", "1:", "1:x", "-"])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal"):
        Profile.parse(text)
