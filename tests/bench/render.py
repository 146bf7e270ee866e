"""What rendering costs, as ratios that mean the same on every machine.

`ratio()`: rendering 8 s at 1280x720 and 24 fps, with sound, against encoding the same ready-made
frames with libx264 ultrafast. `splice_ratio()`: extending a 60 s source by 8 s against extending
a 5 s source by 8 s. Run as `python -m tests.bench.render`.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from mockserver.media import recipe, render, scene
from mockserver.media.model import Wish

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

RATE = Fraction(24)
WISH = Wish("bench", 1, "A red fox runs through fresh snow", 1280, 720, RATE, frames=192)
ROUNDS = 15


def ratio(rounds: int = ROUNDS) -> float:
    """Rendering, over encoding the same frames. At most 1.3 is promised."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out.mp4"
        frames = list(scene.alone(WISH, None, None))
        return _ratio(
            lambda: render.render(WISH, {}, out), lambda: _encode(frames, out), rounds=rounds
        )


def splice_ratio(rounds: int = ROUNDS) -> float:
    """Extending a long source, over extending a short one. At most 1.25 is promised."""
    with TemporaryDirectory() as folder:
        long, short = Path(folder) / "60.mp4", Path(folder) / "5.mp4"
        recipe.make(recipe.parse("1280x720-24fps-60s"), long)
        recipe.make(recipe.parse("1280x720-24fps-5s"), short)
        return _ratio(lambda: _extend(long, 1440), lambda: _extend(short, 120), rounds=rounds)


def _ratio(one: Callable[[], None], other: Callable[[], None], *, rounds: int) -> float:
    """The ratio of the best of alternating runs: what disturbs a machine only makes them longer."""
    for work in (one, other):
        work()  # warms caches
    runs = [(_seconds(one), _seconds(other)) for _ in range(rounds)]
    return min(first for first, _ in runs) / min(second for _, second in runs)


def _seconds(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _encode(frames: "list[VideoFrame]", out: Path) -> None:
    """What anybody would write with PyAV."""
    import av

    with av.open(str(out), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WISH.width, WISH.height, "yuv420p"
        for frame in frames:
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _extend(source: Path, frames: int) -> None:
    out = source.with_suffix(".out.mp4")
    render.render(WISH._replace(cut=(frames, frames)), {"source": source}, out)


if __name__ == "__main__":
    print(f"render 8 s / encode the same frames: {ratio():.2f} (at most 1.30)")
    print(f"extend 60 s / extend 5 s, both by 8 s: {splice_ratio():.2f} (at most 1.25)")
