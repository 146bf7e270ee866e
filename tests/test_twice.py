"""Two runs of the suite are compared by what their worlds wrote, and a difference is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.twice import Wrote, differences, read

ROOT = Path(__file__).resolve().parents[1]
SUITE = """
import asyncio
import httpx
import pytest
from mockserver.app import App
from mockserver.settings import Settings

async def ask(app, *paths):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as client:
        for method, path in paths:
            await client.request(method, path)

def made(clock="virtual"):
    return App(Settings(clock=clock, providers=("xai",)))

@pytest.fixture(scope="module")
def wide():
    app = made()
    yield app
    app.close()

def test_own():
    app, sent = made(), ("GET", "/xai/a?at=http://127.0.0.1:8123/")
    asyncio.run(ask(app, sent, ("POST", "/_mock/reset"), sent, ("GET", "/w/b/xai/c")))
    app.close()

def test_wide(wide):
    asyncio.run(ask(wide, ("GET", "/xai/a")))


def test_real():
    app = made("real")
    asyncio.run(ask(app, ("GET", "/xai/a")))
    app.close()

@pytest.mark.differs("so it is")
def test_says_why():
    app = made("stepped")
    asyncio.run(ask(app, ("GET", "/xai/a")))
    app.close()

def test_nothing():
    pass
"""


def test_the_worlds_of_a_test_are_kept_unless_others_or_the_real_clock_have_a_part_in_them(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = pytester.mkdir("kept")
    pytester.makepyfile(test_it=SUITE)
    pytester.makeini("[pytest]\nmarkers =\n    differs(reason): of journals\n")
    plain = ("-p", "no:randomly", "-p", "no:asyncio", "-p", "tests.journals")
    result = pytester.runpytest_subprocess(*plain, "--journals", str(folder))
    result.assert_outcomes(passed=5)
    found = {name.rpartition(":")[2]: one for name, one in read(folder).items()}
    assert {name: one.differs for name, one in found.items()} == {
        "test_own": "",
        "test_says_why": "so it is",
    }
    lines = found["test_own"].lines
    assert [b'"world":"default"' in line for line in lines] == [True, True, False]
    assert b"127.0.0.1:PORT/" in lines[0]
    assert b"8123" not in lines[0]
    assert b'"target":"/w/b/xai/c"' in lines[2]


def test_what_differs_is_named_with_the_place_where_it_parts() -> None:
    def of(*lines: bytes) -> Wrote:
        return Wrote("test", "", lines)

    first = {"same": of(b"1"), "other": of(b"1", b"2"), "longer": of(b"1"), "gone": of(b"1")}
    second = {"same": of(b"1"), "other": of(b"1", b"3"), "longer": of(b"1", b"2")}
    found = differences(first, second)
    assert found == {
        "gone": "only run 1 wrote something",
        "longer": "1 and 2 entries",
        "other": "entry 2:\n    2\n    3",
    }
