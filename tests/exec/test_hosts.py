"""Behind a proxy a provider's files are at the provider's own hosts, and lead back to us."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from mockserver import providers
from mockserver.contract import document, hosts
from mockserver.contract.model import Json
from tests.conftest import Mock, running_mock
from tests.conftest import credentials as keyed

HOUR = 3600.0
CREATES = {
    "pictory": ("/pictoryapis/v1/aistudio/videos", {"prompt": "A kite climbs.", "duration": "8s"}),
    "hooked": (
        "/v1/project/create/extend-video",
        {"media": "media_video123", "prompt": "On.", "targetDuration": 4},
    ),
    "xai": (
        "/v1/videos/generations",
        {"model": "grok-imagine-video", "prompt": "A kite climbs.", "duration": 2},
    ),
    "kie": ("/api/v1/veo/generate", {"prompt": "A kite climbs."}),
    "ltx": (
        "/v2/text-to-video",
        {"prompt": "A kite.", "model": "ltx-2-3-fast", "duration": 6, "resolution": "1920x1080"},
    ),
}
POLLS = {
    "pictory": "/pictoryapis/v1/jobs/{}",
    "hooked": "/v1/video/{}",
    "xai": "/v1/videos/{}",
    "kie": "/api/v1/veo/record-info?taskId={}",
    "ltx": "/v2/text-to-video/{}",
}


def links(value: Json) -> Iterator[str]:
    """Every URL in an answer."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from links(one)
    elif isinstance(value, str) and value.startswith("http"):
        yield value


async def shown(mock: Mock, name: str, host: str) -> Json:
    """A job that a client of a host began, when it has ended, and what a poll then says."""
    path, body = CREATES[name]
    headers = {"Host": host, **keyed(f"/{name}", "some-key")}
    made = await mock.request("POST", path, key="", headers=headers, json=body)
    assert made.status_code in (200, 202), made.text
    await mock.advance(HOUR / 2)
    (job,) = (await mock.get("/_mock/jobs")).json()["jobs"]
    answer = await mock.request("GET", POLLS[name].format(job["id"]), key="", headers=headers)
    return answer.json()


@pytest.mark.parametrize("name", providers.NAMES)
async def test_results_are_at_the_providers_own_hosts_and_there_for_everybody(name: str) -> None:
    contract = document.load(name)
    async with running_mock(proxied=True) as mock:
        found = list(links(await shown(mock, name, contract.hosts[0])))
        assert found
        for url in found:
            parts = urlsplit(url)
            assert parts.scheme == "https"
            assert parts.netloc in set(hosts.of(contract)) - set(contract.hosts)
            assert "//" not in parts.path
            got = await mock.request("GET", parts.path, key="", headers={"Host": parts.netloc})
            assert got.status_code == 200, url
            assert got.headers["content-type"].partition("/")[0] in ("video", "image")


async def test_who_calls_by_the_address_is_given_the_address() -> None:
    async with running_mock(proxied=True) as mock:
        path, body = CREATES["xai"]
        made = await mock.post(f"/xai{path}", json=body)
        await mock.advance(HOUR)
        view = (await mock.get(f"/xai{POLLS['xai'].format(made.json()['request_id'])}")).json()
        assert view["video"]["url"].startswith("http://mock.test/xai/")


async def test_without_a_proxy_the_host_changes_nothing() -> None:
    async with running_mock() as mock:
        (url,) = links(await shown(mock, "xai", "api.x.ai"))
        assert url.startswith("http://mock.test/xai/")


async def test_a_result_can_be_the_source_of_the_next() -> None:
    """The URL leads to the file itself, not to a clip made up for it."""
    async with running_mock(proxied=True) as mock:
        (url,) = links(await shown(mock, "xai", "api.x.ai"))
        headers = {"Host": "api.x.ai", "Authorization": "Bearer some-key"}
        seen = []
        for source in (url, url.replace("-video-", "-film-")):
            body = {"model": "grok-imagine-video", "prompt": "On.", "duration": 2}
            body |= {"video": {"url": source}}
            path = "/v1/videos/extensions"
            made = await mock.request("POST", path, key="", headers=headers, json=body)
            assert "stands in" not in made.headers.get("x-mock-diagnosis", "")
            await mock.advance(HOUR)
            poll = POLLS["xai"].format(made.json()["request_id"])
            view = (await mock.request("GET", poll, key="", headers=headers)).json()
            seen.append((view["status"], view.get("video", {}).get("duration")))
        assert seen == [("done", 4), ("failed", None)]


@pytest.mark.parametrize("name", ["pictory", "ltx", "kie"])
async def test_files_are_sent_to_the_providers_own_hosts(name: str) -> None:
    contract = document.load(name)
    path, body = {
        "pictory": (
            "/pictoryapis/v1/media/generateurl",
            {"fileName": "a.mp4", "contentType": "video/mp4"},
        ),
        "ltx": ("/v1/upload", None),
        "kie": (
            "/api/file-base64-upload",
            {"base64Data": "aGVsbG8=", "uploadPath": "a", "fileName": "a.txt"},
        ),
    }[name]
    host = next(one.hosts[0] for one in contract.operations if one.path == path)
    async with running_mock(proxied=True) as mock:
        headers = {"Host": host, **keyed(f"/{name}", "some-key")}
        answer = await mock.request("POST", path, key="", headers=headers, json=body)
        assert answer.status_code == 200, answer.text
        found = list(links(answer.json()))
        assert found
        assert {urlsplit(url).netloc for url in found} <= set(hosts.of(contract)) - {host}
