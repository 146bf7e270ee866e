"""The laws of the judge's design that a script can see."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from conformance.dialects import NAMES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "conformance"
ACCUSED = "mockserver"
DOOR = PACKAGE / "targets" / "ours.py"
LONGEST = 400
VALUES = {"model", "exchange", "probe", "clips"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    """The module or package right below the root."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, package: str) -> Iterator[str]:
    """What a module imports of a package when it runs, wherever in it."""
    for node in running(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == package:
            names = [f"{package}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        yield from (name for name in names if name.split(".")[0] == package)


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module without what is for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)


def known_to() -> dict[str, set[str]]:
    """Part → the parts that it imports."""
    found: dict[str, set[str]] = {}
    for path in modules():
        names = {name.split(".")[1] for name in imported(path, "conformance") if "." in name}
        found.setdefault(part_of(path), set()).update(names - {part_of(path)})
    return found


def test_imports_go_down_only() -> None:
    """There are layers: no part is imported by what it imports."""
    assert list(TopologicalSorter(known_to()).static_order())


def test_values_know_nothing_but_values() -> None:
    known = known_to()
    assert {name: known[name] - VALUES for name in VALUES if known[name] - VALUES} == {}


def test_cases_do_not_know_what_they_run_against() -> None:
    found = known_to()["cases"] & {
        "connection",
        "targets",
        "runner",
        "reports",
        "listener",
        "purse",
    }
    assert found == set()


def test_the_judge_knows_the_accused_at_one_door() -> None:
    knowing = [path for path in modules() if set(imported(path, ACCUSED))]
    assert knowing == [DOOR]


def test_the_accused_does_not_know_the_judge() -> None:
    assert [
        path for path in (ROOT / ACCUSED).rglob("*.py") if set(imported(path, "conformance"))
    ] == []


def test_cases_look_only_where_the_provider_does() -> None:
    """What our simulator says beside the provider's wire is no evidence."""
    beside = re.compile(r"x-mock|/_mock", re.IGNORECASE)
    folders = ("cases", "dialects")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in folders
        for path in (PACKAGE / folder).rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if beside.search(line)
    ]
    assert found == []


def test_no_provider_is_named_outside_its_home() -> None:
    names = re.compile(rf"\b({'|'.join(NAMES)})\b", re.IGNORECASE)
    strangers = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in modules()
        if not at_home(path)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if names.search(line)
    ]
    assert strangers == []


def at_home(path: Path) -> bool:
    own = any(path.stem.startswith(name) for name in NAMES)
    return own or path == PACKAGE / "dialects" / "__init__.py"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST
