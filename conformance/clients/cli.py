"""`conformance client`: a command is put into every case of a provider, and judged."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.clients import asked, text
from conformance.dialects import NAMES
from conformance.model import LEVELS, CannotRun

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from conformance.clients.run import Judged, Wanted
    from conformance.clients.simulator import Simulator

FORMATS = ("junit", "json", "html")
PER_CORE = 20  # cases at a time: clients sleep for most of theirs
MOST = 200  # cases at a time
HELP = """
Runs COMMAND once in each case, each time in a world of its own in which one thing goes wrong, and
judges it by the calls it made and by its exit status: 0 says that it has the video, anything else
that it has none. These words in COMMAND are filled in; the environment has them too:

  {base_url}  MOCK_BASE_URL   stands for the provider's host
  {key}       MOCK_KEY        a key that is accepted
  {source}    MOCK_SOURCE     what to extend: a URL or an id, as the provider wants it
  {timeout}   MOCK_TIMEOUT    seconds until it is stopped: its own limit should be shorter
  {out}       MOCK_OUT        where it may put the video, to have it compared
  {speed}     MOCK_SPEED      how many times faster than real time the provider lives in that case

The variables that known clients of the provider read are set as well. The provider's time runs
fast, so that a job takes seconds; polls and pauses are judged in the command's own seconds, as it
sleeps in real time. A command that divides its sleeping by {speed} says so with --scaled.

Exit status: 0 nothing of --level or above was found, 1 something was, 2 it could not run.

examples:
  conformance client --provider NAME -- python my_client.py {base_url} {key} {source}
  conformance client --provider NAME --case 'poll-*' --timeout 60 -- ./client.sh
  conformance client --provider NAME --report junit=out.xml --report html=out.html -- node app.mjs
  conformance client --provider NAME --list
""".replace("NAME", NAMES[0])


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "client",
        help="judge a client: any program, in every case",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--provider", required=True, choices=NAMES)
    parser.add_argument(
        "--case", action="append", metavar="GLOB", help="only cases like this (repeatable)"
    )
    parser.add_argument(
        "--level",
        choices=LEVELS,
        default="must",
        help="from which level on a finding makes the exit status 1 (default: must)",
    )
    parser.add_argument(
        "--timeout",
        type=asked.seconds,
        default=30.0,
        metavar="SECONDS",
        help="how long the command may run in a case (default: 30)",
    )
    parser.add_argument(
        "--jobs",
        type=_count,
        default=min(MOST, PER_CORE * (os.cpu_count() or 1)),
        metavar="N",
        help=f"cases at a time (default: {PER_CORE} for each core)",
    )
    parser.add_argument("--agent", default="", metavar="NAME", help="its name in the report")
    parser.add_argument("--seed", type=int, help="fixes ids and times of the provider")
    parser.add_argument("--scaled", action="store_true", help="the command sleeps by {speed}")
    parser.add_argument(
        "--server", default="", metavar="URL", help="a simulator that runs (default: our own)"
    )
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="also write junit, json or html (repeatable)",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--list", action="store_true", help="list the cases, and run nothing")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND …")
    parser.set_defaults(run=client)


def client(args: argparse.Namespace) -> int:
    """Judge a command: 0 nothing to say, 1 findings, 2 (CannotRun) it could not be judged."""
    words = args.command[1:] if args.command[:1] == ["--"] else args.command
    reports = [asked.report(one, FORMATS) for one in args.report]
    if not words and not args.list:
        raise CannotRun("no command is given: put it behind --, as in `-- python my_client.py`")
    if words and shutil.which(words[0]) is None:
        raise CannotRun(f"there is no command {words[0]!r}; give its path, or install it")
    try:
        return asyncio.run(_stoppable(args, words, reports))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _stoppable(args: argparse.Namespace, words: Sequence[str], reports: list[Any]) -> int:
    """The whole, so that SIGTERM ends it as Ctrl-C does: with everything that was started."""
    task = asyncio.current_task()
    assert task is not None, "it runs in a loop"
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # no main thread
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await _all(args, words, reports)


async def _all(args: argparse.Namespace, words: Sequence[str], reports: list[Any]) -> int:
    from conformance.clients.run import Wanted, chosen, judged
    from conformance.clients.simulator import simulator

    wanted = Wanted(
        provider=args.provider,
        words=tuple(words),
        cases=tuple(args.case or ("*",)),
        agent=args.agent or " ".join(Path(one).name for one in words[:2])[:80] or "-",
        timeout=args.timeout,
        at_once=args.jobs,
        seed=args.seed,
        scaled=args.scaled,
    )
    async with simulator(args.server, args.seed) as one:
        cases = await chosen(one, wanted)
        if args.list:
            _print_cases(cases, as_json=args.json)
            return 0
        _tell(f"{len(cases)} cases of {args.provider}, {args.jobs} at a time, at {one.url}")
        results = []
        async for result in judged(one, wanted, cases):
            _tell(text.line(result))
            results.append(result)
        return await _told(args, one, wanted, results, reports)


async def _told(
    args: argparse.Namespace,
    simulator: Simulator,
    wanted: Wanted,
    results: list[Judged],
    reports: list[Any],
) -> int:
    """Print and write what came of it, and say it in a number."""
    for kind, path in reports:
        query = {"format": kind, "agent": wanted.agent, "level": args.level}
        path.write_text(await simulator.text("/report", **query), encoding="utf-8")
    if args.json:
        whole = await simulator.ask("GET", "/report", agent=wanted.agent)
        print(json.dumps(whole, indent=2))
    else:
        print("\n".join(text.lines(results, args.level)))
    if text.silent(results):
        raise CannotRun(
            "the command made no call in any case: does it call {base_url}, or MOCK_BASE_URL?"
        )
    return int(any(text.failing(one, args.level) for one in results))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _print_cases(cases: list[Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(cases, indent=2))
        return
    for one in cases:
        print(f"{one['id']:<34} {one['what']}")
        print(f"{'':<34} → {one['client']} ({' or '.join(one['allowed'])})")


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to {MOST}")
    return value
