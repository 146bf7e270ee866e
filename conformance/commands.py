"""The commands that judge endpoints: list and run."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from conformance.contract import Contract
from conformance.dialects import NAMES, dialect_of
from conformance.model import LEVELS, CaseEnded, Result
from conformance.registry import cases_of, chosen

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the commands."""
    one = subparsers.add_parser("list", help="the cases of a provider")
    one.add_argument("--provider", choices=NAMES, required=True)
    one.set_defaults(run=list_cases)
    one = subparsers.add_parser("run", help="judge an endpoint")
    one.add_argument("--provider", choices=NAMES, required=True)
    one.add_argument("--case", action="append", default=[], metavar="ID|GLOB")
    one.add_argument("--seed", type=int, default=0)
    one.set_defaults(run=run_cases)


def list_cases(args: argparse.Namespace) -> int:
    for case in cases_of(args.provider):
        print(f"{case.level:6} {case.cost:11} {case.id}: {case.says}")
    return 0


def run_cases(args: argparse.Namespace) -> int:
    cases = chosen(cases_of(args.provider), args.case, LEVELS)
    results = asyncio.run(_run(args, cases))
    return int(any(one.counts for one in results))


async def _run(args: argparse.Namespace, cases: list) -> list[Result]:  # type: ignore[type-arg]
    from conformance.purse import Purse
    from conformance.reports.text import Text
    from conformance.runner import run
    from conformance.target import Target
    from conformance.targets.ours import ours

    async with ours(args.provider, seed=args.seed) as connection:
        purse = Purse(None, connection.door.now)
        target = Target(dialect_of(args.provider), Contract(args.provider), connection, purse)
        show = Text(sys.stdout, again=f"conformance run --provider {args.provider}")
        results = []
        async for event in run(target, cases, args.seed):
            show(event)
            if isinstance(event, CaseEnded):
                results.append(event.result)
        return results
