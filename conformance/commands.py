"""The commands that judge endpoints: list, explain and run."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import baseline, explain, profile
from conformance.dialects import NAMES, dialect_of
from conformance.estimate import Line, estimate
from conformance.model import LEVELS, CannotRun, Case, CaseEnded, RunEnded, RunStarted
from conformance.options import MAX_EXAMPLES, Options, add_options, options
from conformance.registry import cases_of, chosen
from conformance.reports import KINDS, report
from conformance.reports.account import Account

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from conformance.model import Result
    from conformance.reports.text import Progress

ONE, OTHER = NAMES[0], NAMES[-1]
RUN_HELP = f"""
Without --target our simulator is started in this process, in virtual time: that is the quickest
look at what a provider requires. With --target anything that speaks HTTP is judged. Cases run in
this order: reads that are free, calls that have to be refused before they are billed, one job per
mode that all cases share, jobs that a case makes for itself.

Verdicts: pass; fail; not-applicable (nothing is promised there); disabled (what it needs was not
given, or the budget does not allow it); blocked (something before it failed); engine-error (a fault
of the judge's own).
Exit status: 0 conforms, 1 findings, 2 could not run.

examples:
  conformance run --provider {ONE}
  conformance run --provider {ONE} --target http://127.0.0.1:9000/{ONE} --key-env KEY
  mockserver serve --keys conformance-key-one,conformance-key-two --limits documented \\
      --sources strict &
  conformance run --provider {OTHER} --target http://127.0.0.1:8900/{OTHER} --speed 20
  conformance run --provider {ONE} --target https://HOST-OF-THE-API --key-env API_KEY --live \\
      --budget 2.00usd --dry-run
  conformance run --provider {ONE} --case 'reject.*' --level must --report junit=out.xml
  conformance run --provider {ONE} --report json=known.json
  conformance run --provider {ONE} --baseline known.json
  conformance run --provider {ONE} --cassette tapes && \\
      conformance run --provider {ONE} --cassette tapes --replay
"""


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the commands."""
    plain = argparse.RawDescriptionHelpFormatter
    one = subparsers.add_parser("list", help="the cases of a provider, or of all")
    one.add_argument("--provider", choices=NAMES)
    one.add_argument("--json", action="store_true", help="as JSON")
    one.set_defaults(run=list_cases)
    one = subparsers.add_parser(
        "explain", help="a case: what it requires, who says so, what it sends, what it costs"
    )
    one.add_argument("case", metavar="CASE", help="its id, or a glob")
    one.add_argument("--provider", choices=NAMES)
    one.set_defaults(run=explain_case)
    one = subparsers.add_parser(
        "run", help="judge an endpoint", formatter_class=plain, epilog=RUN_HELP
    )
    add_options(one.add_argument)
    _add_more(one)
    one.set_defaults(run=run_cases)


def _add_more(one: argparse.ArgumentParser) -> None:
    """What only the command line knows."""
    one.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="cases at a time, where time is real (default: 1); the report's order is the same",
    )
    one.add_argument(
        "--max-examples",
        type=int,
        metavar="N",
        help="requests made up for each operation; 0 leaves the generated cases out, as do --live "
        f"and --cassette (default: {MAX_EXAMPLES})",
    )
    one.add_argument(
        "--dry-run", action="store_true", help="only tell what would be run and what it would cost"
    )
    one.add_argument(
        "--baseline", metavar="FILE", help="an earlier JSON report: only new findings count"
    )
    one.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="KIND=FILE",
        help="junit=out.xml, json=out.json, html=out.html or ctrf=out.json; may be repeated",
    )
    one.add_argument(
        "--cassette",
        metavar="DIR",
        help="record every exchange there, without keys and without the bytes of media",
    )
    one.add_argument(
        "--replay", action="store_true", help="judge what --cassette has recorded, offline"
    )
    one.add_argument(
        "--json", action="store_true", help="the JSON report on standard output, the rest on error"
    )


def list_cases(args: argparse.Namespace) -> int:
    """Print the cases that apply."""
    cases = [one for name in _providers(args) for one in cases_of(name)]
    if args.json:
        print(json.dumps([explain.shown(one) for one in cases], indent=2, ensure_ascii=False))
        return 0
    for case in cases:
        who = "" if args.provider else f"{case.provider:8} "
        print(f"{who}{case.level:6} {case.cost:11} {case.id}: {case.says}")
    return 0


def explain_case(args: argparse.Namespace) -> int:
    """Print what there is to know of a case."""
    if args.case in NAMES:
        print(explain.provider(dialect_of(args.case)), end="")
        return 0
    known = [one for name in _providers(args) for one in cases_of(name)]
    wanted = chosen(known, [args.case], LEVELS)
    print("\n".join(explain.text(group) for group in explain.grouped(wanted)), end="")
    return 0


def _providers(args: argparse.Namespace) -> Sequence[str]:
    return [args.provider] if args.provider else NAMES


def run_cases(args: argparse.Namespace) -> int:
    """Judge an endpoint."""
    from conformance.reports import text
    from conformance.session import needs_extra

    needs_extra()
    given = {name: value for name, value in vars(args).items() if name != "run"}
    asked = options(given)
    writers = [_writer(one) for one in args.report]
    cases = planned(asked)
    lines = estimate(dialect_of(asked.provider), cases)
    out = sys.stderr if args.json else sys.stdout
    if asked.live or asked.dry_run:
        about = asked.target or "our simulator"
        out.write(text.plan(asked.provider, about, lines, asked.budget))
    if asked.dry_run:
        for one in cases:
            out.write(f"{one.level:6} {one.cost:11} {one.id}\n")
        return 0
    account = asyncio.run(_judge(asked, cases, lines, text.Progress(out)))
    out.write(text.text(account))
    for write in writers:
        write(account)
    if args.json:
        from conformance.reports.json import text as as_json

        sys.stdout.write(as_json(account))
    return account.outcome.status


def planned(asked: Options) -> list[Case]:
    """The cases of a run, in their order."""
    from conformance.runner import in_order

    known = list(cases_of(asked.provider))
    if asked.max_examples and not (asked.live or asked.cassette):
        from conformance.properties.cases import generated

        known += generated(asked.provider, seed=asked.seed, max_examples=asked.max_examples)
    found = chosen(known, asked.cases, asked.levels)
    return in_order(dialect_of(asked.provider), found)


async def _judge(
    asked: Options, cases: Sequence[Case], lines: Sequence[Line], show: Progress
) -> Account:
    """Run cases and tell of them; also when the run is broken off, as money may be spent."""
    from conformance.runner import run
    from conformance.session import session

    known = baseline.load(asked.baseline, asked.provider) if asked.baseline else frozenset()
    everything = cases_of(asked.provider)
    deviations = profile.load(asked.profile, everything) if asked.profile else ()
    results: list[Result] = []
    started = RunStarted(asked.provider, "", (), asked.seed)
    ended = None
    async with session(asked) as (target, seed):
        try:
            async for event in run(target, cases, seed, asked.workers):
                show(event)
                match event:
                    case RunStarted():
                        started = event
                    case CaseEnded(result):
                        results.append(result)
                    case RunEnded():
                        ended = event
        except (asyncio.CancelledError, CannotRun) as error:
            ledger = tuple(one.show() for one in target.purse.ledger)
            why = str(error) if isinstance(error, CannotRun) else "interrupted"
            ended = RunEnded(tuple(results), 0.0, ledger, target.secrets.text(why))
    show.end()
    assert ended is not None
    found = profile.judged(ended.results, deviations, date.today())
    return Account(
        asked.provider,
        started.about or asked.target,
        started.seed,
        started.at,
        baseline.judged(found, known),
        ended.seconds,
        ended.ledger,
        lines,
        target.purse.budget,
        asked.again,
        ended.stopped,
    )


def _writer(told: str) -> Callable[[Account], None]:
    """What writes a report that was asked for as KIND=FILE. CannotRun before anything is run."""
    kind, _, name = told.partition("=")
    if kind not in KINDS or not name:
        raise CannotRun(f"--report {told!r}: give KIND=FILE with a kind of {', '.join(KINDS)}")
    make, file = report(kind), Path(name)
    if not file.parent.is_dir():
        raise CannotRun(f"--report {told!r}: there is no folder {file.parent}")

    def write(account: Account) -> None:
        file.write_text(make(account), "utf-8")

    return write
