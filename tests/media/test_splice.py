"""Which packets can stay: the laws of cutting a stored order."""

from hypothesis import given
from hypothesis import strategies as some

from mockserver.media.splice import Join, join


@some.composite
def stored(draw: some.DrawFn) -> tuple[list[int], frozenset[int]]:
    """Shown places of packets in stored order: closed groups of mini-groups with B-frames."""
    shown: list[int] = []
    closed = set()
    for sizes in draw(
        some.lists(some.lists(some.integers(0, 4), max_size=4), min_size=1, max_size=5)
    ):
        closed.add(len(shown))
        shown.append(len(shown))
        for between in sizes:
            start = len(shown)
            shown += [start + between, *range(start, start + between)]
    return shown, frozenset(closed)


@given(stored(), some.data())
def test_copied_packets_show_exactly_the_kept_frames(
    made: tuple[list[int], frozenset[int]], data: some.DataObject
) -> None:
    shown, closed = made
    keep = data.draw(some.integers(0, len(shown)))
    again = data.draw(some.integers(keep, len(shown)))
    found = join(shown, closed, keep, again)
    assert sorted(shown[: found.head]) == list(range(found.head))
    assert found.head <= keep
    assert sorted(shown[found.tail :]) == list(range(found.resume, len(shown)))
    assert found.resume >= again
    assert found.tail == len(shown) or found.tail in closed
    copied = [*range(found.head), *range(found.tail, len(shown))]
    assert all(shown[at] + found.delay >= at for at in copied)


@given(stored(), some.data())
def test_no_more_is_encoded_than_the_structure_demands(
    made: tuple[list[int], frozenset[int]], data: some.DataObject
) -> None:
    shown, closed = made
    keep = data.draw(some.integers(0, len(shown)))
    found = join(shown, closed, keep, len(shown))
    heads = [at for at in range(keep + 1) if sorted(shown[:at]) == list(range(at))]
    assert found.head == max(heads)
    again = data.draw(some.integers(0, len(shown)))
    tails = [at for at in closed if at >= again]
    assert join(shown, closed, 0, again).tail == min(tails, default=len(shown))


def test_leading_pictures_keep_a_group_from_standing_alone() -> None:
    """An open group: its keyframe is stored before frames that are shown before it."""
    shown = [0, 1, 4, 2, 3, 5]
    assert join(shown, frozenset({0}), 0, 2) == Join(0, 6, 6, 0)


def test_nothing_is_kept_of_an_empty_side() -> None:
    assert join([0, 1, 2], frozenset({0}), 0, 3) == Join(0, 3, 3, 0)
    assert join([0, 1, 2], frozenset({0}), -4, 0) == Join(0, 0, 0, 0)
