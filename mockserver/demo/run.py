"""The demo itself: start a simulator, extend a clip through every provider, check, report."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from mockserver.commands import settings_of
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json
from mockserver.demo.wire import Part, Refused, Seen, Wire
from mockserver.jobs.clock import SystemClock
from mockserver.media.model import Clip, Trouble
from mockserver.serve import running
from mockserver.settings import Settings, UserError

if TYPE_CHECKING:
    from mockserver.app import App

MADE = "1280x720-24fps-6s"
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one provider. `problem` says why there is no file, or what is wrong with it."""

    provider: str
    seen: tuple[Seen, ...]
    file: str = ""
    seconds_in: float = 0.0
    seconds_out: float = 0.0
    size: str = ""
    seam: str = ""
    cost: str = ""
    note: str = ""
    problem: str = ""


def main(args: argparse.Namespace) -> int:
    """Run the demo: 0 when every provider gave a good file, 1 when not, 2 when it could not run."""
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    clip = _clip(args.clip, out)
    try:
        rows = _rows(settings_of(args), clip, args.seconds, args.prompt, out)
    except SpecError as error:
        raise UserError(str(error)) from None
    if args.json:
        print(orjson.dumps([_json(row) for row in rows]).decode())
    else:
        print(_table(rows))
    return 1 if any(row.problem for row in rows) else 0


def _rows(settings: Settings, clip: Path, seconds: int, prompt: str, out: Path) -> list[Row]:
    probed = _probed(clip)
    _say(f"{clip}: {probed.width}x{probed.height}, {probed.seconds:.2f} s, {probed.codec}")
    if settings.clock != "real":
        raise UserError("the demo waits for real time; leave --clock out")
    with running(settings) as app:
        _say(f"simulator at {app.address}, seed {settings.seed}, speed {settings.speed:g}")
        return asyncio.run(_all(app, clip, probed, seconds, prompt, out))


async def _all(
    app: App, clip: Path, probed: Clip, seconds: int, prompt: str, out: Path
) -> list[Row]:
    from aiohttp import ClientSession

    async def through(contract: Contract) -> Row:
        clock = SystemClock(app.settings.speed)
        wire = Wire(session, f"{app.address}/{contract.name}", clock, clock.now())
        ticker = asyncio.create_task(_tick(contract.name, wire))
        try:
            row = await _one(app, contract, wire, clip, probed, seconds, prompt, out)
        finally:
            ticker.cancel()
        _say(f"{contract.name}: {row.problem or 'checked'}")
        return row

    async with ClientSession() as session:
        return await asyncio.gather(*(through(contract) for contract in app.contracts))


async def _one(
    app: App,
    contract: Contract,
    wire: Wire,
    clip: Path,
    probed: Clip,
    seconds: int,
    prompt: str,
    out: Path,
) -> Row:
    part: Part = import_module(f"mockserver.demo.{contract.name}")
    note = str(getattr(part, "NOTE", ""))
    taken = 0.0 if note else probed.seconds
    try:
        url = await part.extend(wire, clip, seconds, prompt)
        file = await _download(wire, url, out / f"{contract.name}.mp4")
    except Refused as refusal:
        seen = tuple(wire.seen)
        return Row(contract.name, seen, seconds_in=taken, note=note, problem=str(refusal))
    wire.saw("downloaded")
    row = await _checked(app, contract, wire, file)
    return replace(row, seconds_in=taken, note=note)


async def _download(wire: Wire, url: str, into: Path) -> Path:
    """Fetch a result the way a client should: without credentials."""
    async with wire.session.get(url) as answer:
        if answer.status != 200:
            raise Refused(f"GET {url} → {answer.status}")
        with into.open("wb") as file:
            async for piece in answer.content.iter_chunked(PIECE):
                file.write(piece)
    return into


async def _checked(app: App, contract: Contract, wire: Wire, file: Path) -> Row:
    from mockserver.media.verify import verify

    url = f"{app.address}/_mock/jobs?provider={contract.name}&limit=1000"
    async with wire.session.get(url) as answer:
        jobs = (await answer.json())["jobs"]
    report = await asyncio.to_thread(verify, file, job=jobs[0]["id"])
    if isinstance(report, Trouble):
        return Row(contract.name, tuple(wire.seen), str(file), problem=report.detail)
    return Row(
        provider=contract.name,
        seen=tuple(wire.seen),
        file=str(file),
        seconds_out=report.seconds,
        size=f"{report.clip.width}x{report.clip.height}",
        seam=", ".join(f"{seam.seconds:.2f} s" for seam in report.seams),
        cost=f"{sum(job['cost'] for job in jobs):.2f} {contract.unit}",
        problem="" if report.ok else "; ".join(report.findings),
    )


async def _tick(name: str, wire: Wire) -> None:
    """Show that something goes on."""
    shown = ""
    while True:
        await wire.pause(1)
        latest = wire.seen[-1].state if wire.seen else "submitting"
        if latest != shown:
            shown = latest
            _say(f"{name}: {latest}")


def _clip(given: str | None, out: Path) -> Path:
    from mockserver.media import recipe

    if given is not None:
        path = Path(given)
        if not path.is_file():
            raise UserError(f"{given} is no file")
        return path
    path = out / "source.mp4"
    if not path.is_file():
        _say("no clip given: making one")
        recipe.make(recipe.parse(MADE), path)
    return path


def _probed(clip: Path) -> Clip:
    from mockserver.media.probe import probe

    probed = probe(clip)
    if isinstance(probed, Trouble):
        raise UserError(f"{clip} cannot be used: {probed.detail}")
    if probed.kind != "video":
        raise UserError(f"{clip} is no video but {probed.kind}")
    return probed


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _json(row: Row) -> Json:
    return {
        "provider": row.provider,
        "states": [{"at": round(one.at, 1), "state": one.state} for one in row.seen],
        "file": row.file,
        "seconds_in": row.seconds_in,
        "seconds_out": row.seconds_out,
        "size": row.size,
        "seam": row.seam,
        "cost": row.cost,
        "note": row.note,
        "problem": row.problem,
    }


def _table(rows: list[Row]) -> str:
    head = ("provider", "in", "out", "size", "seam at", "would cost", "file")
    lines = [head] + [
        (
            row.provider,
            f"{row.seconds_in:.2f} s" if row.seconds_in else "-",
            f"{row.seconds_out:.2f} s" if row.seconds_out else "-",
            row.size or "-",
            row.seam or "-",
            row.cost or "-",
            row.file or "-",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = []
    for index, line in enumerate(lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        text.append("  ".join(cells).rstrip())
        if index:
            row = rows[index - 1]
            states = ", ".join(f"{one.state} {one.at:.0f} s" for one in row.seen)
            text.append(f"    states (provider's time): {states}")
            if row.note:
                text.append(f"    note: {row.note}")
            if row.problem:
                text.append(f"    PROBLEM: {row.problem}")
    return "\n".join(text)
