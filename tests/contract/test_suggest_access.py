"""A key sent in another way, and a path that is none, are told the right one."""

from __future__ import annotations

import pytest

from mockserver.contract.model import Json
from tests.contract.suggest_steps import adviser, call_of, checker

KEY = "abcdefgh"
BEARER = "send the key as 'Authorization: Bearer <key>'"
RAW = "send the key as 'Authorization: <key>'"
HEADER = "send the key as 'x-api-key: <key>'"
BY_BEARER = "('Authorization: Bearer <key>' is how kie.ai and LTX and xAI want it)"
BY_HEADER = "('x-api-key: <key>' is how Hooked wants it)"
BY_ITSELF = "('Authorization: <key>' is how Pictory AI Studio wants it)"
ACCESS = [
    ("kie", {"x-api-key": KEY}, {}, f"{BEARER}, not in x-api-key {BY_HEADER}"),
    ("kie", {"authorization": KEY}, {}, f"{BEARER}, with the word before the key {BY_ITSELF}"),
    ("kie", {"authorization": f"Basic {KEY}"}, {}, f"{BEARER}, not as Basic"),
    ("kie", {"api-key": KEY}, {}, f"{BEARER}, not in api-key"),
    ("kie", {}, {"api_key": KEY}, f"{BEARER}, not in the query"),
    (
        "pictory",
        {"authorization": f"Bearer {KEY}"},
        {},
        f"{RAW}, without the word Bearer {BY_BEARER}",
    ),
    (
        "hooked",
        {"authorization": f"Bearer {KEY}"},
        {},
        f"{HEADER}, not in authorization {BY_BEARER}",
    ),
]


@pytest.mark.parametrize(("provider", "headers", "query", "expected"), ACCESS)
def test_a_key_that_was_sent_in_another_way_is_told_the_right_one(
    provider: str, headers: Json, query: Json, expected: str
) -> None:
    operation = next(one for one in checker(provider).contract.operations if one.security)
    call = call_of(operation, headers=headers, query=query)
    [one] = adviser(provider).admission(operation, call)
    assert one.say == expected
    assert "abcdefgh" not in str(one)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer abcdefgh"}, {"accept": "key"}])
def test_a_key_that_is_missing_or_sent_right_gets_no_advice(headers: Json) -> None:
    operation = checker("kie").contract.operation("extend")
    assert adviser("kie").admission(operation, call_of(operation, headers=headers)) == ()


PATHS = [
    ("xai", "POST", "/v1/video/extensions", ["may be meant as /v1/videos/extensions"]),
    ("xai", "POST", "/v1/Videos/Extensions", []),  # two words wrong
    ("kie", "POST", "/veo/extend", ["may be meant as /api/v1/veo/extend"]),
    ("kie", "POST", "/kie/api/v1/veo/extend", ["may be meant as /api/v1/veo/extend"]),
    ("ltx", "POST", "/v3/extend", ["may be meant as /v2/extend", "may be meant as /v1/extend"]),
    ("xai", "POST", "/v2/extend", ["is a path of LTX: /ltx/v2/extend"]),
    ("kie", "GET", "/v1/jobs/7", []),
    ("kie", "GET", "/", []),
    ("kie", "GET", "/favicon.ico", []),
    ("kie", "POST", "/" + "a/" * 500, []),
]


@pytest.mark.parametrize(("provider", "method", "path", "expected"), PATHS)
def test_a_path_that_is_none_may_be_near_one_or_anothers(
    provider: str, method: str, path: str, expected: list[str]
) -> None:
    found = adviser(provider).elsewhere(method, path)
    assert [one.say for one in found] == [f"{path} {one}" for one in expected]
