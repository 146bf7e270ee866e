"""The command that runs a program, unchanged, against a simulator of its own."""

from __future__ import annotations

import argparse
import sys

from mockserver.settings import UserError

SPEED = 100.0


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `mockserver exec`, besides those of whatever starts a simulator."""
    parser.description = (
        "Run a program, unchanged, so that its calls to the providers' own host names reach a "
        "simulator, through a proxy and certificates that exist for this run alone. The exit "
        "status is the program's; what was called, refused and spent is told on standard error."
    )
    parser.epilog = (
        "Examples: mockserver exec -- python sample.py; mockserver exec --scenario rate_limited "
        "--fail-on-violation -- npm test"
    )
    parser.set_defaults(speed=SPEED, run=_execute)
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="end the program when it has run so long; the exit status is then 124",
    )
    parser.add_argument(
        "--fail-on-violation",
        action="store_true",
        help="exit with 1 where the program succeeded and its calls broke a contract",
    )
    parser.add_argument("--json", default="", metavar="FILE", help="write the report as JSON too")
    parser.add_argument("--quiet", action="store_true", help="do not print the report")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...")


def _execute(args: argparse.Namespace) -> int:
    if sys.platform == "win32":
        raise UserError("exec needs what Windows lacks: process groups; use serve and a base URL")
    from mockserver.execution.run import execute

    return execute(args)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds
