"""Who calls is known by a fingerprint; what is not well-formed is refused with a sentence."""

from __future__ import annotations

import pytest

from mockserver.contract.keys import fingerprint
from mockserver.contract.model import Security
from mockserver.web.credentials import authenticate, masked

BEARER = Security("authorization", "bearer")
RAW = Security("x-api-key", "")
ANY: frozenset[str] = frozenset()


def outcome(security: Security | None, accepted: frozenset[str] = ANY, **sent: str) -> str:
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    owner, problem = authenticate((security,) if security else (), headers, accepted)
    return problem.name if problem else owner


def test_a_key_is_known_by_its_fingerprint_and_not_by_itself() -> None:
    owner = outcome(BEARER, authorization="Bearer secret-key-1")
    assert owner == fingerprint("secret-key-1") == outcome(RAW, x_api_key="secret-key-1")
    assert "secret" not in owner
    assert owner != fingerprint("secret-key-2")


def test_the_scheme_word_is_read_in_any_case() -> None:
    assert outcome(BEARER, authorization="bearer k") == outcome(BEARER, authorization="BEARER  k")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", "Bearer ä", "Bearer \x01"]
)
def test_what_is_no_credential_is_unauthenticated(header: str) -> None:
    assert outcome(BEARER, authorization=header) == "unauthenticated"


def test_no_header_is_unauthenticated_and_an_open_operation_needs_none() -> None:
    assert outcome(BEARER) == outcome(RAW) == "unauthenticated"
    assert outcome(None) == ""


def test_only_the_keys_given_are_accepted() -> None:
    accepted = frozenset({"good"})
    assert outcome(BEARER, accepted, authorization="Bearer good") == fingerprint("good")
    assert outcome(BEARER, accepted, authorization="Bearer evil") == "bad-key"


def test_a_key_is_shown_by_its_ends_only() -> None:
    assert masked("xai-abcdefgh") == "xa***gh"
    assert masked("abcdef") == "***"
