"""Pictory: credits and what runs out of them, quotas, the ledger, tokens of the older API."""

from __future__ import annotations

import pytest

from mockserver.contract.model import Json
from tests.conftest import MakeMock, Mock, only
from tests.providers.pictory_steps import (
    API,
    IMAGES,
    JOBS,
    KEY,
    LONG,
    PICTURE,
    VIDEOS,
    ask,
    asked,
    ended,
    failed,
    listing,
    made,
    poll,
    refused,
    submit,
)

QUOTA, USAGE, TOKEN = f"{API}/quota", f"{API}/aicredits/usage", f"{API}/oauth2/token"
DAY = 86400.0
CLIENT = {"client_id": "3n9k2", "client_secret": "1u7c5"}


mock = only("pictory")


async def credited(mock: Mock, amount: float) -> None:
    """Set what every key has."""
    body = {"provider": "pictory", "balance": amount}
    answer = await mock.request("PUT", "/_mock/credits", json=body)
    assert answer.status_code == 200, answer.text


async def ai_credits(mock: Mock, key: str = KEY) -> Json:
    answer = await ask(mock, "GET", QUOTA, key=key)
    assert answer.status_code == 200
    return answer.json()["aiCredits"]


async def usage(mock: Mock, **query: str) -> list[Json]:
    answer = await ask(mock, "GET", USAGE, params=query)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    return found


async def test_quotas_are_bare_and_only_ai_credits_move(mock: Mock) -> None:
    """Dossier 1.7."""
    answer = await ask(mock, "GET", QUOTA)
    before = answer.json()
    names = {"videoMinutes", "transcriptionMinutes", "elevenLabsVoiceOverMinutes", "aiCredits"}
    assert set(before) == names
    assert all(set(one) == {"used", "limit"} for one in before.values())
    assert before["aiCredits"] == {"used": 0, "limit": 1_000_000}
    await made(mock, duration="8s")
    await made(mock, IMAGES, model="flux-schnell")
    after = (await ask(mock, "GET", QUOTA)).json()
    assert after == {**before, "aiCredits": {"used": 13.4, "limit": 1_000_000}}
    assert (await ai_credits(mock, "pictai_other"))["used"] == 0


async def test_too_few_credits_are_402_and_no_job(mock: Mock) -> None:
    """Decision A4: synthetic, so the wording says what is missing."""
    await credited(mock, 100)
    await made(mock, duration="8s")
    assert await ai_credits(mock) == {"used": 12.8, "limit": 100}
    answer = await refused(mock, asked(model="veo3.1", duration="8s"), status=402)
    assert answer == {
        "code": "INSUFFICIENT_CREDITS",
        "message": "Insufficient AI credits: 160 needed, 87.2 left",
    }
    await refused(mock, asked(model="veo3.1", duration="6s"), status=402)
    await made(mock, model="veo3.1", duration="4s")
    assert await ai_credits(mock) == {"used": 92.8, "limit": 100}
    await refused(mock, asked(), status=402)
    await made(mock, IMAGES, model="nanobanana")


async def test_too_few_credits_can_fail_the_job_instead(make_mock: MakeMock) -> None:
    """Decision A4, the other way."""
    chosen = {"pictory": {"no-credits": "job"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        await credited(mock, 10)
        data = await failed(mock, duration="8s")
        assert data["error_code"] == "INSUFFICIENT_CREDITS"
        assert data["error_message"] == "Insufficient AI credits: 12.8 needed, 10 left"
        assert await ai_credits(mock) == {"used": 0, "limit": 10}
        await made(mock, duration="5s")


async def test_credits_of_running_jobs_are_held(mock: Mock) -> None:
    await credited(mock, 12)
    await submit(mock)
    assert (await ai_credits(mock))["used"] == 0
    await refused(mock, asked(), status=402)
    await mock.advance(LONG)
    assert await ai_credits(mock) == {"used": 8, "limit": 12}


@pytest.mark.parametrize(("chosen", "used"), [("free", 0), ("charged", 8)])
async def test_a_failed_job_is_free_unless_set_otherwise(
    make_mock: MakeMock, chosen: str, used: float
) -> None:
    settings = {"pictory": {"failed-jobs": chosen}}
    async with make_mock(providers=("pictory",), chosen=settings) as mock:
        view = await ended(mock, extendVideoUrl=PICTURE)
        assert view["data"]["status"] == "failed"
        assert (await ai_credits(mock))["used"] == used


async def test_the_ledger_is_a_bare_list_newest_first(mock: Mock) -> None:
    """Dossier 1.7."""
    assert await usage(mock) == []
    await made(mock, duration="8s")
    await made(mock, IMAGES)
    image, video = await usage(mock)
    assert set(video) == {
        "transactionId",
        "type",
        "amount",
        "source",
        "description",
        "plan",
        "transactionDate",
    }
    assert (video["type"], video["amount"], image["amount"]) == ("debit", 12.8, 2)
    assert video["description"] == "Video pixverse5.5 8s"
    assert image["description"] == "Image seedream3.0"
    assert image["transactionDate"] > video["transactionDate"]
    assert image["transactionId"] != video["transactionId"]


async def test_the_ledger_of_a_month_and_of_a_year(mock: Mock) -> None:
    """Twelve months are kept; a year needs its month (dossier 1.7)."""
    await made(mock)  # in January 2026
    await mock.advance(40 * DAY)
    await made(mock, IMAGES)  # in February
    assert [one["amount"] for one in await usage(mock, year="2026", month="1")] == [8]
    assert [one["amount"] for one in await usage(mock, month="2")] == [2]
    assert await usage(mock, year="2025", month="1") == []
    answer = await ask(mock, "GET", USAGE, params={"year": "2026"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
    await mock.advance(330 * DAY)
    assert [one["amount"] for one in await usage(mock)] == [2], "the first is over a year old"


async def test_the_ledger_outlives_its_jobs(make_mock: MakeMock) -> None:
    async with make_mock(providers=("pictory",), chosen={"pictory": {"record-life": "1"}}) as mock:
        await submit(mock, IMAGES)
        await mock.advance(LONG)
        (one,) = await usage(mock)
        assert (one["amount"], one["description"]) == (2, "AI Studio")


async def test_a_token_of_the_older_api_is_sent_bare_for_an_hour(mock: Mock) -> None:
    """Dossier 1.8: bare, in spite of its token_type; its header of the user is no matter."""
    answer = await mock.request("POST", TOKEN, key="", json=CLIENT)
    assert answer.status_code == 200
    token = answer.json()["access_token"]
    assert answer.json() == {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
    headers = {"Authorization": token, "X-Pictory-User-Id": "someone"}
    answer = await ask(mock, "POST", VIDEOS, key="", headers=headers, json=asked())
    id = answer.json()["data"]["jobId"]
    again = (await mock.request("POST", TOKEN, key="", json=CLIENT)).json()["access_token"]
    assert again != token
    assert (await poll(mock, id, key=again))["job_id"] == id, "it is the same account"
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await ask(mock, "GET", JOBS, key="", headers=bearer)).status_code == 401
    await mock.advance(3600)
    answer = await ask(mock, "GET", f"{JOBS}/{id}", key=again)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


async def test_accounts_of_other_clients_see_nothing(mock: Mock) -> None:
    other = {**CLIENT, "client_id": "another"}
    tokens = [
        (await mock.request("POST", TOKEN, key="", json=body)).json()["access_token"]
        for body in (CLIENT, other)
    ]
    await submit(mock, key=tokens[0])
    assert len((await listing(mock, JOBS, key=tokens[0]))["items"]) == 1
    assert (await listing(mock, JOBS, key=tokens[1]))["items"] == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b'{"client_id": "a"}', "client_secret is required"),
        (b'{"client_id": 1, "client_secret": ""}', "client_id is 1"),
        (b"{", "Request body is not valid JSON"),
    ],
)
async def test_the_older_api_has_the_older_envelope(mock: Mock, sent: bytes, said: str) -> None:
    """Dossier 1.9: the code is a number, under error."""
    headers = {"Content-Type": "application/json"}
    answer = await mock.request("POST", TOKEN, key="", content=sent, headers=headers)
    assert answer.status_code == 400
    assert set(answer.json()) == {"success", "error"}
    assert answer.json()["success"] is False
    assert answer.json()["error"]["error_code"] == 4000
    assert answer.json()["error"]["error_message"].startswith(said)
