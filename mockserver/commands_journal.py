"""Commands about what went wrong: a server's journal, an entry of it, a request not yet sent."""

from __future__ import annotations

import argparse
import http.client
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson

from mockserver import providers
from mockserver.contract import document
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json, Operation
from mockserver.journal import story
from mockserver.remote import add_where, ask, opened, print_json
from mockserver.settings import UserError

FILTERS = ("provider", "operation", "job", "kind", "status", "owner")
LARGEST = 512 * 1024 * 1024


def add_journal(parser: argparse.ArgumentParser) -> None:
    """The options of `mockserver journal`."""
    parser.description = "What happened on a running server: every call and why it was refused."
    parser.epilog = "Examples: mockserver journal --refused; mockserver journal --follow --json"
    parser.add_argument("--follow", action="store_true", help="go on as it happens, until Ctrl-C")
    parser.add_argument("--refused", action="store_true", help="only calls that were refused")
    parser.add_argument("--provider", metavar="NAME")
    parser.add_argument("--operation", metavar="ID")
    parser.add_argument("--job", metavar="ID")
    parser.add_argument("--kind", choices=("call", "delivery", "note"))
    parser.add_argument("--status", help="as in 404 or 4xx")
    parser.add_argument("--owner", metavar="FINGERPRINT", help="of the key")
    parser.add_argument("--since", type=int, metavar="N", help="only entries after number N")
    parser.add_argument(
        "--limit", type=int, default=50, metavar="N", help="the last N (default: %(default)s)"
    )
    add_where(parser)
    parser.set_defaults(run=read_journal)


def add_explain(parser: argparse.ArgumentParser) -> None:
    """The options of `mockserver explain`."""
    parser.description = "Tell everything about one call: request, rules, evidence, reply."
    parser.epilog = "Example: mockserver explain 7, after X-Mock-Diagnosis said [journal 7]"
    parser.add_argument(
        "number", nargs="?", type=int, metavar="ID", help="default: the last call that was refused"
    )
    add_where(parser)
    parser.set_defaults(run=explain)


def add_check(parser: argparse.ArgumentParser) -> None:
    """The options of `mockserver check-request`."""
    parser.description = (
        "Judge a request without sending it. 0: fine, 1: findings, 2: could not be judged. A field "
        "that would be ignored is a finding where it seems to be meant as another."
    )
    parser.epilog = (
        'Example: echo \'{"prompt": "on"}\' | '
        "mockserver check-request --provider NAME --operation extend -"
    )
    parser.add_argument("--provider", required=True, metavar="NAME")
    parser.add_argument(
        "--operation", required=True, metavar="WHAT", help="an id, a path, or a part of one"
    )
    parser.add_argument(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="may be repeated"
    )
    parser.add_argument(
        "--query", action="append", default=[], metavar="NAME=VALUE", help="may be repeated"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("body", nargs="?", metavar="FILE", help="the body; - is standard input")
    parser.set_defaults(run=check_request)


def read_journal(args: argparse.Namespace) -> int:
    """Print the last entries, and with --follow those to come."""
    wanted: dict[str, object] = {name: getattr(args, name) for name in FILTERS}
    wanted |= {"after": args.since, "refused": "true" if args.refused else None}
    page = ask(args, "GET", "/journal", {**wanted, "order": "newest", "limit": args.limit})
    for entry in reversed(page["entries"]):
        _print_entry(args, entry)
    if args.follow:
        for entry in _told(args, {**wanted, "place": page["end"]}):
            _print_entry(args, entry)
    return 0


def explain(args: argparse.Namespace) -> int:
    """Print the whole story of one entry."""
    number = _last_refused(args) if args.number is None else args.number
    view = ask(args, "GET", f"/journal/{number}")
    if args.json:
        print_json(view)
    else:
        print("\n".join(story.story(view)))
    return 0


def check_request(args: argparse.Namespace) -> int:
    """Judge a request without a server. 1 when there are findings."""
    from mockserver.web import dry

    contract = _contract(args.provider)
    operation, params = _operation(contract, args.operation)
    raw = _body(args.body)
    headers = dict(_pair(one, ":", "--header") for one in args.header)
    query = dict(_pair(one, "=", "--query") for one in args.query)
    verdict = dry.judge(
        contract,
        operation,
        raw,
        headers={name.lower(): text for name, text in headers.items()},
        query=query,
        params=params,
    )
    if args.json:
        print_json(verdict.show())
    else:
        print("\n".join(_verdict(verdict.show())))
    return 0 if verdict.fine else 1


def _last_refused(args: argparse.Namespace) -> int:
    query = {"refused": "true", "order": "newest", "limit": 1}
    entries = ask(args, "GET", "/journal", query)["entries"]
    if not entries:
        raise UserError("no call was refused; 'mockserver journal' lists all, and ID says which")
    return int(entries[0]["number"])


def _print_entry(args: argparse.Namespace, entry: Json) -> None:
    text = orjson.dumps(entry).decode() if args.json else "\n".join(story.lines(entry))
    print(text, flush=True)


def _told(args: argparse.Namespace, query: dict[str, object]) -> Iterator[Json]:
    """The entries that a server tells of as they are written, until it stops."""
    with opened(args, "GET", "/journal/stream", query) as stream:
        name = ""
        try:
            for line in stream:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data" and name == "end":
                    why = orjson.loads(value)["reason"]
                    print(f"mockserver: nothing more comes: {why}", file=sys.stderr)
                elif field == "data" and name != "reset":
                    yield orjson.loads(value)
        except (OSError, http.client.HTTPException) as error:
            raise UserError(f"{args.url} hung up: {error}") from None


def _verdict(view: Json) -> Iterator[str]:
    named = f"{view['method']} {view['path']}, operation {view['operation']} of {view['provider']}"
    yield f"{named}: " + ("fine" if view["fine"] else "not fine")
    if view["violations"]:
        yield from story.reasons(view["violations"], view["spec"])
    elif "say" in view:
        yield f"  {view['say']}"
    if view["suggestions"]:
        yield from story.hints(view["suggestions"])
    for one in view["notes"]:
        yield f"note: {one}"
    if "answer" in view:
        body = view["answer"]["body"]
        text = body if isinstance(body, str) else orjson.dumps(body).decode()
        yield f"the answer would be {view['answer']['status']}: {text}"


def _contract(name: str) -> Contract:
    if name not in providers.NAMES:
        raise UserError(f"--provider {name}: there are {', '.join(providers.NAMES)}")
    try:
        return document.load(name)
    except SpecError as error:
        raise UserError(str(error)) from None


def _operation(contract: Contract, wanted: str) -> tuple[Operation, dict[str, str]]:
    """The operation of an id, a path or a part of one, with the parameters of the path."""
    path = wanted.removeprefix(f"/{contract.name}/") if wanted.startswith("/") else wanted
    path = f"/{path.lstrip('/')}"
    for one in contract.operations:
        if wanted == one.id:
            return one, _stand_ins(one)
    found = {one.id: (one, _params(one, path)) for one in contract.operations}
    exact = [(one, params) for one, params in found.values() if params is not None]
    if exact:
        best = max(exact, key=lambda pair: (pair[0].path == path, bool(pair[0].bodies)))
        return best[0], best[1] or _stand_ins(best[0])
    word = wanted.lower()
    some = [
        one for one in contract.operations if word in one.id.lower() or word in one.path.lower()
    ]
    for narrower in (_current, _creating):
        some = narrower(some) or some
    if len(some) == 1:
        return some[0], _stand_ins(some[0])
    known = ", ".join(one.id for one in some or contract.operations)
    what = "is part of several" if some else "is no operation"
    raise UserError(f"--operation {wanted} {what} of {contract.name}: {known}")


def _current(some: list[Operation]) -> list[Operation]:
    return [one for one in some if not one.deprecated]


def _creating(some: list[Operation]) -> list[Operation]:
    return [one for one in some if one.does in ("create", "wait")]


def _params(operation: Operation, path: str) -> dict[str, str] | None:
    """The parameters in a path; None when it is another operation's."""
    if path == operation.path:
        return {}
    parts = re.split(r"\{([^}]+)\}", operation.path)
    pattern = "".join(
        f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )
    match = re.fullmatch(pattern, path)
    return match.groupdict() if match else None


def _stand_ins(operation: Operation) -> dict[str, str]:
    """Something for every parameter of the path, where none was given."""
    return {one.name: one.name for one in operation.parameters if one.place == "path"}


def _body(name: str | None) -> bytes:
    if name is None:
        return b""
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}") from None
    if len(raw) > LARGEST:
        raise UserError(f"{name}: more than {LARGEST} bytes")
    return raw


def _pair(text: str, sign: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    if not found or not name.strip():
        raise UserError(f"{option}: write NAME{sign}VALUE")
    return name.strip(), value.strip()
