"""No credential is kept: not the caller's own, and none that stands under a telling name."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.contract.message import Suggestion, Violation
from mockserver.contract.model import Json
from mockserver.journal import redact
from mockserver.journal.book import MemoryJournal
from mockserver.journal.entry import KEPT_BYTES, Entry

KEY = "sk-4f9b2c7d1e8a"
BEARER = {"authorization": f"Bearer {KEY}"}


def kept(entry: Entry, headers: Mapping[str, str] = BEARER) -> Json:
    journal = MemoryJournal()
    journal.write(entry, headers)
    return next(iter(journal)).show()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "https://h.test/a?job=1&token=s'3\"x#key=y",
            "https://h.test/a?job=1&token=redacted#key=redacted",
        ),
        (
            "https://me:pw@h.test/?signature=a/b+c%20d;x=1",
            "https://redacted@h.test/?signature=redacted;x=1",
        ),
        (
            "https://h.test/?user[token]=x&page_token=2",
            "https://h.test/?user[token]=redacted&page_token=2",
        ),
        (
            "http://h/p?X-Amz-Signature=a&X-Amz-Credential=b#f",
            "http://h/p?X-Amz-Signature=redacted&X-Amz-Credential=redacted#f",
        ),
        ("http://h/p?q=a?token=b", "http://h/p?q=a?token=redacted"),
        ("https://h.test/key/token?seed=7&empty=", "https://h.test/key/token?seed=7&empty="),
    ],
)
def test_an_address_is_shown_without_credentials(url: str, shown: str) -> None:
    assert redact.address(url) == shown


def of_body(body: bytes, size: int = 0) -> Entry:
    return Entry(1, 0.0, "call", request=body[:KEPT_BYTES], request_bytes=size or len(body))


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "X-API-Key",
        "key",
        "token",
        "access_token",
        "refreshToken",
        "client_secret",
        "secret",
        "password",
        "passwd",
        "authorization",
        "signature",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "aws_secret_access_key",
        "AccessKeyId",
        "auth",
        "credentials",
        "pass",
        "sign",
        "hook_key",
        "webhookKey",
        "auth-key",
    ],
)
def test_a_name_that_tells_hides_what_stands_under_it(name: str) -> None:
    assert redact.is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "prompt",
        "nextPageKey",
        "pagination_token",
        "next_page_token",
        "keyframes",
        "keywords",
        "idempotency_key",
        "monkey",
        "author",
        "design",
        "tokenizer",
        "taskId",
        "client_id",
        "",
    ],
)
def test_a_name_that_only_sounds_like_it_hides_nothing(name: str) -> None:
    assert not redact.is_secret(name)


def test_a_body_keeps_everything_but_the_credentials() -> None:
    body = {
        "prompt": f"a key light; my key is {KEY}",
        "client_secret": "hunter2hunter2",
        "webhook": "https://me:pass@example.com/in?token=hunter2&user=me#api_key=x1234",
        "nested": [{"auth": {"user": "me"}, "note": "Bearer abcdefgh.ijkl"}],
        "keyframes": [1, 2],
    }
    assert kept(of_body(orjson.dumps(body)))["request"] == {
        "prompt": "a key light; my key is redacted",
        "client_secret": "redacted",
        "webhook": "https://redacted@example.com/in?token=redacted&user=me#api_key=redacted",
        "nested": [{"auth": "redacted", "note": "Bearer redacted"}],
        "keyframes": [1, 2],
    }


def test_a_body_without_credentials_is_kept_byte_for_byte() -> None:
    body = b'{ "prompt" : "the key light, a monkey\\n and \\u00e9",\t"seeds": 1 }'
    entry = of_body(body)
    assert redact.clean(entry, BEARER) is entry


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"client_id=me&client_secret=hunter2&x=1", "client_id=me&client_secret=redacted&x=1"),
        (b"{'api_key': 'hunter2', 'a': 1}", "{'api_key': 'redacted', 'a': 1}"),
        (b'{"api_key": "hunt\\"er2", "a"', '{"api_key": "redacted", "a"'),
        (b'{"secret": 12345, "a"', '{"secret": redacted, "a"'),
        (b'{"tokens": ["a", "b"], "a"', '{"tokens": redacted, "a"'),
        (b'{"password": "hunter2', '{"password": "redacted"'),
        (b"Authorization: Bearer hunter2", "Authorization: redacted redacted"),
    ],
)
def test_a_body_that_is_no_json_is_read_as_text(body: bytes, shown: str) -> None:
    assert kept(of_body(body), {})["request"] == shown


def test_a_secret_that_is_cut_off_is_taken_out_as_far_as_it_is_there() -> None:
    body = b'{"prompt":"' + b"a" * 2000 + f" {KEY} {KEY} {KEY}".encode() + b'"}'
    for size in range(len(body) - 60, len(body)):
        part = body[:size][-KEPT_BYTES:]
        entry = Entry(1, 0.0, "call", request=part, request_bytes=10_000)
        assert KEY[:4] not in kept(entry)["request"]


def test_the_callers_key_is_nowhere_in_an_entry() -> None:
    violation = Violation("body", f"/{KEY}", "type", f'"{KEY}"', "x", f'is "{KEY}"', "/a")
    entry = Entry(
        1,
        0.0,
        "call",
        target=f"/a/{KEY}?q={KEY}",
        agent=f"curl {KEY}",
        say=f"no {KEY}",
        reply=orjson.dumps({"echo": KEY}),
        violations=(violation,),
        notes=(f"{KEY} was seen",),
        bug=f"KeyError: {KEY}",
        suggestions=(Suggestion(f"body/{KEY}", f"send {KEY}"),),
    )
    for headers in (BEARER, {"x-api-key": KEY}, {"authorization": KEY}):
        assert KEY not in str(kept(entry, headers))


def test_a_secret_of_the_body_is_not_quoted_in_the_diagnosis() -> None:
    violation = Violation(
        "body", "/client_secret", "type", "1234567", "string", "is 1234567, must be string", "/a"
    )
    entry = of_body(b'{"client_secret": 1234567, "password": "hunter2hunter2"}')._replace(
        say="body/x is hunter2hunter2", violations=(violation,)
    )
    shown = str(kept(entry, {}))
    assert "1234567" not in shown
    assert "hunter2hunter2" not in shown
    assert "is redacted, must be string" in shown


def test_a_short_key_is_taken_out_as_a_word_and_a_shorter_one_is_none() -> None:
    entry = of_body(b'{"prompt":"test the tester, test"}')
    assert kept(entry, {"authorization": "test"})["request"] == {
        "prompt": "redacted the tester, redacted"
    }
    assert redact.clean(entry, {"authorization": "te"}).request == entry.request
    assert redact.clean(entry, {"authorization": "Bearer"}).request == entry.request


@pytest.mark.parametrize("key", ["a/b+c=d?e&f", 'quo"te\\slash', "päss", "a b c d e f"])
def test_a_key_is_found_however_it_is_written(key: str) -> None:
    slashed = orjson.dumps({"prompt": key}).replace(b"/", b"\\/")
    ascii = b'{"prompt": "%b"}' % key.encode("ascii", "backslashreplace") if '"' not in key else b""
    for body in filter(None, (orjson.dumps({"prompt": key}), slashed, ascii)):
        assert key not in str(kept(of_body(body), {"x-api-key": key}))
    target = f"/v1/x?q={quote(key, safe='')}"
    shown = kept(Entry(1, 0.0, "call", target=target), {"x-api-key": key})
    assert shown["target"] == "/v1/x?q=redacted"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["key", "prompt"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=6, max_size=60)
keys = visible.map("k9{}".format)  # no word that an entry has anyway


@settings(max_examples=300)
@given(values, keys, st.sampled_from(["Bearer {}", "{}", "Basic {}"]), st.integers(0, 3000))
@example("", "k9000000", "{}", 0)
def test_no_body_that_holds_the_key_gives_it_away(
    value: Json, key: str, way: str, pad: int
) -> None:
    try:
        body = orjson.dumps({"a": value, "b": [{"c": f"x{key}y"}], "d": key, "e": "z" * pad})
    except orjson.JSONEncodeError:
        return
    entry = of_body(body)._replace(target=f"/v/{key}", say=f"is {key!r}", reply=body[:KEPT_BYTES])
    shown = orjson.dumps(kept(entry, {"authorization": way.format(key)})).decode()
    assert key not in shown
    assert key not in shown.replace("\\\\", "\\").replace('\\"', '"')


@settings(max_examples=400)
@given(st.binary(max_size=400), st.dictionaries(st.sampled_from(redact.HEADERS), st.text()))
def test_any_bytes_at_all_are_taken(body: bytes, headers: dict[str, str]) -> None:
    entry = of_body(body)._replace(target=body.decode("latin-1"), say=body.decode("latin-1"))
    shown = kept(entry, headers)
    assert orjson.dumps(shown) or True
    assert redact.secrets(headers, body, entry.target) is not None


def test_the_deepest_nesting_is_taken_too() -> None:
    body = b'{"key":' + b"[" * 1000 + b'"secret"' + b"]" * 1000 + b"}"
    assert kept(of_body(body))["request"] == {"key": "redacted"}
    deep = b'{"a":' + b"[" * 1000 + b'{"key":"hunter2"}' + b"]" * 1000 + b"}"
    assert "hunter2" not in str(kept(of_body(deep))["request"])
