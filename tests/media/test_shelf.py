import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.media.shelf import DiskShelf, Shelf

LONG = 5  # seconds until a test that hangs gives up


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shelf"


@pytest.fixture
def shelf(folder: Path) -> Iterator[DiskShelf]:
    shelf = DiskShelf(folder, byte_limit=100)
    yield shelf
    shelf.close()


def writes(size: int) -> Callable[[Path], None]:
    def make(draft: Path) -> None:
        draft.write_bytes(b"x" * size)

    return make


def unwanted(draft: Path) -> None:
    raise AssertionError("made although it was there")


class Kiln:
    """A `make` that stands still until it is let go, and counts how often it was called."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls = 0
        self.begun = threading.Event()
        self.ready = threading.Event()

    def __call__(self, draft: Path) -> None:
        self.calls += 1
        draft.write_bytes(b"half")
        self.begun.set()
        assert self.ready.wait(LONG)
        if self.error:
            raise self.error
        draft.write_bytes(b"whole")

    async def underway(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, LONG)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def tasks_of(shelf: Shelf, kiln: Kiln, count: int) -> list[asyncio.Task[Path]]:
    """So many callers, all of them waiting for the same file in the making."""
    tasks = [asyncio.create_task(_get(shelf, kiln)) for _ in range(count)]
    await kiln.underway()
    return tasks


async def _get(shelf: Shelf, kiln: Kiln) -> Path:
    return await shelf.get("ab", kiln)


# Made once


async def test_a_file_is_made_once_and_found_again(shelf: DiskShelf, folder: Path) -> None:
    assert not shelf.has("ab")
    path = await shelf.get("ab", writes(3))
    assert path == folder / "ab"
    assert path.read_bytes() == b"xxx"
    assert shelf.has("ab")
    assert await shelf.get("ab", unwanted) == path
    assert names(folder) == {"ab"}


async def test_concurrent_callers_share_one_making(shelf: DiskShelf, folder: Path) -> None:
    kiln = Kiln()
    tasks = await tasks_of(shelf, kiln, 5)
    kiln.ready.set()
    assert await asyncio.gather(*tasks) == [folder / "ab"] * 5
    assert kiln.calls == 1


async def test_different_keys_are_made_side_by_side(shelf: DiskShelf) -> None:
    first, second = Kiln(), Kiln()
    tasks = [
        asyncio.create_task(_get_key(shelf, key, kiln))
        for key, kiln in (("aa", first), ("bb", second))
    ]
    await first.underway()
    await second.underway()
    first.ready.set()
    second.ready.set()
    await asyncio.gather(*tasks)


async def _get_key(shelf: Shelf, key: str, kiln: Kiln) -> Path:
    return await shelf.get(key, kiln)


async def test_a_caller_who_leaves_takes_nothing_from_the_others(shelf: DiskShelf) -> None:
    kiln = Kiln()
    first, *others = await tasks_of(shelf, kiln, 3)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    kiln.ready.set()
    assert [path.read_bytes() for path in await asyncio.gather(*others)] == [b"whole"] * 2
    assert kiln.calls == 1


async def test_a_caller_who_leaves_the_queue_takes_nothing_from_the_others(folder: Path) -> None:
    shelf, busy, kiln = DiskShelf(folder, byte_limit=100, workers=1), Kiln(), Kiln()
    tasks = await tasks_of(shelf, busy, 1)
    first, other = (asyncio.create_task(_get_key(shelf, "cd", kiln)) for _ in range(2))
    await asyncio.to_thread(bool)  # one turn of the loop: both stand in the queue
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    busy.ready.set()
    kiln.ready.set()
    await asyncio.gather(other, *tasks)
    assert kiln.calls == 1
    shelf.close()


async def test_a_file_whose_callers_all_left_is_still_finished(folder: Path) -> None:
    shelf, kiln = DiskShelf(folder, byte_limit=100), Kiln()
    for task in await tasks_of(shelf, kiln, 2):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    kiln.ready.set()
    assert (await shelf.get("ab", kiln)).read_bytes() == b"whole"
    assert kiln.calls == 1
    shelf.close()


def test_a_loop_that_ended_meanwhile_is_no_trouble(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shelf, kiln = DiskShelf(folder, byte_limit=100), Kiln()

    async def leave() -> None:
        await tasks_of(shelf, kiln, 1)

    asyncio.run(leave())
    kiln.ready.set()
    assert asyncio.run(_get(shelf, kiln)).read_bytes() == b"whole"
    shelf.close()
    assert caplog.records == []


async def test_an_error_reaches_every_caller_and_the_next_one_tries_again(
    shelf: DiskShelf, folder: Path
) -> None:
    kiln = Kiln(ValueError("no clay"))
    tasks = await tasks_of(shelf, kiln, 3)
    kiln.ready.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(answer) for answer in answers] == ["no clay"] * 3
    assert kiln.calls == 1
    assert names(folder) == set()
    assert (await shelf.get("ab", writes(1))).read_bytes() == b"x"


async def test_a_make_that_writes_nothing_is_an_error(shelf: DiskShelf) -> None:
    with pytest.raises(FileNotFoundError):
        await shelf.get("ab", lambda draft: None)
    assert not shelf.has("ab")


async def test_a_file_that_somebody_deleted_is_made_again(shelf: DiskShelf) -> None:
    (await shelf.get("ab", writes(1))).unlink()
    assert not shelf.has("ab")
    assert (await shelf.get("ab", writes(2))).stat().st_size == 2


async def test_nothing_half_made_is_ever_on_the_shelf(shelf: DiskShelf, folder: Path) -> None:
    kiln = Kiln()
    tasks = await tasks_of(shelf, kiln, 1)
    assert not shelf.has("ab")
    assert not (folder / "ab").exists()
    kiln.ready.set()
    await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    "key", ["", "../ab", "ab/cd", "AB", "xyz", "ab\n", ".", "a" * 129, "ab.0.part"]
)
async def test_a_key_is_hex_and_never_a_path(shelf: DiskShelf, key: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no key"):
        await shelf.get(key, unwanted)
    with pytest.raises(ValueError, match="is no key"):
        shelf.has(key)
    with pytest.raises(ValueError, match="is no key"):
        await shelf.put(key, tmp_path / "offered")
    with pytest.raises(ValueError, match="is no key"):
        async with shelf.hold(key, unwanted):
            pass


# Bounded


async def test_the_least_recently_lent_files_go_first(shelf: DiskShelf, folder: Path) -> None:
    for key in ("aa", "bb", "cc"):
        await shelf.get(key, writes(30))
    await shelf.get("aa", unwanted)
    await shelf.get("dd", writes(30))
    assert names(folder) == {"aa", "cc", "dd"}
    assert not shelf.has("bb")


async def test_a_file_larger_than_the_limit_stays_until_the_next(
    shelf: DiskShelf, folder: Path
) -> None:
    await shelf.get("aa", writes(10))
    await shelf.get("bb", writes(500))
    assert names(folder) == {"bb"}
    await shelf.get("cc", writes(10))
    assert names(folder) == {"cc"}


async def test_an_evicted_file_can_be_read_to_its_end_by_whoever_has_it_open(
    shelf: DiskShelf,
) -> None:
    with (await shelf.get("aa", writes(90))).open("rb") as file:
        await shelf.get("bb", writes(90))
        assert not shelf.has("aa")
        assert len(file.read()) == 90


async def test_a_held_file_is_not_evicted_before_it_is_let_go(
    shelf: DiskShelf, folder: Path
) -> None:
    async with shelf.hold("aa", writes(90)) as path, shelf.hold("aa", unwanted):
        await shelf.get("bb", writes(90))
        assert names(folder) == {"aa", "bb"}
        assert path.stat().st_size == 90
    assert names(folder) == {"aa"}


async def test_a_hold_whose_making_fails_holds_nothing(shelf: DiskShelf, folder: Path) -> None:
    with pytest.raises(AssertionError):
        async with shelf.hold("aa", unwanted):
            pass
    await shelf.get("aa", writes(90))
    await shelf.get("bb", writes(90))
    assert names(folder) == {"bb"}


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60)), max_size=20))
def test_the_shelf_never_exceeds_its_limit_by_more_than_the_last_file(
    tmp_path_factory: pytest.TempPathFactory, wishes: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("shelf")
    shelf = DiskShelf(folder, byte_limit=50)

    async def get_all() -> None:
        for key, size in wishes:
            path = await shelf.get(key, writes(size))
            others = [file for file in folder.iterdir() if file != path]
            used = path.stat().st_size + sum(file.stat().st_size for file in others)
            assert used <= 50 or not others

    asyncio.run(get_all())
    shelf.close()


# Adopted, kept, closed


async def test_a_ready_file_is_taken_over(shelf: DiskShelf, tmp_path: Path) -> None:
    offered = tmp_path / "offered"
    offered.write_bytes(b"ready")
    path = await shelf.put("ab", offered)
    assert path.read_bytes() == b"ready"
    assert not offered.exists()
    assert await shelf.get("ab", unwanted) == path


async def test_a_file_offered_twice_is_kept_once(shelf: DiskShelf, tmp_path: Path) -> None:
    kept = await shelf.get("ab", writes(3))
    offered = tmp_path / "offered"
    offered.write_bytes(b"xxx")
    assert await shelf.put("ab", offered) == kept
    assert not offered.exists()
    assert await shelf.put("ab", kept) == kept
    assert kept.read_bytes() == b"xxx"


async def test_a_file_that_is_not_there_cannot_be_taken_over(
    shelf: DiskShelf, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await shelf.put("ab", tmp_path / "nothing")


async def test_a_later_run_keeps_finished_files_and_removes_the_rest(folder: Path) -> None:
    folder.mkdir()
    for at, name in enumerate(["ab", "cd", "ef", "ab.0.part", "ff.7.part", "NOTES.txt"]):
        (folder / name).write_bytes(b"x" * 40)
        os.utime(folder / name, (at, at))
    shelf = DiskShelf(folder, byte_limit=100)
    assert names(folder) == {"cd", "ef", "NOTES.txt"}
    assert (await shelf.get("cd", unwanted)).stat().st_size == 40
    shelf.close()
    assert names(folder) == {"cd", "ef", "NOTES.txt"}


async def test_a_folder_the_shelf_made_goes_with_it(folder: Path) -> None:
    shelf = DiskShelf(folder / "deep", byte_limit=100)
    await shelf.get("ab", writes(1))
    shelf.close()
    assert not (folder / "deep").exists()


async def test_closing_finishes_what_is_underway_and_refuses_the_rest(folder: Path) -> None:
    folder.mkdir()
    shelf, kiln = DiskShelf(folder, byte_limit=100, workers=1), Kiln()
    await shelf.get("ee", writes(1))
    underway, queued = await tasks_of(shelf, kiln, 1), Kiln()
    behind = asyncio.create_task(_get_key(shelf, "cd", queued))
    await asyncio.to_thread(bool)  # one turn of the loop: it stands in the queue
    closing = threading.Thread(target=shelf.close)
    closing.start()
    with pytest.raises(RuntimeError, match="shelf is closed"):
        await until_refused(shelf, "ee")
    kiln.ready.set()
    assert (await underway[0]).read_bytes() == b"whole"
    with pytest.raises(RuntimeError, match="shelf is closed"):
        await behind
    closing.join()
    assert queued.calls == 0
    assert names(folder) == {"ab", "ee"}


async def until_refused(shelf: Shelf, key: str) -> None:
    while await shelf.get(key, unwanted):
        await asyncio.to_thread(bool)


def test_a_disk_shelf_is_a_shelf(shelf: DiskShelf) -> None:
    some: Shelf = shelf
    assert not some.has("ab")
