"""A run in the Common Test Report Format (ctrf.io)."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING

from conformance.reports.text import told

if TYPE_CHECKING:
    from conformance.model import Json, Result
    from conformance.reports.account import Account

STATUSES = ("passed", "failed", "skipped", "pending", "other")


def text(account: Account) -> str:
    tests = [_test(one, account) for one in account.results]
    counts = {name: sum(one["status"] == name for one in tests) for name in STATUSES}
    start = round(account.at * 1000)
    stop = start + round(account.seconds * 1000)
    results = {
        "tool": {"name": "conformance", "version": version("mockserver")},
        "summary": {"tests": len(tests), **counts, "start": start, "stop": stop},
        "tests": tests,
        "extra": {"provider": account.provider, "target": account.about, "seed": account.seed},
    }
    told = {"reportFormat": "CTRF", "specVersion": "0.0.0", "results": results}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _test(result: Result, account: Account) -> Json:
    test = {
        "name": result.case.id,
        "status": _status(result),
        "duration": round(result.seconds * 1000),
        "suite": [account.provider, result.case.chapter],
        "tags": [result.case.level, result.case.cost],
        "rawStatus": result.verdict,
    }
    if result.findings:
        first = result.findings[0]
        test["message"] = f"expected {first.expected}; was {first.actual}"
        test["trace"] = told(result, account.again(result.case.id))
    elif result.why:
        test["message"] = result.why
    return test


def _status(result: Result) -> str:
    if result.counts or result.verdict == "engine-error":
        return "failed"
    if result.verdict == "pass":
        return "passed"
    return "other" if result.verdict == "fail" else "skipped"
