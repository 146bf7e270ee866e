"""Commands that ask a running server, over its control API."""

from __future__ import annotations

import argparse
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import orjson

from mockserver.contract.model import Json
from mockserver.settings import DEFAULT_PORT, UserError

Response = http.client.HTTPResponse

PATIENCE = 60
VARIABLE = "MOCKSERVER_URL"


def add_webhooks(parser: argparse.ArgumentParser) -> None:
    """The options of `mockserver webhooks`."""
    deeds = parser.add_subparsers(title="what to do", metavar="DEED", required=True)
    listing = deeds.add_parser("list", help="the newest first")
    listing.add_argument("--provider", metavar="NAME")
    listing.add_argument("--state", help="waiting, sending, delivered, failed, refused or dropped")
    listing.add_argument("--job", metavar="ID")
    listing.add_argument("--limit", type=int, default=100, metavar="N")
    listing.set_defaults(run=list_webhooks)
    showing = deeds.add_parser("show", help="one with every attempt")
    showing.add_argument("id", metavar="ID", help="or the beginning of one")
    showing.set_defaults(run=show_webhook)
    again = deeds.add_parser("redeliver", help="send one once more, now")
    again.add_argument("id", metavar="ID", help="or the beginning of one")
    again.set_defaults(run=redeliver_webhook)
    for one in (listing, showing, again):
        add_where(one)


def list_webhooks(args: argparse.Namespace) -> int:
    """Print the deliveries of a server, one in a line."""
    query = {name: getattr(args, name) for name in ("provider", "state", "job", "limit")}
    found = ask(args, "GET", "/webhooks", query)
    if args.json:
        print_json(found)
        return 0
    for one in found["webhooks"]:
        print(_line(one))
    if found["total"] > len(found["webhooks"]):
        print(f"{found['total']} in all; --limit shows more")
    return 0


def show_webhook(args: argparse.Namespace) -> int:
    """Print one delivery with everything that happened to it."""
    _print_whole(args, ask(args, "GET", f"/webhooks/{_whole_id(args)}"))
    return 0


def redeliver_webhook(args: argparse.Namespace) -> int:
    """Have one sent again. 1 when it was not received."""
    after = ask(args, "POST", f"/webhooks/{_whole_id(args)}/redeliver")
    _print_whole(args, after)
    return 0 if after["attempts"] and after["attempts"][-1]["delivered"] else 1


def add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        default=os.environ.get(VARIABLE, f"http://127.0.0.1:{DEFAULT_PORT}"),
        help=f"where the server is (default: ${VARIABLE}, or %(default)s)",
    )
    parser.add_argument("--world", default="", metavar="NAME", help="which world (default: none)")
    parser.add_argument("--json", action="store_true")


def _whole_id(args: argparse.Namespace) -> str:
    """The id that begins as given. UserError when it is not just one."""
    found = ask(args, "GET", "/webhooks", {"limit": 1000})["webhooks"]
    ids = [one["id"] for one in found if one["id"].startswith(args.id)]
    if args.id in ids:
        ids = [args.id]
    if len(ids) > 1:
        raise UserError(f"{len(ids)} webhooks begin with {args.id}: {', '.join(ids[:5])}")
    return quote(ids[0] if ids else args.id, safe="")


def ask(args: argparse.Namespace, method: str, path: str, query: Mapping[str, object] = {}) -> Json:
    """What the control API answers. UserError with its words when it refuses."""
    with opened(args, method, path, query) as answer:
        try:
            return orjson.loads(answer.read())
        except orjson.JSONDecodeError:
            raise UserError(f"what answers at {args.url} is no mockserver") from None
        except (OSError, http.client.HTTPException) as error:
            raise UserError(f"{args.url} hung up: {error}") from None


def opened(
    args: argparse.Namespace, method: str, path: str, query: Mapping[str, object] = {}
) -> Response:
    """The control API's answer, to be read and closed. UserError when it refuses."""
    world = f"/w/{quote(args.world, safe='')}" if args.world else ""
    chosen = urlencode({name: value for name, value in query.items() if value is not None})
    url = f"{args.url.rstrip('/')}{world}/_mock{path}" + (f"?{chosen}" if chosen else "")
    try:
        request = urllib.request.Request(url, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        answer: Response = opener.open(request, timeout=PATIENCE)
        return answer
    except urllib.error.HTTPError as error:
        with error:
            raise UserError(_words(error.read(), error.code)) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        why = getattr(error, "reason", error)
        raise UserError(
            f"nobody to ask at {args.url}: {why}; 'mockserver serve' starts a server, "
            f"--url or ${VARIABLE} says where one is"
        ) from None


def _words(body: bytes, status: int) -> str:
    try:
        return str(orjson.loads(body)["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"the server answered {status}"


def _line(one: Json) -> str:
    tries = f"{one['attempts']} attempt{'' if one['attempts'] == 1 else 's'}"
    due = f", next {one['due']}" if one["due"] else ""
    why = f"; {one['why']}" if one.get("why") else ""
    what = f"{one['provider']}.{one['push']}  {one['method']} {one['url']}"
    return f"{one['id'][:12]}  {one['state']:<9}  {what}  {tries}{due}{why}"


def _print_whole(args: argparse.Namespace, one: Json) -> None:
    if args.json:
        print_json(one)
        return
    print(_line({**one, "attempts": len(one["attempts"])}))
    print(f"    job {one['job']}, {one.get('media_type', 'nothing made yet')}")
    if body := one.get("body"):
        print(f"    {orjson.dumps(body).decode()}")
    for attempt in one["attempts"]:
        asked = ", asked for" if attempt["asked"] else ""
        what = attempt.get("why") or f"answered {attempt['status']}"
        print(f"    {attempt['number']}. {attempt['at']}{asked}: {what}")
        for name, text in attempt["request_headers"].items():
            print(f"       {name}: {text}")


def print_json(value: Json) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
