"""A run as JUnit XML: a suite per chapter."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from conformance.reports.text import told

if TYPE_CHECKING:
    from conformance.model import Result
    from conformance.reports.account import Account

UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""


def text(account: Account) -> str:
    root = Element("testsuites", name=f"conformance {account.provider}")
    root.set("time", f"{account.seconds:.3f}")
    by_chapter = sorted(account.results, key=lambda one: one.case.chapter)
    for chapter, group in groupby(by_chapter, key=lambda one: one.case.chapter):
        _suite(root, account, chapter, list(group))
    if account.stopped:
        suite = SubElement(root, "testsuite", name="run", tests="1", errors="1")
        case = SubElement(suite, "testcase", classname=account.provider, name="run")
        SubElement(case, "error", message=_fit(account.outcome.says))
    _sum(root)
    indent(root)
    return tostring(root, "unicode", xml_declaration=True) + "\n"


def _suite(root: Element, account: Account, chapter: str, results: list[Result]) -> None:
    suite = SubElement(root, "testsuite", name=chapter, tests=str(len(results)))
    suite.set("failures", str(sum(one.counts for one in results)))
    suite.set("errors", str(sum(one.verdict == "engine-error" for one in results)))
    suite.set("skipped", str(sum(_skipped(one) for one in results)))
    suite.set("time", f"{sum(one.seconds for one in results):.3f}")
    for one in results:
        name = f"{account.provider}.{chapter}"
        case = SubElement(suite, "testcase", classname=name, name=one.case.id)
        case.set("time", f"{one.seconds:.3f}")
        _verdict(case, one, _fit(told(one, account.again(one.case.id))))


def _verdict(case: Element, result: Result, text: str) -> None:
    if result.counts:
        first = result.findings[0]
        message = f"expected {first.expected}; was {first.actual}"
        SubElement(case, "failure", message=_fit(message), type=result.case.level).text = text
    elif result.verdict == "engine-error":
        SubElement(case, "error", message="a fault of the judge").text = text
    elif _skipped(result):
        why = result.known or result.why or "inferred, and only reported"
        SubElement(case, "skipped", message=_fit(f"{result.verdict}: {why}"))
        if result.verdict == "fail":
            SubElement(case, "system-out").text = text


def _skipped(result: Result) -> bool:
    """Whether a case neither speaks for the endpoint nor against it."""
    return not result.counts and result.verdict not in ("pass", "engine-error")


def _sum(root: Element) -> None:
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(one.get(name, "0")) for one in root)))


def _fit(text: str) -> str:
    return UNFIT.sub("\ufffd", text)
