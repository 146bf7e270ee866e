"""The tables of README that are made from the repository, and the matrix of requirements and cases:
`python -m tests.tables` writes them."""

from __future__ import annotations

import re
from pathlib import Path

from mockserver import providers
from mockserver.contract import document
from mockserver.scenario.catalogue import Catalogue
from mockserver.verdict import judge
from tests.clients import found

README = Path(__file__).resolve().parents[1] / "README.md"
TABLES = ("scenarios", "mutants", "rules", "clients")


def scenarios() -> str:
    """Every scenario with what happens in it; those of all providers first."""
    catalogue = Catalogue()
    contracts = [document.load(name) for name in providers.NAMES]
    homes: dict[str, list[str]] = {}
    what: dict[str, str] = {}
    for contract in contracts:
        for name in catalogue.names(contract.name):
            scenario = catalogue.find(name, contract)
            key = name if not scenario.provider else f"{contract.name}:{name}"
            homes.setdefault(key, []).append(contract.name)
            what[key] = scenario.what
    common = [key for key in what if ":" not in key]
    own = [key for key in what if ":" in key]
    rows = [f"| `{key}` | {_homes(homes[key])} | {what[key]} |" for key in (*common, *own)]
    return "\n".join(["| scenario | of | what happens |", "|---|---|---|", *rows])


def rules() -> str:
    """Every rule that clients are judged by."""
    every = judge.rules({name: document.load(name) for name in providers.NAMES})
    rows = [f"| `{one.id}` | {one.level.name} | {one.sentence} |" for one in every]
    return "\n".join(["| rule | level | what a good client keeps |", "|---|---|---|", *rows])


def _homes(names: list[str]) -> str:
    return "all" if len(names) == len(providers.NAMES) else ", ".join(names)


def written(text: str) -> str:
    """README with its tables made anew."""
    from tests.mutants import score

    made_of = (scenarios(), score.table(), rules(), found.table())
    for name, table in zip(TABLES, made_of, strict=True):
        begin = f"<!-- {name}: written by python -m tests.tables -->"
        end = f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        made = f"{begin}\n{table}\n{end}"
        text = pattern.sub(lambda _, made=made: made, text)  # type: ignore[misc]
    return text


def main() -> None:
    """Write them."""
    from tests import matrix

    README.write_text(written(README.read_text()))
    matrix.PATH.write_text(matrix.matrix())


if __name__ == "__main__":
    main()
