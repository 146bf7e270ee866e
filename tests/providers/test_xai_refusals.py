"""What xAI refuses: every row of its error tables, in its words, and the decisions behind them."""

from __future__ import annotations

import re

import pytest

from mockserver.contract import document
from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Json
from mockserver.providers import xai
from tests.conftest import MakeMock, Mock, blind, only
from tests.providers.xai_steps import (
    BOAT,
    EXTENSIONS,
    GENERATIONS,
    PICTURE,
    TINY,
    born,
    ended,
    extension,
    newest,
    poll,
    said,
    source,
    submit,
    told,
)

SERDE = "Failed to deserialize the JSON body into the target type: "


mock = only("xai")


# Who calls: decision A10


async def test_without_a_key_nothing_is_answered(mock: Mock) -> None:
    for method, path in [
        ("POST", EXTENSIONS),
        ("GET", "/xai/v1/videos/x"),
        ("GET", "/xai/v1/files"),
    ]:
        said(await mock.request(method, path, key=""), 401, "unauthenticated")


@pytest.mark.parametrize("header", ["xai-key", "Basic eGFpOmtleQ==", "Bearer", "Bearer  "])
async def test_a_header_that_is_no_bearer_token_is_no_key(mock: Mock, header: str) -> None:
    answer = await mock.get("/xai/v1/files", headers={"Authorization": header})
    said(answer, 401, "unauthenticated")


async def test_an_unknown_key_is_400_and_shown_masked(make_mock: MakeMock) -> None:
    async with make_mock(keys=frozenset({"xai-good-key"})) as mock:
        message = said(await mock.get("/xai/v1/files", key="xai-wrong-9f"), 400)
        assert "xa***9f" in message
        assert "wrong" not in message
        assert (await mock.get("/xai/v1/files", key="xai-good-key")).status_code == 200


# What cannot be read: 404, 405, 413, 415, malformed


async def test_a_route_there_is_not_is_404(mock: Mock) -> None:
    for path in ("/xai/v1/videos", "/xai/v1/videos/a/content", "/xai/nothing", "/xai/"):
        said(await mock.get(path), 404, "not-found")


async def test_a_method_there_is_not_is_405_and_names_those_there_are(mock: Mock) -> None:
    answer = await mock.request("DELETE", "/xai/v1/videos/some-id")
    assert told(answer, 405) == "Method Not Allowed"
    assert answer.headers["allow"] == "GET"


async def test_an_empty_body_is_415(mock: Mock) -> None:
    for headers in ({}, {"Content-Type": "application/json"}):
        answer = await mock.post(EXTENSIONS, content=b"", headers=headers)
        assert told(answer, 415) == "Expected request with `Content-Type: application/json`"


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_of_another_media_type_is_415(mock: Mock, media: str) -> None:
    headers = {"Content-Type": media} if media else {}
    told(await mock.post(EXTENSIONS, content=b'{"prompt":"a"}', headers=headers), 415)


async def test_a_form_is_415_on_video_routes(mock: Mock) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=film"}
    files = {"video": b"film"}
    told(await mock.post(EXTENSIONS, data={"prompt": "a"}, files=files, headers=headers), 415)


@pytest.mark.parametrize(
    "body", [b"{", b"prompt", b'{"prompt": NaN}', b'{"a": "\xff"}', b"[" * 5000, b"\x00"]
)
async def test_a_body_that_is_not_json_is_400_in_plain_text(mock: Mock, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await mock.post(EXTENSIONS, content=body, headers=headers)
    assert told(answer, 400).startswith("Failed to parse the request body as JSON: ")


async def test_a_body_over_the_limit_is_413_before_it_is_read(mock: Mock) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": "104857600"}
    answer = await mock.post(EXTENSIONS, content=b"{}", headers=headers)
    assert "length limit" in told(answer, 413)


# What is read and wrong: decisions A1 and A11


async def test_all_that_is_missing_or_mistyped_is_named_in_plain_text(mock: Mock) -> None:
    assert told(await mock.post(EXTENSIONS, json={}), 422) == (
        f"{SERDE}missing field `prompt`; missing field `video`"
    )
    body = {"prompt": 7, "video": {"url": ["a"]}, "storage_options": {}}
    message = told(await mock.post(EXTENSIONS, json=body), 422)
    assert "prompt: invalid type: 7, expected `string`" in message
    assert "video.url: invalid type" in message
    assert "storage_options: missing field `filename`" in message


async def test_all_that_is_out_of_range_is_named_in_json(mock: Mock) -> None:
    body = extension(duration=99, storage_options={"filename": "", "expires_after": 0})
    message = said(await mock.post(EXTENSIONS, json=body), 400)
    for field in ("duration", "storage_options.filename", "storage_options.expires_after"):
        assert field in message


async def test_what_cannot_be_read_comes_before_what_is_out_of_range(mock: Mock) -> None:
    answer = await mock.post(EXTENSIONS, json=extension(duration=99, prompt=None))
    message = told(answer, 422)
    assert "prompt" in message
    assert "duration is 99" in message


@pytest.mark.parametrize(
    ("field", "value", "phrase"),
    [
        ("aspect_ratio", "21:9", 'aspect_ratio: unknown variant "21:9"'),
        ("resolution", "360p", 'resolution: unknown variant "360p"'),
        ("duration", "six", 'duration: invalid digit found in string "six"'),
        ("duration", 6.5, "duration: invalid type: 6.5"),
        ("duration", 6.0, "duration: invalid type: floating point `6.0`"),
        ("generate_audio", "no", "generate_audio: invalid type"),
    ],
)
async def test_values_that_serde_does_not_know_are_422(
    mock: Mock, field: str, value: Json, phrase: str
) -> None:
    assert phrase in told(await mock.post(GENERATIONS, json=BOAT | {field: value}), 422)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"duration": 4, "seconds": 4}, "duration"),
        ({"image": PICTURE, "input_reference": PICTURE}, "image"),
    ],
)
async def test_a_field_under_both_its_names_is_a_duplicate(
    mock: Mock, more: Json, name: str
) -> None:
    answer = await mock.post(GENERATIONS, json=BOAT | more)
    assert told(answer, 422) == f"{SERDE}duplicate field `{name}`"


async def test_a_second_is_the_shortest_extension_in_the_older_contract(
    make_mock: MakeMock,
) -> None:
    async with make_mock(chosen={"xai": {"duration": "legacy"}}) as mock:
        job = await newest(mock, "extensions", extension(duration=1))
        assert job.wish.frames == 8
        said(await mock.post(EXTENSIONS, json=extension(duration=0)), 400)


async def test_every_refusal_is_explained_beside_the_wire(mock: Mock) -> None:
    answer = await mock.post(EXTENSIONS, json=extension(duration=11))
    diagnosis = answer.headers["x-mock-diagnosis"]
    assert "duration is 11, at most 10 is allowed" in diagnosis
    assert "specs/xai.yaml#/components/schemas/ExtendVideoRequest" in diagnosis
    assert "documented" in diagnosis


# Models: decision A8


@pytest.mark.parametrize("model", [None, "grok-imagine-video"])
async def test_a_model_need_not_be_named(mock: Mock, model: str | None) -> None:
    job = await newest(mock, "extensions", extension(model=model))
    assert job.facts["model"] == "grok-imagine-video"


@pytest.mark.parametrize("kind", ["generations", "edits", "extensions"])
async def test_an_unknown_model_is_404(mock: Mock, kind: str) -> None:
    body = extension(model="grok-imagine-video-9")
    message = said(await mock.post(f"/xai/v1/videos/{kind}", json=body), 404, "not-found")
    assert "grok-imagine-video-9" in message


@pytest.mark.parametrize("kind", ["edits", "extensions"])
@pytest.mark.parametrize(
    "model",
    ["grok-imagine-video-1.5", "grok-imagine-video-1.5-preview", "grok-imagine-video-1.5-lite"],
)
async def test_only_the_first_model_takes_a_video(mock: Mock, kind: str, model: str) -> None:
    body = extension(model=model)
    assert "does not take a video" in said(
        await mock.post(f"/xai/v1/videos/{kind}", json=body), 400
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"resolution": "1080p"}, "does not support 1080p"),
        ({"keyframes": [{"image": PICTURE, "timestamp_s": 1}]}, "does not support keyframes"),
        ({"reference_audios": [{"voice_id": "ara"}]}, "does not support reference audio"),
        ({"reference_images": [PICTURE], "duration": 11}, "Duration 11s exceeds"),
        ({"reference_images": [PICTURE], "image": PICTURE}, "cannot be combined"),
        ({"image": {}}, "image: one of url and file_id must be set."),
        ({"image": {"image_url": "a", "file_id": "b"}}, "image_url and file_id cannot both"),
    ],
)
async def test_a_generation_refuses_what_does_not_go_together(
    mock: Mock, more: Json, words: str
) -> None:
    assert words in said(await mock.post(GENERATIONS, json=BOAT | more), 400)


async def test_the_newer_model_takes_what_the_older_refuses(mock: Mock) -> None:
    newer = BOAT | {"model": "grok-imagine-video-1.5-preview", "duration": 12}
    for more in (
        {"resolution": "1080p"},
        {"keyframes": [{"image": PICTURE, "timestamp_s": 11.9}]},
        {"reference_audios": [{"voice_id": "ara"}, {"url": source("2s.mp3")}]},
        {"reference_images": [PICTURE]},
    ):
        job = await newest(mock, "generations", newer | more)
        assert job.failure is None
        assert job.facts["model"] == "grok-imagine-video-1.5"


async def test_a_generation_needs_a_prompt_or_an_image(mock: Mock) -> None:
    said(await mock.post(GENERATIONS, json={}), 400)
    said(await mock.post(GENERATIONS, json={"reference_images": [PICTURE]}), 400)
    await submit(mock, "generations", {"image": PICTURE})


# Unknown fields: decision A9


async def test_unknown_fields_have_no_effect_and_are_noted(mock: Mock) -> None:
    body = extension(aspect_ratio="1:1", resolution="1080p", user="u", n=2)
    job = await newest(mock, "extensions", body)
    assert (job.wish.width, job.wish.height) == (64, 64)
    notes = " ".join(mock.last()["notes"])
    assert all(f"/{name} " in notes for name in ("aspect_ratio", "resolution", "user", "n"))


async def test_unknown_fields_are_refused_where_the_setting_says_so(make_mock: MakeMock) -> None:
    async with make_mock(chosen={"xai": {"unknown-fields": "reject"}}) as mock:
        assert "user" in told(await mock.post(EXTENSIONS, json=extension(user="u")), 422)
        body = {"prompt": "a", "video": {"url": TINY}, "user": "u"}
        await submit(mock, "edits", body)


# How often: decision A19


async def test_the_71st_create_within_a_minute_is_429(make_mock: MakeMock) -> None:
    async with make_mock(limits="documented") as mock:
        for _ in range(70):
            await submit(mock, "generations", BOAT)
        await mock.advance(20)
        answer = await mock.post(GENERATIONS, json=BOAT)
        assert "71/70" in said(answer, 429, "resource-exhausted")
        assert answer.headers["retry-after"] == "40"
        await submit(mock, "generations", BOAT, key="xai-other")
        await submit(mock, "generations", BOAT | {"model": "grok-imagine-video-1.5"})
        await mock.advance(39)
        said(await mock.post(GENERATIONS, json=BOAT), 429, "resource-exhausted")
        await mock.advance(1)
        await submit(mock, "generations", BOAT)


async def test_creates_are_not_counted_unless_that_is_asked_for(mock: Mock) -> None:
    for _ in range(75):
        await submit(mock, "generations", BOAT)


async def test_polls_do_not_count_and_nothing_counts_without_a_limit(
    make_mock: MakeMock,
) -> None:
    async with make_mock(limits="documented", chosen={"xai": {"rate": "1"}}) as mock:
        id = await submit(mock, "generations", BOAT)
        assert [(await poll(mock, id)).status_code for _ in range(5)] == [202] * 5
        said(await mock.post(GENERATIONS, json=BOAT), 429, "resource-exhausted")
    async with make_mock(limits="documented", chosen={"xai": {"rate": "0"}}) as mock:
        for _ in range(75):
            await submit(mock, "generations", BOAT)


# The catalogue

KNOWN = {
    "key": "xa***9f",
    "team": "team-1",
    "model": "grok-imagine-video",
    "id": "file_1",
    "field": "video",
    "first": "url",
    "second": "file_id",
    "feature": "keyframes",
    "seconds": 3,
    "minimum": 4,
    "limit": 5,
    "actual": 6,
    "codec": "vp9",
    "found": "text",
    "retry": 7,
    "url": "kite.mp4",
    "detail": "why",
}
ROWS = document.load("xai").errors


@pytest.mark.parametrize("name", [name for name in ROWS if not name.startswith("job-")])
def test_every_error_of_the_catalogue_has_its_envelope_and_no_gaps(name: str) -> None:
    contract, row = document.load("xai"), ROWS[name]
    here = blind(contract)
    call = Call(1, 0.0, "GET", "/v1/files", "http://mock.test/xai", {})
    reply = xai.refuse(Problem(name, KNOWN), call, here)
    assert (reply.status, reply.media_type) == (row.status, row.media_type)
    text = str(reply.body)
    assert not re.search(r"\{\w+\}", text + str(reply.headers))
    if row.media_type == "application/json":
        assert set(reply.body) == {"code", "error"}
    elif row.media_type == "application/xml":
        assert text.startswith("<?xml")
    for known in re.findall(r"\{(\w+)\}", row.message):
        assert str(KNOWN[known]) in text


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("job-")])
def test_an_error_of_a_job_never_mixes_the_two_vocabularies(name: str) -> None:
    schema = document.load("xai").document["components"]["schemas"]["VideoError"]
    assert ROWS[name].code in schema["properties"]["code"]["enum"]


async def test_an_error_of_a_job_rides_in_a_200(mock: Mock) -> None:
    view = await ended(mock, "extensions", extension(source("64x64-8fps-1s-noaudio.mp4")))
    assert view["status"] == "failed"
    job = born(mock, (await mock.get("/_mock/jobs")).json()["jobs"][0]["id"])
    assert job.failure is not None
    assert job.failure.name == "job-too-short"
