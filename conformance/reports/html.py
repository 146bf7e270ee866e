"""A run as one page that needs nothing else."""

from __future__ import annotations

import json
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from conformance.model import VERDICTS

if TYPE_CHECKING:
    from conformance.model import Finding, Result
    from conformance.reports.account import Account

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem }
details { border-top: 1px solid #ddd; padding: .3rem 0 } summary { cursor: pointer }
pre { background: #f4f4f4; padding: .6rem; overflow-x: auto; font-size: 13px }
.v { display: inline-block; min-width: 6.5em; font-weight: 600 }
.pass { color: #17702c } .fail, .engine-error { color: #b3261e }
.known, .note, .disabled, .blocked, .not-applicable { color: #7a5b00 }
table { border-collapse: collapse } td, th { padding: .1rem .8rem .1rem 0; text-align: left }
"""


def text(account: Account) -> str:
    by_chapter = sorted(account.results, key=lambda one: one.case.chapter)
    chapters = "".join(
        f"<h2>{escape(chapter)}</h2>{''.join(_case(one, account) for one in group)}"
        for chapter, group in groupby(by_chapter, key=lambda one: one.case.chapter)
    )
    counts = ", ".join(f"{account.counts[one]} {one}" for one in VERDICTS if account.counts[one])
    title = f"{account.provider}: {account.outcome.says}"
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1>"
        f"<p>{escape(account.about)}, seed {account.seed}. {counts} in {account.seconds:.1f} s.</p>"
        f"{_ledger(account)}{chapters}</body></html>\n"
    )


def _case(result: Result, account: Account) -> str:
    case = result.case
    kind: str = "known" if result.known else result.verdict
    if result.verdict == "fail" and not result.counts and not result.known:
        kind = "note"
    told = "".join(
        f"<p>{escape(one.says)} <i>({escape(one.evidence.kind)}: {escape(one.evidence.where)}, "
        f"{escape(one.evidence.date)})</i></p>"
        for one in case.requirements
    )
    why = "".join(f"<pre>{escape(one)}</pre>" for one in (result.known, result.why) if one)
    found = "".join(_finding(one) for one in result.findings)
    again = f"<pre>{escape(account.again(case.id))}</pre>"
    shut = "" if result.counts or kind == "engine-error" else "y"
    return (
        f"<details{'' if shut else ' open'}><summary><span class='v {kind}'>{kind}</span>"
        f"<code>{escape(case.id)}</code> {escape(case.level.upper())}: {escape(case.says)}"
        f"</summary>{told}{why}{found}{again}</details>"
    )


def _finding(one: Finding) -> str:
    shown = "".join(
        f"<details><summary>{escape(each.told())}</summary>"
        f"<pre>{escape(json.dumps(each.show(), indent=2, ensure_ascii=False))}</pre></details>"
        for each in one.exchanges
    )
    return (
        f"<table><tr><th>expected<td>{escape(one.expected)}"
        f"<tr><th>actual<td>{escape(one.actual)}</table>{shown}"
    )


def _ledger(account: Account) -> str:
    if not account.ledger:
        return ""
    rows = "".join(
        f"<tr><td>{escape(one['mode'])}<td><code>{escape(one['job'])}</code>"
        f"<td>{one['usd']:.2f} usd<td>{'' if one['planned'] else 'should have been refused'}"
        for one in account.ledger
    )
    budget = "" if account.budget is None else f" of {account.budget:.2f}"
    return (
        f"<details><summary>{len(account.ledger)} jobs, about {account.spent:.2f}{budget} usd at "
        f"the provider's prices</summary><table>{rows}</table></details>"
    )
