"""The command line: `mockserver serve`, `demo`, `providers`, and so on. `--help` teaches each."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from collections.abc import Sequence

from mockserver import __version__
from mockserver.settings import DEFAULT_PORT, DEFAULT_SPEED, DEFAULT_STEP, UserError

DESCRIPTION = """\
Stands in for paid AI video-extension APIs: the same paths, the same errors, real MP4s, no bill.

  mockserver serve                 start it; then point a client at http://127.0.0.1:8900/<provider>
  mockserver exec -- python x.py   run a program, unchanged, against it
  mockserver demo my.mp4           extend a clip of yours through every provider
  mockserver scenarios             what can be made to go wrong
  mockserver providers             which providers there are, and their settings
  mockserver webhooks list         what a running server sent, and what came of it
  mockserver journal --follow      every call to a running server, and why it was refused
  mockserver media verify out.mp4  which frames of a file are generated, and where the seam lies
"""
REMOTE = """\
refusing to listen on {host}: other machines could then use this server, upload files to it and
make it fetch URLs. Add --allow-remote if that is what you want."""
WARNING = "note: listening on {host}: whoever reaches this machine can use this server"
# Commands whose options take time to load.
SLOW = frozenset({"media", "webhooks", "journal", "explain", "check-request"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. 0 is success, 1 findings, 2 could not run."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser(words)
    args = parser.parse_args(words)
    if not hasattr(args, "run"):
        parser.print_help()
        return 2
    try:
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except UserError as error:
        print(f"mockserver: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mockserver: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # who reads has seen enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as a shell tells of SIGPIPE


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The options of every command; of those that take time to load only if a word asks for it."""
    parser = argparse.ArgumentParser(
        prog="mockserver",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"mockserver {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_serve(commands)
    _add_demo(commands)
    _add_providers(commands)
    _add_scenarios(commands)
    execute = commands.add_parser("exec", help="run a program, unchanged, against the simulator")
    webhooks = commands.add_parser("webhooks", help="what a running server sent; send it again")
    journal = commands.add_parser("journal", help="what happened on a running server")
    told = commands.add_parser("explain", help="why a call was refused, and what to send instead")
    check = commands.add_parser("check-request", help="judge a request without sending it")
    media = commands.add_parser("media", help="make clips; verify results")
    if "exec" in words:
        _add_exec(execute)
    if not SLOW.isdisjoint(words):
        _add_diagnosis(journal, told, check)
        _add_webhooks(webhooks)
        _add_media(media)
    return parser


Commands = argparse._SubParsersAction  # argparse offers no public name for this type


def _add_serve(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "serve",
        help="start the simulator",
        description="Start the simulator. The first line printed says where it listens.",
        epilog=(
            "Examples: mockserver serve --port 0 --seed 7; mockserver serve --clock virtual; "
            "mockserver serve --keys test-1,test-2 --sources strict"
        ),
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port; 0 picks a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--grpc-port",
        type=_port,
        metavar="PORT",
        help="serve gRPC as well, for SDKs that speak it; 0 picks a free port (needs "
        "pip install 'mockserver[grpc]')",
    )
    parser.add_argument(
        "--allow-remote", action="store_true", help="permit an address that is not loopback"
    )
    _add_world(parser)
    parser.add_argument(
        "--public-url", default="", metavar="URL", help="base of the links that replies contain"
    )
    parser.add_argument(
        "--keys",
        default="",
        metavar="A,B",
        help="accept only these keys (default: every well-formed one)",
    )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="WHAT=N",
        help="how much is kept before the oldest goes: jobs (default 20000), entries of the "
        "journal (5000), files (10000), upload-bytes and render-bytes (2147483648 each)",
    )
    parser.add_argument(
        "--log-level",
        choices=("critical", "error", "warning", "info", "debug"),
        default="warning",
        help="of the server's own log, on standard error (default: %(default)s)",
    )
    parser.set_defaults(run=_serve)


def _add_world(parser: argparse.ArgumentParser) -> None:
    """Options of whatever starts a simulator."""
    parser.add_argument(
        "--seed", type=int, help="fixes ids, times and bytes (default: a new one, printed)"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=DEFAULT_SPEED,
        help="how many times faster than real time jobs run (default: %(default)g: a minute "
        "takes three seconds)",
    )
    parser.add_argument(
        "--clock",
        choices=("real", "virtual", "stepped"),
        default="real",
        help="virtual stands still until POST /_mock/clock/advance; stepped moves with every call "
        "to a provider, for clients that only poll (default: %(default)s)",
    )
    parser.add_argument(
        "--step",
        type=_step,
        default=DEFAULT_STEP,
        metavar="SECONDS",
        help="by how much a stepped clock moves with a call (default: %(default)g)",
    )
    parser.add_argument(
        "--provider",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one; may be repeated (default: all)",
    )
    parser.add_argument(
        "--sources",
        choices=("auto", "strict"),
        default="auto",
        help="auto: a source that may not be fetched is made up; strict: it is refused as the "
        "provider would (default: %(default)s)",
    )
    parser.add_argument(
        "--limits",
        choices=("off", "documented"),
        default="off",
        help="rate and concurrency limits per key (default: %(default)s)",
    )
    parser.add_argument(
        "--egress",
        default="loopback",
        metavar="POLICY",
        help="where sources may be fetched from: loopback, private, any, or these plus hosts, as "
        "in 'loopback,cdn.example.com' (default: %(default)s)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PROVIDER.NAME=VALUE",
        help="a provider's switch; see 'mockserver providers --settings'",
    )
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME|FILE",
        help="what shall go wrong: a name of 'mockserver scenarios', or a .toml file with use, "
        "[[rule]] and [scenario.NAME]; may be repeated",
    )
    parser.add_argument(
        "--hostile",
        metavar="SEED[:N]",
        type=_hostile,
        help="take every liberty that the provider has (order and extra fields, empty polls, a 429 "
        "now and then, bodies in pieces, odd headers); deviation N alone with SEED:N",
    )
    parser.add_argument(
        "--no-triggers",
        action="store_true",
        help="let no request ask for a scenario by itself (key+NAME, [[mock:NAME]] in the prompt, "
        "X-Mock-Scenario)",
    )
    parser.add_argument(
        "--config",
        default="",
        metavar="FILE",
        help="switches in a TOML file, a table for each provider: [NAME] and lines such as "
        'switch = "value"; --set goes before it',
    )


def _add_exec(parser: argparse.ArgumentParser) -> None:
    from mockserver import commands_exec

    _add_world(parser)
    parser.add_argument(
        "--port", type=_port, default=0, help="of the simulator (default: a free one)"
    )
    commands_exec.add(parser)


def _add_demo(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "demo",
        help="extend a clip through every provider and check the results",
        description=(
            "Start a simulator on a free port, extend CLIP (or a clip made for the purpose) "
            "through every provider over its real wire format, download, check, and print a table."
        ),
        epilog="Examples: mockserver demo; mockserver demo holiday.mp4 --seconds 6 --out results",
    )
    parser.add_argument("clip", nargs="?", metavar="CLIP", help="your video (MP4; default: made)")
    parser.add_argument(
        "--seconds", type=int, default=5, help="how much to add (default: %(default)s)"
    )
    parser.add_argument("--prompt", default="The camera drifts on. Calm, unhurried.")
    parser.add_argument(
        "--out", default="demo-output", metavar="FOLDER", help="results (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    _add_world(parser)
    parser.set_defaults(run=_demo)


def _add_providers(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "providers",
        help="list the providers, their operations and settings",
        description="List the providers that can be simulated.",
    )
    parser.add_argument("--settings", action="store_true", help="every switch with its evidence")
    parser.add_argument("--operations", action="store_true", help="every operation")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_providers)


def _add_webhooks(parser: argparse.ArgumentParser) -> None:
    from mockserver import remote

    remote.add_webhooks(parser)


def _add_scenarios(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "scenarios",
        help="list what can be made to go wrong",
        description=(
            "List the scenarios: what happens, what a good client does, and who has seen it. "
            "A request asks for one with the header X-Mock-Scenario: NAME, with +NAME at the end "
            "of its key, or with [[mock:NAME]] in its prompt; a server plays one with --scenario."
        ),
        epilog="Example: mockserver scenarios --json",
    )
    parser.add_argument(
        "--provider", action="append", default=[], metavar="NAME", help="only of this one"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_scenarios)


def _add_diagnosis(*parsers: argparse.ArgumentParser) -> None:
    from mockserver import commands_journal as commands

    for add, parser in zip(
        (commands.add_journal, commands.add_explain, commands.add_check), parsers, strict=True
    ):
        add(parser)


def _add_media(parser: argparse.ArgumentParser) -> None:
    from mockserver.media import cli as media

    media.add_arguments(parser)
    parser.set_defaults(run=media.run)


def _serve(args: argparse.Namespace) -> int:
    from mockserver.commands import serve

    if not args.allow_remote and not is_loopback(args.host):
        raise UserError(REMOTE.format(host=args.host))
    if not is_loopback(args.host):
        print(WARNING.format(host=args.host), file=sys.stderr)
    return serve(args)


def _demo(args: argparse.Namespace) -> int:
    from mockserver.demo.run import main as demo

    return demo(args)


def _scenarios(args: argparse.Namespace) -> int:
    from mockserver.commands import list_scenarios

    return list_scenarios(args)


def _providers(args: argparse.Namespace) -> int:
    from mockserver.commands import list_providers

    return list_providers(args)


def is_loopback(host: str) -> bool:
    """Whether listening on a host keeps other machines out."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _hostile(text: str) -> str:
    seed, colon, number = text.partition(":")
    if not seed.isdigit() or (colon and not number.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is neither SEED nor SEED:NUMBER")
    return text


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; allowed: 0 to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; allowed: above 0, up to 1000000")
    return speed


def _step(text: str) -> float:
    try:
        step = float(text)
    except ValueError:
        step = 0.0
    if not 0 < step <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no step; allowed: above 0, up to 86400")
    return step


if __name__ == "__main__":
    raise SystemExit(main())
