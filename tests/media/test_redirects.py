"""Redirects are followed as far as is allowed, and each hop is judged like the first."""

from pathlib import Path

import pytest

from mockserver.egress import Policy
from mockserver.media.model import Trouble
from mockserver.media.sources import Fetched
from tests.media.site import Get, Site


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("ftp://127.0.0.1/a", "bad-url"),
        ("http://10.0.0.1/a", "not-allowed"),
        ("http://clips.example.com/a", "not-allowed"),
    ],
)
async def test_what_the_policy_refuses_is_not_requested(get: Get, url: str, kind: str) -> None:
    answer = await get(url)
    assert isinstance(answer, Trouble)
    assert answer.kind == kind


async def test_a_name_without_address_is_unresolved(get: Get) -> None:
    answer = await get("http://clips.example.com/a", policy=Policy("any"))
    assert isinstance(answer, Trouble)
    assert answer.kind == "unresolved"


async def test_an_allowed_name_is_fetched_from_its_pinned_address(site: Site, get: Get) -> None:
    site.sends("/a", b"x")
    policy = Policy("loopback", frozenset({"clips.example.test"}))
    answer = await get(site.url("/a", "clips.example.test"), policy=policy, names=["127.0.0.1"])
    assert isinstance(answer, Fetched)
    assert f"Host: clips.example.test:{site.port}\r\n" in site.heads[0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_trouble_where_none_is_allowed(
    site: Site, get: Get, into: Path, status: int
) -> None:
    site.sends("/b", b"x")
    answer = await get(site.moves("/a", "/b", status))
    assert answer == Trouble(
        "redirected",
        f"127.0.0.1 answered {status} towards '{site.url('/b')}'; "
        "redirects followed: 0, allowed: 0",
    )
    assert len(site.heads) == 1
    assert not into.exists()


async def test_redirects_are_followed_as_far_as_allowed(site: Site, get: Get) -> None:
    site.moves("/a", "b?x=%2F")
    site.moves("/b?x=%2F", f"//127.0.0.1:{site.port}/c")
    site.sends("/c", b"x")
    assert isinstance(await get(site.url("/a"), redirects=2), Fetched)
    answer = await get(site.url("/a"), redirects=1)
    assert isinstance(answer, Trouble)
    assert answer.kind == "redirected"


async def test_a_redirect_loop_ends(site: Site, get: Get) -> None:
    answer = await get(site.moves("/a", "/a"), redirects=5)
    assert isinstance(answer, Trouble)
    assert answer.kind == "redirected"
    assert len(site.heads) == 6


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://169.254.169.254/latest/meta-data/", "not-allowed"),
        ("http://clips.example.com/", "not-allowed"),
        ("file:///etc/passwd", "bad-url"),
        ("http://[::1", "bad-url"),
        ("http://me:secret@127.0.0.1/", "bad-url"),
    ],
)
async def test_each_hop_is_judged_anew(site: Site, get: Get, location: str, kind: str) -> None:
    answer = await get(site.moves("/a", location), redirects=3)
    assert isinstance(answer, Trouble)
    assert answer.kind == kind


async def test_each_hop_resolves_anew_and_a_rebound_name_is_caught(site: Site, get: Get) -> None:
    policy = Policy("loopback", frozenset({"turn.example.test"}))
    site.moves("/a", "/a")
    answer = await get(
        site.url("/a", "turn.example.test"),
        policy=policy,
        redirects=3,
        names=["127.0.0.1", "169.254.169.254"],
    )
    assert isinstance(answer, Trouble)
    assert answer.kind == "not-allowed"
    assert len(site.heads) == 1


async def test_a_redirect_that_leads_nowhere_is_a_status(site: Site, get: Get) -> None:
    answer = await get(site.says("/a", "HTTP/1.1 302 Found\nContent-Length: 0"), redirects=3)
    assert answer == Trouble("status", "127.0.0.1 answered 302, expected 200")
