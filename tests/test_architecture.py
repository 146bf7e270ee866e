"""The laws of the design that a script can see."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import __version__, providers

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "mockserver"
# Imports go down only. What stands in one row does not know its neighbours.
LAYERS = (
    {"__main__"},
    {"cli", "pytest_plugin"},
    {"demo", "commands_exec", "commands_journal"},
    {"execution"},
    {"commands", "remote", "testing"},
    {"serve"},
    {"rpc"},
    {"app"},
    {"site"},
    {"web"},
    {"world"},
    {"settings", "verdict"},
    {"providers", "webhooks"},
    {"journal", "scenario"},
    {"jobs", "proxy"},
    {"contract", "media"},
    {"egress"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
LONGEST = 400


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    """The layer's name: the module or package right below the root."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The parts of our package that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "mockserver":
            names = [f"mockserver.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            if name.startswith("mockserver."):
                yield name.split(".")[1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    own = part_of(path)
    if own == "__init__":
        return
    for other in set(imported(path)) - {own, "__version__"}:
        assert other in LEVEL, f"{other} has no place in LAYERS"
        assert LEVEL[own] < LEVEL[other], f"{own} imports {other}, which is not below it"


def test_no_provider_is_named_outside_its_home() -> None:
    names = re.compile(rf"\b({'|'.join(providers.NAMES)})\b", re.IGNORECASE)
    strangers = []
    for path in modules():
        at_home = any(path.stem.startswith(name) for name in providers.NAMES)
        if at_home or path == PACKAGE / "providers" / "__init__.py":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if names.search(line):
                strangers.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert strangers == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


def test_every_module_says_what_it_is() -> None:
    silent = [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_every_provider_has_its_parts_and_a_row_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in providers.NAMES:
        for part in (f"specs/{name}.yaml", f"mockserver/providers/{name}.py"):
            assert (ROOT / part).is_file(), part
        assert (ROOT / f"mockserver/demo/{name}.py").is_file()
        assert (ROOT / f"fixtures/requests/{name}").is_dir()
        assert f"| `{name}` |" in readme


def test_the_changelog_begins_with_the_present_version() -> None:
    top = re.search(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert top is not None
    assert top[1] == __version__ == project["version"]


def test_every_runtime_dependency_has_a_lower_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [one for one in project["dependencies"] if ">=" not in one] == []
