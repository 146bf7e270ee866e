"""Clips by name."""

import os
from contextlib import suppress
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mockserver.media import recipe
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from mockserver.media.recipe import Recipe, RecipeError
from tests.media.conftest import Clips
from tests.media.media_steps import RATE, frames, grey

NAMES = (
    "320x180-24fps-1s",
    "320x180-30000_1001fps-1s-hevc-noaudio",
    "180x320-60fps-1s",
    "320x180-1s-av1",
    "320x180-1s-vp9-opus",
    "320x180-1s-mpeg4-mp3",
    "320x180-1s-mov-rot90",
    "320x180-1s-rot180",
    "320x180-1s-mov-rot270",
    "320x180-1s-mov-prores-pcm",
    "320x180-1s-mkv-vfr-flac",
    "320x180-1s-vfr",
    "321x181-1s-webm",
    "320x180-1s-webm-vp8",
    "320x180-1s-avi",
    "320x180-png",
    "321x181-jpeg",
    "320x180-webp",
    "2s-mp3",
    "2s-m4a",
    "2s-ogg",
    "2s-ogg-vorbis",
    "2s-wav",
    "2s-flac",
)


def known(clip: Clip) -> dict[str, object]:
    """A clip without what a recipe cannot know before it is made."""
    return {
        name: value
        for name, value in asdict(clip).items()
        if name not in ("key", "bytes", "seconds")
    }


@pytest.mark.parametrize("name", NAMES)
def test_made_clip_is_what_its_recipe_says(name: str, clip: Clips) -> None:
    said, found = recipe.clip_of(recipe.parse(name)), probe(clip(name))
    assert isinstance(found, Clip)
    assert known(found) == known(said)
    slack = 0.05 if found.kind == "audio" or found.variable else 1e-9
    assert found.seconds == pytest.approx(said.seconds, abs=slack)


def test_defaults_are_a_usual_clip() -> None:
    assert recipe.parse("1280x720") == Recipe()
    assert recipe.text(Recipe()) == "1280x720-24fps-5s"


def test_parts_stand_in_any_order_and_an_ending_counts() -> None:
    wanted = Recipe(640, 360, seconds=2.0, codec="hevc", audio="", container="matroska")
    for name in ("640x360-2s-hevc-noaudio-mkv", "mkv-noaudio-hevc-2s-640x360"):
        assert recipe.parse(name) == wanted
    assert recipe.parse("hevc-640x360-2s-silent.mkv") == wanted
    assert recipe.parse("640x360-2s.mp4") == recipe.parse("640x360-2s")


@pytest.mark.parametrize(
    ("said", "rate"),
    [("30000_1001", "30000/1001"), ("29.97", "30000/1001"), ("23.976", "24000/1001"), ("25", "25")],
)
def test_rates_may_be_fractions_or_what_people_call_them(said: str, rate: str) -> None:
    assert recipe.parse(f"320x180-{said}fps").rate == Fraction(rate)


videos = some.sampled_from(sorted(recipe.VIDEO)).flatmap(
    lambda container: some.builds(
        Recipe,
        width=some.integers(8, 1920).map(lambda half: half * 2),
        height=some.integers(8, 1080).map(lambda half: half * 2),
        rate=some.sampled_from(
            [Fraction(24), Fraction(30000, 1001), Fraction(120), Fraction(25, 2)]
        ),
        seconds=some.integers(1, 60_000).map(lambda thousandths: thousandths / 1000),
        codec=some.sampled_from(recipe.VIDEO[container][0]),
        audio=some.sampled_from(["", *recipe.VIDEO[container][1]]),
        container=some.just(container),
        rotation=some.sampled_from([0, 90, 180, 270] if container in ("mp4", "mov") else [0]),
        variable=some.booleans() if container != "avi" else some.just(False),
        defect=some.sampled_from(["", "truncated", "empty", "text"]),
        seed=some.from_regex(r"\A[A-Za-z0-9]{0,8}\Z"),
    )
)


@given(videos)
def test_canonical_name_gives_the_recipe_back(made: Recipe) -> None:
    assert recipe.parse(recipe.text(made)) == made


@given(some.text(max_size=60))
def test_any_other_text_is_a_recipe_error(text: str) -> None:
    with suppress(RecipeError):
        recipe.check(recipe.parse(text))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("640x360-hvec", "did you mean 'hevc'"),
        ("640x360-truncate", "did you mean 'truncated'"),
        ("640x360-640x480", "says size twice"),
        ("9999x9999", "3840"),
        ("4x4", "sides are 16"),
        ("641x360", "even sides"),
        ("640x360-61s", "up to 60 s"),
        ("640x360-0s", "up to 60 s"),
        ("640x360-500fps", "1 to 120 fps"),
        ("640x360-0fps", "1 to 120 fps"),
        ("640x360-24_0fps", "no frame rate"),
        ("640x360-webm-hevc", "allowed: vp9, vp8, av1"),
        ("640x360-webm-aac", "allowed: opus"),
        ("640x360-mkv-rot90", "mp4 and mov"),
        ("640x360-avi-vfr", "variable"),
        ("640x360-mkv-bomb", "mp4 and mov"),
        ("640x360-png-5s", "has no seconds"),
        ("5s-wav-24fps", "has no rate"),
        ("5s-wav-rot90", "for videos"),
        ("", "a name looks like"),
        ("640x360--5s", "a name looks like"),
    ],
)
def test_wrong_name_says_what_is_allowed(name: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said.replace("(", r"\(")):
        recipe.parse(name)


def test_same_recipe_makes_the_same_bytes(tmp_path: Path) -> None:
    wanted = recipe.parse("320x180-1s-seed_a")
    for name in "ab":
        recipe.make(wanted, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_clip_moves_and_its_seed_changes_it(clip: Clips) -> None:
    one, other = (frames(clip(f"320x180-2s-seed_{seed}")) for seed in "ab")
    assert grey(one[0]) != grey(one[24]) != grey(one[47])
    assert grey(one[0]) != grey(other[0])


def test_stand_in_depends_on_the_url_alone_and_lasts_5_to_9_seconds() -> None:
    made = {recipe.stand_in(f"https://example.com/{at}.mp4") for at in range(40)}
    assert len({one.seed for one in made}) == 40
    assert {one.seconds for one in made} == {5.0, 6.0, 7.0, 8.0, 9.0}
    assert recipe.stand_in("https://example.com/1.mp4") in made
    assert all((one.width, one.height, one.rate) == (1280, 720, RATE) for one in made)
    assert all(recipe.parse(recipe.text(one)) == one for one in made)


def test_clip_with_a_defect_is_no_clip() -> None:
    with pytest.raises(RecipeError, match="is no clip"):
        recipe.clip_of(recipe.parse("640x360-truncated"))


def test_making_a_clip_leaves_threads_the_priority_they_had(tmp_path: Path) -> None:
    """AV1's encoder takes the highest there is, where it may."""
    before = policies()
    recipe.make(recipe.parse("64x64-1s-av1-noaudio"), tmp_path / "clip.mp4")
    assert policies() == before


def policies() -> set[int]:
    """How the threads of this process are scheduled; of nobody where that cannot be told."""
    tasks = Path("/proc/self/task")
    found = tasks.iterdir() if tasks.is_dir() else ()
    return {os.sched_getscheduler(int(one.name)) for one in found}
