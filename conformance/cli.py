"""`conformance`: what it can be asked. Each command's work is elsewhere."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from conformance import commands
from conformance.clients import cli as clients
from conformance.dialects import NAMES
from conformance.exchange import Secrets
from conformance.model import CannotRun
from conformance.options import SECRETS
from conformance.outcome import COULD_NOT
from conformance.receivers import cli as receivers

STOPPED = 130
UNREAD = 141  # as a shell tells of SIGPIPE
ONE = NAMES[0]
ABOUT = f"""
Decides whether an endpoint keeps a provider's contract: our simulator, somebody's server, or the
provider itself within a budget of money. Every case rests on a requirement with a source; what is
documented is a MUST, what was observed a SHOULD, what is inferred is only reported.

  conformance list --provider {ONE:<19} which cases there are
  conformance explain poll.pending-has-no-url     one of them, and who says so
  conformance run --provider {ONE:<20} judge our simulator, in a few seconds
  conformance run --provider {f"{ONE} --target URL":<20} judge yours
  conformance run --help                          profiles, budgets, reports, cassettes
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. 0: conforms; 1: findings; 2: it could not run."""
    args = _parser().parse_args(argv)
    secrets = _secrets(args)
    try:
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except (CannotRun, LookupError) as error:
        told = str(error.args[0]) if error.args else type(error).__name__
        print(f"conformance: could not run: {secrets.text(told)}", file=sys.stderr)
        return COULD_NOT
    except KeyboardInterrupt:
        print("conformance: stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # who reads has seen enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except Exception:  # the one catch-all of the program: a fault of its own, without secrets
        print(secrets.text(traceback.format_exc()), file=sys.stderr)
        print("conformance: could not run: this is a fault of its own", file=sys.stderr)
        return COULD_NOT


def _secrets(args: argparse.Namespace) -> Secrets:
    """What was given that nobody else may see."""
    given = vars(args)
    found = [(str(given.get(name) or ""), f"<{name}>") for name in SECRETS]
    variables = [(given.get(f"{name}_env"), f"<{name}>") for name in SECRETS]
    return Secrets([*found, *((os.environ.get(one or "", ""), name) for one, name in variables)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conformance",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for one in (commands, clients, receivers):
        one.add(subparsers)
    return parser
