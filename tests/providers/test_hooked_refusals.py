"""What Hooked refuses: every row of its error tables, in its words, and the switches behind them.

Long, because every row of the error tables stands here once.
"""

from __future__ import annotations

import pytest

from mockserver.contract import document
from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Json
from mockserver.contract.validate import Checker
from mockserver.providers import hooked
from tests.conftest import MakeMock, Mock, blind, only
from tests.providers.hooked_steps import (
    EXTEND,
    LIST,
    LONG,
    ask,
    asked,
    chosen,
    message,
    poll,
    post,
    registered,
    said,
    submit,
)

CONTRACT = document.load("hooked")
PREFIX = "extendVideoSettings."
# Dossier 1.8: every message the provider is known to send, its status, and a call that gets it.
ROWS: dict[str, tuple[int, Json]] = {
    "media: A video is required": (400, {"prompt": "x"}),
    PREFIX + "prompt: Prompt is required": (400, {"media": "media_video123"}),
    PREFIX + "targetDuration: Target duration must be at least 4 seconds": (
        400,
        asked(targetDuration=3),
    ),
    PREFIX + "targetDuration: Target duration cannot exceed 60 seconds": (
        400,
        asked(targetDuration=64),
    ),
    "Media not found": (404, asked(media="media_nowhere")),
    "Media is not a video": (400, asked(media="media_image123")),
}


mock = only("hooked")


def call(path: str = EXTEND) -> Call:
    return Call(1, 0.0, "POST", path, "http://mock.test/hooked", {}, id="0" * 32)


@pytest.mark.parametrize("text", ROWS)
async def test_every_row_of_the_error_table_in_its_exact_words(mock: Mock, text: str) -> None:
    status, body = ROWS[text]
    assert said(await post(mock, body), status) == {"success": False, "message": text}


@pytest.mark.parametrize("name", CONTRACT.errors)
@pytest.mark.parametrize("envelope", ["coded", "plain", "flat"])
def test_every_error_is_worded_in_the_envelope_of_its_host(name: str, envelope: str) -> None:
    """Decision A3: success and message, a code where one is known; the skill's on demand."""
    contract = document.load("hooked", {"envelope": envelope})
    entry = contract.errors[name]
    fields = {"detail": "limit is 0", "field": "size", "retry": 7}
    reply = hooked.refuse(Problem(name, fields), call(), blind(contract))
    assert reply.status == entry.status
    assert dict(reply.headers) == ({"Retry-After": "7"} if name == "rate-limit" else {})
    if entry.media_type == "application/xml":
        assert f"<Error><Code>{entry.code}</Code><Message>" in reply.body
        return
    text = reply.body["error"]["message"] if envelope == "flat" else reply.body["message"]
    assert "{" not in text
    if envelope == "flat":
        assert set(reply.body) == {"error"}
        assert reply.body["error"]["code"].isupper()
    else:
        coded = {"code"} if entry.code and envelope == "coded" else set()
        assert set(reply.body) == {"success", "message"} | coded


async def test_without_a_key_nothing_is_answered(mock: Mock) -> None:
    for method, path in (("POST", EXTEND), ("GET", LIST), ("GET", "/v1/video/x")):
        answer = await ask(mock, method, path, key="")
        assert said(answer, 401) == {
            "success": False,
            "message": "API key is required",
            "code": "MISSING_API_KEY",
        }


async def test_a_bearer_token_is_no_key(mock: Mock) -> None:
    """Client rule 1."""
    headers = {"Authorization": "Bearer test-key"}
    answer = await post(mock, asked(), key="", headers=headers)
    assert said(answer, 401)["code"] == "MISSING_API_KEY"


async def test_a_key_that_is_not_accepted_is_told_so(make_mock: MakeMock) -> None:
    async with make_mock(providers=("hooked",), keys=frozenset({"good"})) as mock:
        answer = await post(mock, asked(), key="bad")
        assert said(answer, 401) == {
            "success": False,
            "message": "Invalid API key",
            "code": "INVALID_API_KEY",
        }
        assert (await post(mock, asked(), key="good")).status_code == 200


async def test_no_answer_is_402_405_415_or_422(mock: Mock) -> None:
    """Dossier 1.8: 400, 401, 403, 404, 429 and 500 are all there is, but for too large a body."""
    json = {"content-type": "application/json"}
    answers = [
        (await ask(mock, "POST", EXTEND, content=b"{", headers=json), 400),
        (await ask(mock, "POST", EXTEND, content=b"media=x"), 400),
        (await ask(mock, "POST", EXTEND, headers=json), 400),
        (await ask(mock, "GET", EXTEND), 404),
        (await ask(mock, "DELETE", "/v1/video/x"), 404),
        (await ask(mock, "GET", "/v1/media"), 404),
        (await ask(mock, "POST", EXTEND, content=b" " * (1 << 20) + b"{}", headers=json), 413),
    ]
    for answer, status in answers:
        said(answer, status)
    assert answers[2][0].json()["message"] == "media: A video is required", "an empty body is {}"


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("prompt", "", "prompt: Prompt is required"),
        ("prompt", 7, "prompt: Prompt must be a string"),
        ("prompt", "x" * 2001, "prompt: Prompt cannot exceed 2000 characters"),
        ("targetDuration", 3, "targetDuration: Target duration must be at least 4 seconds"),
        ("targetDuration", 61, "targetDuration: Target duration cannot exceed 60 seconds"),
        ("targetDuration", 10, "targetDuration: Target duration must be a multiple of 4"),
        ("targetDuration", "8", "targetDuration: Target duration must be a number"),
        ("generateAudio", "no", "generateAudio: Generate audio must be a boolean"),
    ],
)
@pytest.mark.parametrize(("prefix", "start"), [("examples", PREFIX), ("table", "")])
async def test_the_prefix_is_that_of_the_examples_or_that_of_the_table(
    make_mock: MakeMock, field: str, value: Json, text: str, prefix: str, start: str
) -> None:
    """Decision A2; media, name, webhook and metadata never have one. A7: the multiple of four."""
    async with make_mock(**chosen(error_prefix=prefix)) as mock:
        assert message(await post(mock, asked(**{field: value}))) == start + text
        assert message(await post(mock, asked(media=""))) == "media: A video is required"
        assert message(await post(mock, asked(name=1))) == "name: Name must be a string"


async def test_of_several_mistakes_one_is_told_and_all_are_explained(mock: Mock) -> None:
    body = {"prompt": "", "targetDuration": 2, "generateAudio": "x", "metadata": []}
    assert message(await post(mock, body)) == "media: A video is required"
    pointers = [one["pointer"] for one in mock.last()["violations"]]
    assert {"", "/prompt", "/targetDuration", "/generateAudio", "/metadata"} <= set(pointers)
    second = message(await post(mock, {**body, "media": "m"}))
    assert second == "extendVideoSettings.prompt: Prompt is required"


@pytest.mark.parametrize("status", ["404", "400"])
async def test_media_not_found_is_404_or_400(make_mock: MakeMock, status: str) -> None:
    """Decision A5."""
    async with make_mock(**chosen(media_not_found=status)) as mock:
        answer = await post(mock, asked(media="media_nowhere"))
        assert message(answer, int(status)) == "Media not found"


async def test_a_broken_file_is_no_video(mock: Mock) -> None:
    content = (await mock.get("/_mock/sources/64x64-8fps-3s-truncated.mp4")).content
    answer = await mock.post("/_mock/hooked/media", files={"file": ("a.mp4", content)})
    answer = await post(mock, asked(media=answer.json()["id"]))
    assert message(answer) == "Media is not a video"
    assert "mdat" in answer.headers["x-mock-diagnosis"]


@pytest.mark.parametrize("name", ["16x16-8fps-3s.mp4", "64x64-png", "5s-mp3"])
async def test_what_cannot_be_rendered_is_no_video(mock: Mock, name: str) -> None:
    media = await registered(mock, name)
    assert message(await post(mock, asked(media=media))) == "Media is not a video"


async def test_a_url_is_no_media_id_and_the_diagnosis_says_so(mock: Mock) -> None:
    """Client rule 4."""
    answer = await post(mock, asked(media="https://media.example.com/a.mp4"))
    assert message(answer, 404) == "Media not found"
    assert "/_mock/hooked/media" in answer.headers["x-mock-diagnosis"]


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://shop.example.com/hook", True),
        ("https://192.0.2.7/hook", True),
        ("http://127.0.0.1:9/hook", True),
        ("http://localhost/hook", True),
        ("http://mock.test/_mock/inbox/a", True),
        ("http://shop.example.com/hook", False),
        ("http://192.0.2.7/hook", False),
        ("ws://127.0.0.1/hook", False),
        ("127.0.0.1/hook", False),
    ],
)
async def test_a_webhook_is_https_but_for_this_machine(
    make_mock: MakeMock, url: str, taken: bool
) -> None:
    """Client rule 9; without the exception no test could receive one."""
    text = "webhook: Webhook must be an HTTPS URL"
    async with make_mock(providers=("hooked",)) as mock:
        answer = await post(mock, asked(webhook=url))
        assert answer.status_code == (200 if taken else 400)
        assert taken or message(answer) == text
    async with make_mock(**chosen(webhook_scheme="https")) as mock:
        answer = await post(mock, asked(webhook=url))
        secure = url.startswith("https:")
        assert answer.status_code == (200 if secure else 400)
        assert secure or message(answer) == text


async def test_unknown_fields_are_ignored_and_noted(mock: Mock) -> None:
    """Decision A13."""
    answer = await post(mock, asked(aspectRatio="ratio_4_3", seed=7))
    assert answer.status_code == 200
    assert "aspectRatio is no field" in answer.headers["x-mock-diagnosis"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"aspectRatio": "ratio_4_3"}, "aspectRatio: Invalid enum value"),
        ({"aspectRatio": "16:9"}, "aspectRatio: Invalid enum value"),
        ({"aspectRatio": 1}, "aspectRatio: Invalid enum value"),
        ({"seed": 7}, "seed: Unrecognized field"),
        ({"extendVideoSettings": {}}, "extendVideoSettings: Unrecognized field"),
        ({"a": 1, "b": 2, "prompt": ""}, "extendVideoSettings.prompt: Prompt is required"),
    ],
)
async def test_unknown_fields_can_be_refused(make_mock: MakeMock, more: Json, text: str) -> None:
    """Decision A13: the documented message about a field that the endpoint does not have."""
    async with make_mock(**chosen(unknown_fields="strict")) as mock:
        assert message(await post(mock, asked(**more))) == text
        for ratio in ("ratio_9_16", "ratio_16_9", "ratio_1_1"):
            assert (await post(mock, asked(aspectRatio=ratio))).status_code == 200


@pytest.mark.parametrize("status", ["400", "402", "403"])
async def test_not_enough_credits(make_mock: MakeMock, status: str) -> None:
    """Decision A6; a price of 1 for every four seconds, decision A16."""
    async with make_mock(**chosen(no_credits_status=status)) as mock:
        balance = {"provider": "hooked", "key": "poor", "balance": 3}
        assert (await mock.request("PUT", "/_mock/credits", json=balance)).status_code == 200
        answer = await post(mock, asked(targetDuration=16), key="poor")
        assert message(answer, int(status)) == "Not enough credits"
        await submit(mock, asked(targetDuration=12), key="poor")
        assert message(await post(mock, asked(), key="poor"), int(status)) == "Not enough credits"
        await submit(mock, asked(targetDuration=60), key="rich")


async def test_a_video_of_another_key_is_not_found(mock: Mock) -> None:
    """Decision A12; polling with the project's id finds nothing either (client rule 12)."""
    id = await submit(mock)
    for wanted, key in ((id, "another"), ("vid_extend_nowhere", "test-key")):
        answer = await ask(mock, "GET", f"/v1/video/{wanted}", key=key)
        assert said(answer, 404) == {"success": False, "message": "Video not found"}
    project = (await poll(mock, id))["projectId"]
    assert (await ask(mock, "GET", f"/v1/video/{project}")).status_code == 404


async def test_a_result_is_no_media_unless_the_setting_says_so(mock: Mock) -> None:
    """Decision A14."""
    id = await submit(mock)
    await mock.advance(LONG)
    assert message(await post(mock, asked(media=id)), 404) == "Media not found"


@pytest.mark.parametrize("status", ["400", "402", "403"])
def test_every_chosen_status_of_a_refusal_is_declared(status: str) -> None:
    contract = document.load("hooked", {"no-credits-status": status, "envelope": "flat"})
    reply = hooked.refuse(Problem("no-credits"), call(), blind(contract))
    assert isinstance(reply, Reply)
    assert reply.status == int(status)
    assert Checker(contract).reply(contract.operation("extendVideo"), reply, {}) == ()
