"""`conformance`: what it can be asked. Each command's work is elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from conformance import commands
from conformance.model import CannotRun

CANNOT = 2
STOPPED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. 0: conforms; 1: findings; 2: it could not run."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except (CannotRun, LookupError) as error:
        print(f"conformance: {error.args[0] if error.args else error}", file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        print("conformance: stopped", file=sys.stderr)
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conformance",
        description="Whether an endpoint keeps a provider's contract: our simulator, somebody's "
        "server, or the provider itself within a budget.",
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add(subparsers)
    return parser
