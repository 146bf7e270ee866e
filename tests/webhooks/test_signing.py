"""A signature is right for what was sent, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.webhooks.signing import signed, verify
from tests.webhooks.webhook_steps import SIGNATURE

ID, STAMP = "ee9c2715375b7837f8bb51d641ff5863", 1769670760
HEX = SIGNATURE._replace(
    encoding="hex",
    message="{timestamp}.{body}",
    headers=(("Signed", "t={timestamp},v1={signature}"),),
)
RIGHT = {
    "x-webhook-timestamp": "1769670760",
    "x-webhook-signature": "m3+NmxQBt4/yyl28BoWSz0A573t8x4oHKV4WX0jU2CA=",
}


def low(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): text for name, text in headers.items()}


def test_a_signature_is_the_one_of_the_test_vector() -> None:
    assert low(signed(SIGNATURE, ID, STAMP, b"{}")) == RIGHT


def test_a_signature_over_the_body_in_hexadecimal_and_one_header() -> None:
    headers = signed(HEX, "", 5, b'{"a": 1}')
    name, text = next(iter(headers.items()))
    assert (name, text[:7], len(text)) == ("Signed", "t=5,v1=", 7 + 64)
    assert verify(HEX, low(headers), b'{"a": 1}', (), now=5) == ""
    assert "does not match" in verify(HEX, low(headers), b'{"a": 2}', (), now=5)


@pytest.mark.parametrize(
    ("changed", "now", "why"),
    [
        ({}, STAMP + 300, ""),
        ({}, STAMP - 300, ""),
        ({}, STAMP + 301, "the timestamp is 301 s away from now, 300 allowed"),
        ({"x-webhook-timestamp": "1769670761"}, STAMP, "the signature does not match what came"),
        ({"x-webhook-signature": "AAAA"}, STAMP, "the signature does not match what came"),
        ({"x-webhook-signature": "ÄÄ"}, STAMP, "the signature does not match what came"),
        (
            {"x-webhook-timestamp": "soon"},
            STAMP,
            "the header X-Webhook-Timestamp is not of the form {timestamp}",
        ),
        ({"x-webhook-signature": None}, STAMP, "the header X-Webhook-Signature is missing"),
    ],
)
def test_why_a_signature_is_not_trusted(
    changed: dict[str, str | None], now: float, why: str
) -> None:
    headers = {name: text for name, text in {**RIGHT, **changed}.items() if text is not None}
    assert verify(SIGNATURE, headers, b"", ("other", ID), now=now) == why


@given(
    id=st.text(max_size=40),
    stamp=st.integers(0, 10**11),
    body=st.binary(max_size=200),
    other=st.binary(max_size=200),
)
def test_what_is_signed_is_verified_and_nothing_else_is(
    id: str, stamp: int, body: bytes, other: bytes
) -> None:
    whole = SIGNATURE._replace(message="{id}.{timestamp}.{body}")
    headers = low(signed(whole, id, stamp, body))
    assert verify(whole, headers, body, [id], now=stamp) == ""
    assert bool(verify(whole, headers, other, [id], now=stamp)) == (body != other)
    assert verify(whole._replace(secret="guess"), headers, body, [id], now=stamp) != ""
    assert verify(whole, headers, body, [], now=stamp) != ""
