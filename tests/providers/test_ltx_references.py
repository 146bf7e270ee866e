"""LTX: what a reference to a file has to be, and what the file behind it."""

from __future__ import annotations

import base64
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from mockserver.contract.message import Call, Problem
from mockserver.egress import Policy
from mockserver.media.model import Clip, Trouble
from mockserver.providers import ltx, ltx_media, ltx_rules
from mockserver.providers.base import Here
from tests.conftest import MakeMock, Mock, blind, only
from tests.providers.ltx_steps import CONTRACT, MIB, SOURCE, finished, refused, source

mock = only("ltx")


def here() -> Here:
    return blind(CONTRACT)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("http://media.example.com/a.mp4", "video_uri must be an HTTPS URL"),
        ("https://203.0.113.9/a.mp4", "must name a domain, not the address 203.0.113.9"),
        ("https://[2001:db8::9]/a.mp4", "must name a domain, not the address 2001:db8::9"),
        ("https://127.1/a.mp4", "must name a domain, not the address 127.1"),
        ("ftp://media.example.com/a.mp4", "must be an HTTPS URL, an ltx:// URI or a data URI"),
        ("/clips/a.mp4", "must be an HTTPS URL, an ltx:// URI or a data URI"),
        ("", "must be an HTTPS URL, an ltx:// URI or a data URI"),
        ("https://[::1", "must be an HTTPS URL, an ltx:// URI or a data URI"),
        ("https://user:word@media.example.com/a", "must be an HTTPS URL"),
        ("ltx://uploads/none", "refers to ltx://uploads/none, which does not exist"),
        ("data:video/mp4,text", "is not a valid base64 data URI"),
        ("data:video/mp4;base64,???", "is not a valid base64 data URI"),
        ("data:video/mp4;base64,aGVsbG8=", "cannot be read as media"),
    ],
)
async def test_a_reference_that_names_no_file_is_refused(
    mock: Mock, reference: str, message: str
) -> None:
    """Dossier section 3, URL rules and data URIs."""
    body = {"video_uri": reference, "duration": 2}
    assert message in await refused(mock, "/ltx/v2/extend", body)


async def test_a_data_uri_is_a_source(mock: Mock) -> None:
    content = (await mock.get(SOURCE)).content
    uri = "data:video/mp4;base64," + base64.b64encode(content).decode()
    view = await finished(mock, "extend", video_uri=uri, duration=2)
    assert view["status"] == "completed"


@pytest.mark.parametrize(
    ("endpoint", "body", "most"),
    [
        ("extend", {"duration": 2, "video_uri": "data:video/mp4;base64,"}, 15),
        ("retake", {"start_time": 0, "duration": 2, "video_uri": "data:video/mp4;base64,"}, 15),
        ("audio-to-video", {"prompt": "x", "audio_uri": "data:audio/mpeg;base64,"}, 15),
        (
            "image-to-video",
            {
                "prompt": "x",
                "model": "ltx-2-3-fast",
                "duration": 6,
                "resolution": "1280x720",
                "image_uri": "data:image/png;base64,",
            },
            7,
        ),
    ],
)
async def test_a_data_uri_over_its_limit_is_a_proxys_413(
    mock: Mock, endpoint: str, body: dict[str, Any], most: int
) -> None:
    """Decision A22: what counts is the text after the comma."""
    field = next(name for name in body if name.endswith("_uri"))
    full = {**body, field: body[field] + "A" * (most * MIB)}
    assert await refused(mock, f"/ltx/v2/{endpoint}", full) == f"{field} cannot be read as media"
    over = {**body, field: full[field] + "AAAA"}
    answer = await mock.post(f"/ltx/v2/{endpoint}", json=over)
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_url_that_may_not_be_fetched_has_a_stand_in(mock: Mock) -> None:
    answer = await mock.post(
        "/ltx/v2/extend", json={"video_uri": "https://media.example.com/a.mp4", "duration": 2}
    )
    assert answer.status_code == 202
    assert "stands in for it" in answer.headers["x-mock-diagnosis"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("https://media.example.com/a.mp4", "could not be downloaded from media.example.com"),
        ("https://localhost/a.mp4", "video_uri must be an HTTPS URL, an ltx:// URI"),
        ("https://127.0.0.1/a.mp4", "must name a domain, not the address 127.0.0.1"),
        (SOURCE, "video_uri must be an HTTPS URL"),
    ],
)
async def test_strict_sources_are_fetched_as_the_provider_would(
    make_mock: MakeMock, reference: str, message: str
) -> None:
    async with make_mock(providers=("ltx",), sources="strict", policy=Policy("loopback")) as mock:
        body = {"video_uri": reference, "duration": 2}
        assert message in await refused(mock, "/ltx/v2/extend", body)


async def test_our_own_address_that_has_nothing_is_unreachable(mock: Mock) -> None:
    body = {"video_uri": source("no-such-recipe.mp4"), "duration": 2}
    message = await refused(mock, "/ltx/v2/extend", body)
    assert message == "video_uri could not be downloaded from mock.test"


@pytest.mark.parametrize(
    ("trouble", "reference", "name", "words"),
    [
        ("redirected", "https://a.example.com/v", "url-redirected", "redirects"),
        ("timed-out", "https://a.example.com/v", "url-timeout", "within 30 seconds"),
        ("unresolved", "https://a.example.com/v", "url-unreachable", "from a.example.com"),
        ("unreachable", "https://a.example.com/v", "url-unreachable", "from a.example.com"),
        ("not-allowed", "https://a.example.com/v", "url-unreachable", "from a.example.com"),
        ("status", "https://a.example.com/v", "url-unreachable", "from a.example.com"),
        ("bad-url", "https://a.example.com/v", "bad-uri", "must be an HTTPS URL"),
        ("too-large", "https://a.example.com/v", "url-too-large", "limit of 100 MB"),
        ("too-large", "ltx://uploads/1", "upload-too-large", "limit of 100 MB"),
        ("too-large", "data:video/mp4;base64,", "data-uri-too-large", "413"),
        ("too-long", "ltx://uploads/1", "unreadable-media", "cannot be read"),
        ("too-large-picture", "ltx://uploads/1", "unreadable-media", "cannot be read"),
    ],
)
def test_every_trouble_with_a_file_has_its_error(
    trouble: str, reference: str, name: str, words: str
) -> None:
    """Dossier section 3: redirects refused, limits and patience of each way."""
    operation = CONTRACT.operation("extend_v2")
    request = Call(
        1, 0.0, "POST", "/v2/extend", "http://mock.test/ltx", {}, body={"video_uri": reference}
    )
    found = {"source": Trouble(trouble, "why")}
    problem = ltx_media.trouble(operation, request, found, here())
    assert problem is not None
    assert problem.name == name
    assert words in str(ltx.refuse(problem, request, here()).body)


@pytest.mark.parametrize(
    ("operation", "field", "way", "megabytes", "seconds"),
    [
        ("extend_v2", "video_uri", "https://a.example.com/v", 100, 30),
        ("extend_v2", "video_uri", "ltx://uploads/1", 100, 30),
        ("retake_v2", "video_uri", "https://a.example.com/v", 32, 30),
        ("retake_v2", "video_uri", "ltx://uploads/1", 200, 30),
        ("image_to_video_v2", "image_uri", "https://a.example.com/v", 15, 10),
        ("image_to_video_v2", "last_frame_uri", "ltx://uploads/1", 15, 10),
        ("audio_to_video_v2", "audio_uri", "https://a.example.com/v", 32, 30),
        ("audio_to_video_v2", "audio_uri", "ltx://uploads/1", 200, 30),
    ],
)
def test_files_have_the_limits_of_their_route(
    operation: str, field: str, way: str, megabytes: int, seconds: int
) -> None:
    """Dossier section 3, the table of sizes; redirects are never followed."""
    request = Call(1, 0.0, "POST", "/", "http://mock.test/ltx", {}, body={field: way})
    wanted = ltx_media.references(CONTRACT.operation(operation), request, here())
    assert not isinstance(wanted, Problem)
    (one,) = wanted
    assert (one.byte_limit, one.seconds_limit, one.redirects) == (megabytes * MIB, seconds, 0)


def test_a_clip_of_another_kind_is_refused_in_the_words_of_its_field() -> None:
    sound = Clip("", "audio", "mp3", "", 0, 0, 0, Fraction(0), False, 0, 3.0, "mp3", 1)
    request = Call(1, 0.0, "POST", "/", "", {}, body={"image_uri": "https://a.example.com/v"})
    operation = CONTRACT.operation("image_to_video_v2")
    problem = ltx_media.trouble(operation, request, {"first": sound}, here())
    assert problem is not None
    assert problem.name == "bad-picture"


@pytest.mark.parametrize(
    ("changes", "shape", "name"),
    [
        ({"kind": "image", "container": "gif"}, "MeasuredImage", "bad-picture"),
        ({"rate": Fraction(1, 2)}, "MeasuredExtendVideo", "unreadable-media"),
        ({"rate": Fraction(1000)}, "MeasuredRetakeVideo", "unreadable-media"),
        ({"frames": 36001}, "MeasuredRetakeVideo", "unreadable-media"),
        ({"kind": "audio", "container": "mp4", "audio": "he-aac"}, "MeasuredAudio", "bad-audio"),
    ],
)
def test_what_no_fixture_is_made_of_is_refused(
    changes: dict[str, Any], shape: str, name: str
) -> None:
    """Dossier section 3; unusual videos are our own bound."""
    clip = Clip("", "video", "mp4", "h264", 1280, 720, 0, Fraction(24), False, 96, 4.0, "aac", 1)
    found = ltx_rules.misfits(CONTRACT, replace(clip, **changes), "video_uri", shape)
    assert [one.name for one in found] == [name]
