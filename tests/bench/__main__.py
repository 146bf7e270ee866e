"""Run the benchmarks and print their table: `make bench`. With --write it goes into README.md.

Each figure is a ratio against something measured in the same run, a size in memory, or a time that
an issue promises.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import http

README = Path(__file__).resolve().parents[2] / "README.md"
START, END = "<!-- figures: written by tests/bench -->", "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing, what it is held against, and whether more or less is better."""

    what: str
    value: float
    wanted: float
    unit: str
    more_is_better: bool = False

    @property
    def good(self) -> bool:
        return self.value >= self.wanted if self.more_is_better else self.value <= self.wanted


def measure() -> Iterator[Figure]:
    """All figures, one after the other."""
    from tests.bench import advances, clients, deliveries, execs, judging, render, worlds

    yield Figure("start to first answer ÷ bare Starlette hello", http.start_ratio(), 1.7, "×")
    creates, polls, _ = http.call_ratios()
    yield Figure("validated creates per second ÷ bare ASGI replies", creates, 0.35, "×", True)
    yield Figure("polls per second ÷ bare ASGI replies", polls, 0.60, "×", True)
    yield Figure(
        "rendering 8 s at 1280x720, 24 fps ÷ encoding ready-made frames", render.ratio(), 1.3, "×"
    )
    yield Figure(
        "extending a 60 s source by 8 s ÷ extending a 5 s one", render.splice_ratio(), 1.25, "×"
    )
    of_aiohttp, of_httpx, _ = deliveries.ratios()
    yield Figure(
        "webhooks delivered per second ÷ the same POSTs by bare aiohttp",
        of_aiohttp,
        0.6,
        "×",
        True,
    )
    yield Figure("webhooks delivered per second ÷ the same POSTs by httpx", of_httpx, 10, "×", True)
    yield Figure(
        "advancing over 10,000 pending jobs with webhooks", advances.seconds(10_000), 3, "s"
    )
    yield Figure("the same per job among 100,000 ÷ among 1,000", advances.growth(), 1.5, "×")
    yield Figure("a create with 100 rules ÷ one without any", worlds.cost_of_rules(), 1.1, "×")
    yield Figure("memory of a world with a job in it", worlds.memory_of_a_world(), 100, "KiB")
    yield Figure(
        "a well-behaved client in every case of one provider, the slowest",
        clients.matrix_seconds(),
        30,
        "s",
    )
    yield Figure("what exec adds to a command that makes one call", execs.added_seconds(), 0.8, "s")
    yield Figure(
        "every hand-written case of all five providers, two at a time",
        judging.written_seconds(),
        20,
        "s",
    )
    yield Figure(
        "the generated cases of one provider, the slowest", judging.generated_seconds(), 60, "s"
    )
    idle, added = http.memory()
    yield Figure("memory when idle", idle, 75, "MiB")
    yield Figure("memory that 10,000 finished jobs add", added, 40, "MiB")


def table(figures: list[Figure]) -> str:
    """The figures as Markdown."""
    lines = ["| what | measured | wanted |", "|---|---|---|"]
    for one in figures:
        sign = "at least" if one.more_is_better else "at most"
        wanted = f"{sign} {one.wanted:g} {one.unit}"
        mark = "" if one.good else " (not met)"
        lines.append(f"| {one.what} | {one.value:.3g} {one.unit}{mark} | {wanted} |")
    return "\n".join(lines)


def main(arguments: list[str], measured: Callable[[], Iterator[Figure]] = measure) -> int:
    """Measure, print, and write into the README if asked to. 1 when a figure is not met."""
    figures = []
    for figure in measured():
        print(f"{figure.what}: {figure.value:.3g} {figure.unit}", file=sys.stderr, flush=True)
        figures.append(figure)
    text = table(figures)
    print(text)
    if "--write" in arguments:
        pattern = re.compile(f"{re.escape(START)}.*{re.escape(END)}", re.DOTALL)
        readme = README.read_text()
        README.write_text(pattern.sub(lambda _: f"{START}\n{text}\n{END}", readme))
    return 0 if all(figure.good for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
