"""The journal is read in pages, in either direction, filtered, and followed."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.journal.book import MemoryJournal
from mockserver.journal.entry import Entry
from mockserver.journal.follow import MOST, Followers
from mockserver.journal.wanted import ALL, Wanted

CALL = Entry(1, 0.0, "call", provider="a", operation="make", owner="me", status=200, job="7")


def journal_of(count: int, limit: int = 100) -> MemoryJournal:
    journal = MemoryJournal(limit)
    for _ in range(count):
        number = journal.number()
        journal.write(CALL._replace(number=number, provider="ab"[number % 2]))
    return journal


def numbers(entries: object) -> list[int]:
    assert isinstance(entries, list)
    return [entry.number for entry in entries]


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (Wanted(), True),
        (Wanted(provider="a", operation="make", job="7", kind="call", owner="me"), True),
        (Wanted(provider="b"), False),
        (Wanted(operation="show"), False),
        (Wanted(job="8"), False),
        (Wanted(kind="delivery"), False),
        (Wanted(owner="you"), False),
        (Wanted(status="200"), True),
        (Wanted(status="2xx"), True),
        (Wanted(status="201"), False),
        (Wanted(status="4xx"), False),
        (Wanted(refused=False), True),
        (Wanted(refused=True), False),
        (Wanted(after=0), True),
        (Wanted(after=1), False),
    ],
)
def test_every_condition_has_to_hold(wanted: Wanted, takes: bool) -> None:
    assert wanted.takes(CALL) is takes


def test_a_refusal_is_one_whatever_its_status() -> None:
    assert CALL._replace(problem="invalid").refused
    assert CALL._replace(status=404).refused
    assert not CALL._replace(say="a note").refused
    assert not CALL._replace(kind="delivery", status=500).refused


def test_pages_go_on_where_the_last_one_ended() -> None:
    journal = journal_of(7)
    first = journal.read(limit=3)
    assert numbers(first.entries) == [1, 2, 3]
    second = journal.read(place=first.next, limit=3)
    assert numbers(second.entries) == [4, 5, 6]
    third = journal.read(place=second.next, limit=3)
    assert (numbers(third.entries), third.next) == ([7], 7)
    journal.write(CALL._replace(number=8))
    assert numbers(journal.read(place=third.next).entries) == [8]


def test_the_newest_come_first_when_asked_for() -> None:
    journal = journal_of(5)
    first = journal.read(limit=2, newest=True)
    assert (numbers(first.entries), first.next) == ([5, 4], 3)
    rest = journal.read(limit=9, newest=True, place=first.next)
    assert (numbers(rest.entries), rest.next) == ([3, 2, 1], None)
    assert numbers(journal.read(Wanted(provider="a"), newest=True, limit=1).entries) == [4]


def test_one_that_ends_late_is_not_missed_by_who_reads_on() -> None:
    journal = MemoryJournal()
    slow, quick = journal.number(), journal.number()
    journal.write(CALL._replace(number=quick))
    page = journal.read()
    journal.write(CALL._replace(number=slow))
    assert numbers(journal.read(place=page.next).entries) == [slow]


def test_who_reads_on_is_told_what_was_dropped() -> None:
    journal = journal_of(10, limit=4)
    assert journal.read().missed
    page = journal.read(place=3)
    assert (numbers(page.entries), page.missed) == ([7, 8, 9, 10], True)
    assert not journal.read(place=6).missed
    assert numbers(journal.read(place=99).entries) == [7, 8, 9, 10]  # of before a reset


def test_one_is_found_by_its_number_while_it_is_kept() -> None:
    journal = journal_of(10, limit=4)
    found = journal.get(8)
    assert found is not None
    assert found.number == 8
    assert journal.get(3) is None
    assert journal.get(11) is None


@given(st.integers(0, 30), st.integers(1, 30), st.integers(1, 7), st.booleans())
def test_pages_together_are_all_that_is_kept(
    count: int, limit: int, page: int, newest: bool
) -> None:
    journal = journal_of(count, limit)
    found: list[int] = []
    place: int | None = None
    for _ in range(40):
        read = journal.read(ALL, place=place, limit=page, newest=newest)
        assert [journal.get(one.number) for one in read.entries] == list(read.entries)
        found += numbers(read.entries)
        place = read.next
        if place is None or not read.entries:
            break
    kept = list(range(max(0, count - limit) + 1, count + 1))
    assert found == (kept[::-1] if newest else kept)


async def test_followers_are_woken_by_what_is_written() -> None:
    followers = Followers()
    journal = MemoryJournal(10, followers)
    with followers.opened() as news, followers.opened() as other:
        assert len(followers) == 2
        journal.write(CALL)
        async with asyncio.timeout(5):
            await news.wait()
        assert other.is_set()
        news.clear()
        followers.end("so")
        assert news.is_set()
    assert (len(followers), followers.over) == (0, "so")


def test_there_is_room_for_so_many() -> None:
    followers = Followers()
    with contextlib.ExitStack() as stack:
        for _ in range(MOST):
            assert not followers.full
            stack.enter_context(followers.opened())
        assert followers.full
