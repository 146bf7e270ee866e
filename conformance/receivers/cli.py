"""`conformance receiver`: an endpoint for webhooks is sent what may come, and judged."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from conformance.clients import asked
from conformance.model import LEVELS, CannotRun
from conformance.receivers.letters import WRITERS, letters_of

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from conformance.model import Level
    from conformance.receivers.cases import Case
    from conformance.receivers.desk import Desk

FORMATS = ("junit", "json")
HELP = """
Sends an endpoint what the provider sends (success, failure, every documented body, the same twice,
twenty at once, out of order, states that no page lists) and what attackers send (wrong, missing,
borrowed, old and future signatures, replays, huge and broken bodies), and looks at status and
speed. With --state-url, what it says at that address is compared before and after: then effects
are judged too. {job} in it stands for the job's id.

A receiver that knows its jobs is given some with --job; without, ids are made up.

Exit status: 0 nothing of --level or above was found, 1 something was, 2 it could not run.

examples:
  conformance receiver --provider FIRST --url http://127.0.0.1:5000/hook \\
      --state-url http://127.0.0.1:5000/jobs/{job}
  conformance receiver --provider LAST --url http://127.0.0.1:5000/hook --secret-env HOOK_SECRET
""".replace("FIRST", WRITERS[0]).replace("LAST", WRITERS[-1])


def add(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "receiver",
        help="judge an endpoint that takes webhooks",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--provider", required=True, choices=WRITERS)
    parser.add_argument("--url", required=True, help="the endpoint")
    parser.add_argument("--secret", default="", help="what webhooks are signed with")
    parser.add_argument("--secret-env", default="", metavar="NAME", help="the variable it is in")
    parser.add_argument("--state-url", default="", metavar="URL", help="where its state is told")
    parser.add_argument(
        "--job", action="append", default=[], metavar="ID", help="a job it knows (repeatable)"
    )
    parser.add_argument(
        "--case", action="append", metavar="GLOB", help="only cases like this (repeatable)"
    )
    parser.add_argument(
        "--timeout",
        type=asked.seconds,
        metavar="SECONDS",
        help="how long an answer may take (default: as long as the provider waits)",
    )
    parser.add_argument(
        "--level",
        choices=LEVELS,
        default="must",
        help="from which level on a finding makes the exit status 1 (default: must)",
    )
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="also write junit or json (repeatable)",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(run=receiver)


def receiver(args: argparse.Namespace) -> int:
    """Judge an endpoint: 0 nothing to say, 1 findings, 2 (CannotRun) it could not be judged."""
    for url in filter(None, (args.url, args.state_url)):
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise CannotRun(f"{url!r} is no address; write http://host:port/path")
    if args.secret_env and args.secret_env not in os.environ:
        raise CannotRun(f"--secret-env: there is no variable {args.secret_env}")
    reports = [asked.report(one, FORMATS) for one in args.report]
    rows = asyncio.run(_all(args))
    for kind, path in reports:
        path.write_text(_junit(rows, args.level) if kind == "junit" else _json(rows), "utf-8")
    print(_json(rows) if args.json else _text(rows))
    return int(any(_fails(row, args.level) for row in rows))


async def _all(args: argparse.Namespace) -> list[Any]:
    import httpx

    from conformance.receivers.cases import CASES
    from conformance.receivers.desk import Desk, names

    letters, push = letters_of(args.provider)
    secure = any(one.startswith("https:") for one in (args.url, args.state_url))
    async with httpx.AsyncClient(trust_env=False, verify=secure) as client:
        desk = Desk(
            client=client,
            url=args.url,
            letters=letters,
            push=push,
            secret=args.secret or os.environ.get(args.secret_env, ""),
            state_url=args.state_url,
            timeout=args.timeout or push.timeout,
            jobs=names(args.job, letters.new_job),
        )
        try:
            async with client.stream("GET", args.url, timeout=desk.timeout):
                pass  # whatever it answers: it is there
        except (httpx.ConnectError, httpx.InvalidURL) as error:
            say = f"nothing listens at {args.url}: {error}; start the receiver first"
            raise CannotRun(say) from None
        except httpx.HTTPError:
            print("conformance: a GET was not answered", file=sys.stderr)
        return [await _row(desk, one) for one in _chosen(CASES, args.case or ["*"])]


def _chosen(cases: list[Case], patterns: list[str]) -> list[Case]:
    """The cases that are wanted. CannotRun where a pattern means none."""
    for pattern in patterns:
        if not any(asked.like(one.id, pattern) for one in cases):
            known = ", ".join(one.id for one in cases)
            raise CannotRun(f"no case is like {pattern!r}; there are {known}")
    return [one for one in cases if any(asked.like(one.id, pattern) for pattern in patterns)]


async def _row(desk: Desk, case: Case) -> Any:
    """A case and what came of it."""
    row: Any = {
        "case": case.id,
        "level": case.level,
        "sentence": case.sentence,
        "advice": case.advice,
        "result": "pass",
        "findings": [],
    }
    if why := _lacks(desk, case):
        return {**row, "result": "not-applicable", "why": why}
    found = [one async for one in case.run(desk)]
    if found:
        row["findings"] = [{"say": one.say, "level": one.level or case.level} for one in found]
        row["result"] = min((one["level"] for one in row["findings"]), key=LEVELS.index)
    return row


def _lacks(desk: Desk, case: Case) -> str:
    """What a case needs and does not have."""
    if case.needs == "signature" and not desk.signs:
        return "give --secret" if desk.push.signed else "this provider signs nothing"
    if case.needs == "bodies" and not desk.letters.others("job"):
        return "this provider has one body"
    return ""


def _fails(row: Any, level: Level) -> bool:
    return any(one["level"] in asked.counting(level) for one in row["findings"])


def _text(rows: list[Any]) -> str:
    lines = []
    for row in rows:
        mark = {"pass": "ok", "not-applicable": "–"}.get(row["result"], row["result"].upper())
        lines.append(f"{mark:<7}{row['case']:<32}{row.get('why') or row['sentence']}")
        lines += [f"{'':7}{one['level'].upper()}: {one['say']}" for one in row["findings"]]
        lines += [f"{'':7}to do: {row['advice']}"] if row["findings"] else []
    words = [row["result"] for row in rows]
    told = ", ".join(f"{words.count(word)} {word}" for word in sorted(set(words)))
    return "\n".join([*lines, "", f"{len(rows)} cases: {told}"])


def _json(rows: list[Any]) -> str:
    return json.dumps({"cases": rows}, indent=2)


def _junit(rows: list[Any], level: Level) -> str:
    failed = sum(_fails(row, level) for row in rows)
    skipped = sum(row["result"] == "not-applicable" for row in rows)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuite name='receiver' tests='{len(rows)}' failures='{failed}' errors='0' "
        f"skipped='{skipped}'>",
    ]
    for row in rows:
        lines.append(f"  <testcase classname='receiver' name={quoteattr(row['case'])}>")
        said = "\n".join(one["say"] for one in row["findings"])
        if _fails(row, level):
            lines.append(
                f"    <failure message={quoteattr(row['sentence'])}>{escape(said)}</failure>"
            )
        elif row["result"] == "not-applicable":
            lines.append(f"    <skipped message={quoteattr(row['why'])}/>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>\n"])
