"""One run of a command: a simulator is started, the command is run, what was seen is told."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from mockserver import egress
from mockserver.commands import application, settings_of
from mockserver.execution import child, report, surroundings
from mockserver.execution.front import Front
from mockserver.execution.report import Run
from mockserver.jobs.clock import uptime
from mockserver.settings import Settings, UserError
from mockserver.testing.verdict import tally

VIOLATED = 1


def execute(args: argparse.Namespace) -> int:
    """Run the command of some options. The exit status is the command's."""
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UserError("name a program to run: mockserver exec -- python sample.py")
    into = _emptied(args.json)
    try:
        child.found(command)
        run = _run(command, _settings(args), args.port, args.timeout)
    except child.NotStarted as error:
        print(f"mockserver: {error}", file=sys.stderr)
        return error.status
    if into:
        into.write_bytes(orjson.dumps(report.as_json(run), option=orjson.OPT_INDENT_2))
    if not args.quiet:
        print(*(f"mockserver: {line}" for line in report.lines(run)), sep="\n", file=sys.stderr)
    violated = args.fail_on_violation and run.violations and not run.ended.status
    return VIOLATED if violated else run.ended.status


def _run(command: Sequence[str], settings: Settings, port: int, timeout: float) -> Run:
    app = application(settings)
    try:
        front = Front(app, port)
        try:
            ended, seconds = _watched(front, command, timeout)
        finally:
            front.close()
    finally:
        app.close()
    entries = [entry for world, _ in app.all() for entry in world.journal]
    return Run(
        command,
        ended,
        seconds,
        dropped=sum(world.journal.written - len(world.journal) for world, _ in app.all()),
        seed=settings.seed,
        entries=entries,
        tally=tally(entries, app.costs(), app.contracts),
        gate=front.gate,
    )


def _watched(front: Front, command: Sequence[str], timeout: float) -> tuple[child.Ended, float]:
    """How a command ended that was run before a simulator, and the seconds that it took."""
    outward = front.app.settings.policy != egress.Policy()
    front.start()
    trusted = surroundings.bundles(front.authority, front.folder, os.environ, outward=outward)
    found = surroundings.environment(os.environ, front.house, front.app.contracts, trusted)
    began = uptime()
    ended = child.run(command, found, timeout)
    return ended, uptime() - began


def _settings(args: argparse.Namespace) -> Settings:
    settings = settings_of(args)
    return replace(settings, proxied=True, placeholders=settings.sources == "auto")


def _emptied(name: str) -> Path | None:
    """The file of that name, emptied. UserError when there cannot be one."""
    if not name:
        return None
    try:
        Path(name).write_bytes(b"")
    except OSError as error:
        raise UserError(f"--json {name}: {error.strerror}") from None
    return Path(name)
