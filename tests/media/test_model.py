"""Values that other packages build on."""

import subprocess
import sys
from typing import Any

from mockserver.media.model import Excerpt, Still
from tests.media.media_steps import wish

SLOW = {"av", "PIL", "numpy", "aiohttp"}


def test_model_costs_nothing_to_import() -> None:
    script = f"import sys, mockserver.media.model; assert not {SLOW} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_recipes_and_probe_load_no_codec_before_they_are_called() -> None:
    names = ("recipe", "probe", "render", "still", "excerpt", "cli")
    modules = ", ".join(f"mockserver.media.{name}" for name in names)
    script = f"import sys, {modules}; assert not {SLOW} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_same_wish_and_inputs_have_the_same_key() -> None:
    assert wish().key({"source": "a", "first": "b"}) == wish().key({"first": "b", "source": "a"})


def test_key_changes_with_every_part_of_a_wish_and_every_input() -> None:
    changes: dict[str, Any] = {
        "job": "x",
        "seed": 8,
        "prompt": "y",
        "width": 640,
        "height": 360,
        "rate": 25,
        "frames": 9,
        "cut": (0, 1),
        "blend": 1,
        "sound": "none",
        "picture": "keep",
        "alone": True,
        "pins": (3,),
    }
    keys = {wish()._replace(**{name: value}).key({}) for name, value in changes.items()}
    assert len(keys | {wish().key({}), wish().key({"source": "a"})}) == len(changes) + 2


def test_wish_of_another_job_keeps_the_rest() -> None:
    said = wish(cut=(0, 1), blend=1, sound="none", picture="keep", alone=True, pins=(3,))
    assert said.of("x", 9) == said._replace(job="x", seed=9)


def test_keys_of_stills_and_excerpts_change_with_every_part_and_with_their_video() -> None:
    wanted: list[Still | Excerpt] = [
        Still(),
        Still(of="raw"),
        Still(at="first"),
        Still(format="png"),
        Still(width=320),
        Excerpt(),
        Excerpt(of="raw"),
        Excerpt(start=-8),
        Excerpt(frames=8),
    ]
    keys = {one.key(of) for one in wanted for of in ("a", "b")}
    assert len(keys) == 2 * len(wanted)
    assert all(len(key) == 64 for key in keys)


def test_key_takes_any_text() -> None:
    assert wish(prompt="\ud800 \0 狐").key({}) != wish(prompt="狐").key({})
