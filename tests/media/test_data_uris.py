"""A data URI is decoded strictly, and its flaw is named."""

import base64
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.media import sources
from mockserver.media.model import Trouble
from mockserver.media.sources import Fetched
from tests.media.site import MIB


def data_uri(content: bytes, prefix: str = "data:video/mp4;base64,") -> str:
    return prefix + base64.b64encode(content).decode()


@settings(deadline=None)
@given(content=st.binary(min_size=1, max_size=200), extra=st.sampled_from([0, 49_150, 98_304]))
def test_a_data_uri_gives_its_bytes_back(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, extra: int
) -> None:
    into = tmp_path_factory.getbasetemp() / "round-trip"
    content += b"x" * extra
    answer = sources.from_data_uri(data_uri(content), into=into, encoded_limit=MIB)
    assert answer == Fetched(into, len(content), "video/mp4", 200)
    assert into.read_bytes() == content


@pytest.mark.parametrize(
    ("prefix", "media_type"),
    [
        ("DATA:Video/MP4;BASE64,", "video/mp4"),
        ("data:video/mp4;codecs=avc1;base64,", "video/mp4"),
        ("data:image/svg+xml;base64,", "image/svg+xml"),
        ("data:audio/mpeg;base64,", "audio/mpeg"),
    ],
)
def test_a_data_uri_may_be_any_medium_in_any_case(into: Path, prefix: str, media_type: str) -> None:
    answer = sources.from_data_uri(data_uri(b"x", prefix), into=into, encoded_limit=4)
    assert answer == Fetched(into, 1, media_type, 200)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("", "does not begin with data:"),
        ("data:video/mp4;base64", "does not begin with data:"),
        ("http://x.test/,", "does not begin with data:"),
        ("data:" + "x" * 300 + ",", "does not begin with data:"),
        ("data:;base64,AAAA", "media type is ''"),
        ("data:text/plain;base64,AAAA", "media type is 'text/plain'"),
        ("data:video/;base64,AAAA", "media type is 'video/'"),
        ("data:video/mp4,AAAA", "no ;base64"),
        ("data:video/mp4;base64;x=y,AAAA", "no ;base64"),
        ("data:video/mp4;base64,", "nothing follows"),
        ("data:video/mp4;base64,AAAA%2BAAA", "percent-encoded at character 5"),
        ("data:video/mp4;base64,AAA%3D", "percent-encoded at character 4"),
        ("data:video/mp4;base64,AAAA AAAA", "white space at character 5"),
        ("data:video/mp4;base64,AAAA\n", "white space at character 5"),
        ("data:video/mp4;base64,AA-_", "URL-safe alphabet at character 3"),
        ("data:video/mp4;base64,AA==AAAA", "padding before the end, at character 3"),
        ("data:video/mp4;base64," + "A" * 65534 + "==AAAA", "padding before the end"),
        ("data:video/mp4;base64,AAAAA", "cut short or wrongly padded"),
        ("data:video/mp4;base64,AAA", "cut short or wrongly padded"),
        ("data:video/mp4;base64,AAAA====", "padding before the end"),
        ("data:video/mp4;base64,====", "padding before the end"),
        ("data:video/mp4;base64,AAA\u00e9", r"holds '\xe9' at character 4"),
        ("data:video/mp4;base64,AAA\ud800", r"holds '\ud800' at character 4"),
        ("data:video/mp4;base64," + "A" * 70_000 + "!AAA", "holds '!' at character 70001"),
    ],
)
def test_a_malformed_data_uri_is_refused_with_its_flaw(into: Path, uri: str, why: str) -> None:
    answer = sources.from_data_uri(uri, into=into, encoded_limit=MIB)
    assert isinstance(answer, Trouble)
    assert answer.kind == "bad-data-uri"
    assert why in answer.detail
    assert len(answer.detail) < 400
    assert not into.exists()


@settings(deadline=None)
@given(payload=st.text(alphabet="AQ/+=-% \né", max_size=12))
def test_what_is_accepted_is_what_base64_would_write(
    tmp_path_factory: pytest.TempPathFactory, payload: str
) -> None:
    into = tmp_path_factory.getbasetemp() / "strict"
    answer = sources.from_data_uri(f"data:video/mp4;base64,{payload}", into=into, encoded_limit=99)
    assert into.exists() is isinstance(answer, Fetched)
    if isinstance(answer, Fetched):
        assert base64.b64decode(payload, validate=True) == into.read_bytes()
        into.unlink()


@pytest.mark.parametrize(("limit", "kind"), [(8, None), (7, "too-large")])
def test_the_limit_counts_what_follows_the_comma(into: Path, limit: int, kind: str | None) -> None:
    answer = sources.from_data_uri(data_uri(b"123456"), into=into, encoded_limit=limit)
    assert (answer.kind if isinstance(answer, Trouble) else None) == kind
    assert into.exists() is (kind is None)
