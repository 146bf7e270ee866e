"""The control API tells the journal: in pages, one entry, and as it happens."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.model import Json
from mockserver.journal.entry import Entry
from mockserver.journal.wanted import ALL, Wanted
from mockserver.serve import running
from mockserver.settings import Settings
from mockserver.web.journals import events
from tests.conftest import MakeMock, Mock, running_mock

SECRET = "sk-4f9b2c7d1e8a"
LTX = "/ltx/v2/text-to-video"
CLIP: Json = {
    "prompt": "on",
    "model": "ltx-2-3-pro",
    "duration": 8,
    "resolution": "1920x1080",
}


async def entries(mock: Mock, query: str = "") -> list[Json]:
    return list((await mock.get(f"/_mock/journal{query}")).json()["entries"])


@pytest.fixture
async def busy(mock: Mock) -> Mock:
    """Has seen a job made (1), polled (2), and refused a body (3), a key (4), a path (5)."""
    made = await mock.post(LTX, json=CLIP)
    await mock.get(f"{LTX}/{made.json()['id']}")
    await mock.post("/kie/api/v1/veo/extend", json={"prompt": "on", "callback_url": "https://a"})
    await mock.post("/ltx/v2/extend", key="", headers={"x-api-key": SECRET}, json={})
    await mock.get("/xai/v1/video/extensions")
    return mock


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("?order=newest&limit=2", [5, 4]),
        ("?provider=ltx", [1, 2, 4]),
        ("?operation=text_to_video_v2", [1]),
        ("?refused=true", [3, 4, 5]),
        ("?refused=false", [1, 2]),
        ("?status=4xx", [4, 5]),
        ("?status=401", [4]),
        ("?after=3", [4, 5]),
        ("?kind=delivery", []),
        ("?provider=ltx&refused=true&order=newest", [4]),
    ],
)
async def test_entries_are_filtered(busy: Mock, query: str, numbers: list[int]) -> None:
    assert [one["number"] for one in await entries(busy, query)] == numbers


async def test_entries_are_found_by_job_and_key(busy: Mock) -> None:
    first = (await entries(busy))[0]
    assert [one["number"] for one in await entries(busy, f"?job={first['job']}")] == [1, 2]
    found = await entries(busy, f"?owner={first['owner']}")
    assert [one["number"] for one in found] == [1, 2, 3]


async def test_pages_are_joined_by_their_places(busy: Mock) -> None:
    page = (await busy.get("/_mock/journal?limit=2")).json()
    assert (len(page["entries"]), page["next"], page["end"]) == (2, 2, 5)
    rest = (await busy.get(f"/_mock/journal?place={page['next']}")).json()
    assert [one["number"] for one in rest["entries"]] == [3, 4, 5]
    last = (await busy.get("/_mock/journal?order=newest&limit=1&place=1")).json()
    assert ([one["number"] for one in last["entries"]], last["next"]) == ([1], None)


@pytest.mark.parametrize(
    "query", ["?status=999", "?status=4", "?refused=maybe", "?order=best", "?place=-1", "?kind=x"]
)
async def test_a_filter_that_cannot_be_meant_is_refused(mock: Mock, query: str) -> None:
    paths = ["/_mock/journal", "/_mock/journal/stream"]
    for path in paths[:1] if "order" in query else paths:
        assert (await mock.get(path + query)).status_code == 400


async def test_one_entry_says_where_its_rules_stand(busy: Mock) -> None:
    view = (await busy.get("/_mock/journal/3")).json()
    assert view["spec"] == "specs/kie.yaml"
    assert view["row"]["pointer"] == "/x-mock/errors/invalid"
    assert view["row"]["evidence"]["kind"] == "inferred"
    entry = view["entry"]
    assert (entry["refused"], entry["problem"]) == (True, "invalid")
    [rule] = entry["violations"]
    assert rule["says"] == "lacks taskId"
    [hint] = entry["suggestions"]
    assert hint["say"] == "callback_url is spelt callBackUrl here"
    assert hint["source"].endswith("ExtendRequest/properties/callBackUrl")
    missing = await busy.get("/_mock/journal/77")
    assert missing.status_code == 404
    assert missing.json()["message"] == "the journal has no entry 77, or has it no longer"


@pytest.mark.parametrize("header", ["authorization", "api-key", "proxy-authorization"])
async def test_what_is_noted_of_a_call_that_is_granted_names_no_credential(
    mock: Mock, header: str
) -> None:
    body = {"prompt": "on", "video": {"url": f"https://{SECRET}.example.com/a.mp4"}}
    headers = {"authorization": "Bearer other", header: f"Bearer {SECRET}"}
    answer = await mock.post("/xai/v1/videos/extensions", json=body, headers=headers)
    assert answer.status_code == 200
    assert "was not fetched" in answer.headers["x-mock-diagnosis"]
    assert SECRET not in answer.headers["x-mock-diagnosis"]
    assert SECRET not in str(mock.last())


async def test_a_refusal_hints_in_the_diagnosis_too(mock: Mock) -> None:
    async def hint(method: str, path: str, **rest: Any) -> str:
        answer = await mock.request(method, path, **rest)
        said = answer.headers["x-mock-diagnosis"]
        assert len(said) < 450
        return str(said.partition("; hint: ")[2].partition(" [journal ")[0])

    body = {"prompt": "on and on", "duration": 8}
    path = "/pictory/pictoryapis/v1/aistudio/videos"
    assert await hint("POST", path, json=body) == 'duration: send "8s" instead of 8'
    bearer = {"Authorization": f"Bearer {SECRET}"}
    said = await hint("POST", path, key="", headers=bearer, json=body)
    assert said.startswith("send the key as 'Authorization: <key>', without the word Bearer")
    assert "may be meant as /v1/videos/extensions" in await hint("POST", "/xai/v1/video/extensions")
    said = await hint("POST", LTX, json={**CLIP, "duration": 12})
    assert said == 'duration 12 is allowed with model "ltx-2-3-fast" or "ltx-2-5-fast"'
    said = await hint(
        "POST", "/xai/v1/videos/generations", json={"prompt": "on", "resolution": "1080p"}
    )
    assert said.startswith('resolution "1080p" is allowed with model "grok-imagine-video-1.5"')


async def test_a_field_that_is_ignored_is_hinted_at_though_the_call_is_good(mock: Mock) -> None:
    body = {"prompt": "on", "webhook": "https://example.com/in"}
    answer = await mock.post("/kie/api/v1/veo/generate", json=body)
    assert answer.json()["code"] == 200
    said = answer.headers["x-mock-diagnosis"]
    assert "/webhook is no field of generate and is ignored; hint: webhook is called" in said
    assert mock.last()["suggestions"][0]["about"] == "body/webhook"
    assert "refused" not in mock.last()


async def test_what_a_file_or_a_scenario_is_to_blame_for_gets_no_advice(
    make_mock: MakeMock,
) -> None:
    chosen = {"kie": {"image-errors": "submit"}}
    async with make_mock(sources="strict", chosen=chosen) as mock:
        body = {"prompt": "on", "imageUrls": [f"{mock.app.address}/_mock/sources/nonsense.png"]}
        await mock.post("/kie/api/v1/veo/generate", json=body)
        assert mock.last()["problem"] == "image-unreachable"
        assert "suggestions" not in mock.last()
        await mock.post(LTX, json={**CLIP, "prompt": "on [[mock:rate_limited]]"})
        assert mock.last()["refused"]
        assert "suggestions" not in mock.last()


async def test_a_good_call_gets_no_advice(mock: Mock) -> None:
    answer = await mock.post(LTX, json=CLIP)
    assert answer.status_code == 202
    assert "x-mock-diagnosis" not in answer.headers
    assert "suggestions" not in mock.last()


async def test_what_is_done_by_hand_leaves_a_note(mock: Mock) -> None:
    credits = {"provider": "kie", "key": SECRET, "balance": 5}
    assert (await mock.request("PUT", "/_mock/credits", json=credits)).status_code == 200
    await mock.post("/_mock/clock/advance", json={"seconds": 90})
    assert (await mock.post("/_mock/clock/advance", json={"seconds": -1})).status_code == 400
    await mock.get("/_mock/clock")
    first, second = await entries(mock, "?kind=note")
    assert (first["operation"], first["provider"]) == ("put_credits", "kie")
    assert first["request"] == {"provider": "kie", "key": "redacted", "balance": 5}
    assert (second["target"], second["request"]) == ("/_mock/clock/advance", {"seconds": 90})


# Followed.


async def told(mock: Mock, count: int, **rest: Any) -> list[str]:
    """The first so many pieces of a stream."""
    found: list[str] = []
    stream = events(mock.app.world, rest.pop("wanted", ALL), rest.pop("place", None), **rest)
    async with asyncio.timeout(10):
        async for piece in stream:
            found.append(piece.decode())
            if len(found) == count:
                break
    await stream.aclose()
    return found


def event(text: str) -> tuple[str, str, Json]:
    rows = dict(row.split(": ", 1) for row in text.strip().splitlines())
    return rows.get("id", ""), rows["event"], orjson.loads(rows["data"])


async def test_a_follower_is_told_what_was_written_since_a_place(busy: Mock) -> None:
    opening, *found = await told(busy, 4, place=2, heartbeat=5)
    assert opening == ": the journal\n\n"
    assert [event(one)[:2] for one in found] == [("3", "call"), ("4", "call"), ("5", "call")]
    assert event(found[0])[2]["provider"] == "kie"
    wanted = Wanted(provider="ltx", refused=True)
    [_, only] = await told(busy, 2, place=0, heartbeat=5, wanted=wanted)
    assert event(only)[2]["number"] == 4


async def test_a_follower_is_told_what_is_written_from_now_on(mock: Mock) -> None:
    await mock.get("/xai/nowhere")
    following = asyncio.ensure_future(told(mock, 3, heartbeat=5))
    while not mock.app.world.followers:
        await asyncio.wait([following], timeout=0)
    await mock.get("/ltx/one")
    await mock.get("/ltx/two")
    _, first, second = await following
    assert [event(one)[2]["target"] for one in (first, second)] == ["/ltx/one", "/ltx/two"]
    assert not mock.app.world.followers


async def test_a_follower_hears_that_nothing_is_new(mock: Mock) -> None:
    assert await told(mock, 3, heartbeat=0) == [": the journal\n\n"] + [": nothing new\n\n"] * 2


async def test_a_follower_that_is_too_slow_is_let_go(make_mock: MakeMock) -> None:
    async with make_mock(journal_limit=3) as mock:
        world = mock.app.world
        stream = events(world, ALL, 0, 5)
        await anext(stream)
        world.journal.write(Entry(1, 0.0, "note"))
        assert event((await anext(stream)).decode())[2]["number"] == 1
        for number in range(2, 9):
            world.journal.write(Entry(number, 0.0, "note"))
        _, name, data = event((await anext(stream)).decode())
        assert (name, data["reason"]) == ("end", "too slow: entries are gone that were not sent")
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert not world.followers


async def test_a_follower_outlives_a_reset(mock: Mock) -> None:
    for _ in range(3):
        await mock.get("/xai/nowhere")
    stream = events(mock.app.world, ALL, 2, 5)
    await anext(stream)
    assert event((await anext(stream)).decode())[2]["number"] == 3
    await mock.post("/_mock/reset")
    await mock.get("/xai/again")
    assert event((await anext(stream)).decode())[1] == "reset"
    assert event((await anext(stream)).decode())[2]["number"] == 1
    await stream.aclose()


async def test_followers_go_home_when_the_server_stops(mock: Mock) -> None:
    stream = events(mock.app.world, ALL, None, 5)
    await anext(stream)
    mock.app.end()
    assert event((await anext(stream)).decode())[1:] == ("end", {"reason": "the server stops"})
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_there_is_no_room_for_too_many_followers(mock: Mock) -> None:
    followers = mock.app.world.followers
    opened = [followers.opened() for _ in range(64)]
    for one in opened:
        one.__enter__()
    answer = await mock.get("/_mock/journal/stream")
    assert answer.status_code == 503
    assert answer.json()["error"] == "too-many-followers"
    for one in opened:
        one.__exit__(None, None, None)


def test_the_stream_comes_over_the_wire_and_ends_with_the_server() -> None:
    with httpx.Client(trust_env=False, timeout=10) as client:
        with running(Settings(seed=7)) as app:
            url = f"{app.address}/_mock/journal/stream"
            assert client.head(url).headers["content-type"] == "text/event-stream"
            request = client.build_request("GET", url, headers={"Last-Event-ID": "0"})
            answer = client.send(request, stream=True)
            assert answer.headers["cache-control"] == "no-store"
            rows = answer.iter_lines()
            assert next(rows) == ": the journal"
            httpx.get(f"{app.address}/ltx/nowhere", trust_env=False)
            found = [next(rows) for _ in range(4)]
            assert found[1:3] == ["id: 1", "event: call"]
            assert orjson.loads(found[3].removeprefix("data: "))["target"] == "/ltx/nowhere"
            gone = client.send(client.build_request("GET", url), stream=True)
            gone.close()
        assert "event: end" in list(rows)
        assert not app.world.followers


# Nobody's key is told.

PLACES = st.sampled_from(
    ["header", "raw", "x-api-key", "query", "prompt", "field", "link", "agent", "path", "basic"]
)
CALLS = st.sampled_from(
    [
        "POST /ltx/v2/text-to-video",
        "POST /xai/v1/videos/extensions",
        "POST /kie/api/v1/veo/extend",
        "POST /hooked/v1/project/create/extend-video",
        "POST /pictory/pictoryapis/v1/aistudio/videos",
        "POST /pictory/pictoryapis/v1/oauth2/token",
        "GET /kie/api/v1/veo/record-info",
        "GET /xai/v1/nothing",
    ]
)
KEYS = st.from_regex(r"k9[A-Za-z0-9._~+/=\-]{8,40}", fullmatch=True)


def sent(key: str, places: set[str], call: str) -> dict[str, Any]:
    """A request with a key in all of these places."""
    method, _, path = call.partition(" ")
    headers = {"header": ("Authorization", f"Bearer {key}"), "raw": ("Authorization", key)}
    headers |= {"x-api-key": ("x-api-key", key), "agent": ("User-Agent", f"curl {key}")}
    headers["basic"] = ("Authorization", f"Basic {key}")
    body: Json = {"prompt": f"on {key}" if "prompt" in places else "on and on", "duration": key}
    if "field" in places:
        body |= {"api_key": key, "client_secret": key, key: 1}
    if "link" in places:
        body |= {"webhook": f"https://me:{key}@example.com/?token={key}", "video_url": key}
    return {
        "method": method,
        "path": f"{path}/{key.replace('/', '')}" if "path" in places and method == "GET" else path,
        "headers": dict(headers[one] for one in sorted(places) if one in headers),
        "params": {"api_key": key, "q": key} if "query" in places else {},
        **({"json": body} if method == "POST" else {}),
    }


@pytest.fixture(scope="module")
def keyless() -> Any:
    """Sends requests to one application, in a loop of its own."""
    with asyncio.Runner() as runner:
        context = running_mock()
        mock = runner.run(context.__aenter__())

        def send(method: str, path: str, **rest: Any) -> tuple[httpx.Response, Json, Json]:
            answer = runner.run(mock.request(method, path, key="", **rest))
            number = mock.last()["number"]
            view = runner.run(mock.get(f"/_mock/journal/{number}", key=""))
            return answer, mock.last(), view.json()

        yield send
        runner.run(context.__aexit__(None, None, None))


@settings(max_examples=250, deadline=None)
@given(key=KEYS, places=st.sets(PLACES, min_size=1, max_size=5), call=CALLS)
def test_no_key_that_is_sent_stands_in_the_journal_or_a_header(
    keyless: Any, key: str, places: set[str], call: str
) -> None:
    if not places & {"header", "raw", "x-api-key", "basic"}:
        places = {*places, "header"}  # a stranger's word is no key
    answer, entry, view = keyless(**sent(key, places, call))
    headers = [text for name, text in answer.headers.items() if name.startswith("x-mock")]
    for told in (str(entry), str(view), *headers):
        assert key not in told
        assert key.replace("/", "%2F") not in told or "/" not in key
