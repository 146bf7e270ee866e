"""`pytest --pyargs conformance --provider NAME`: the cases as tests. Without that it does nothing.

Its options are made known only to a run that names this package, so that no other project's
options can meet them.
"""

from __future__ import annotations

from typing import Any

import pytest

PACKAGE = "conformance"
PREFIX = "conformance_"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Make the options of `conformance run` known."""
    if "--pyargs" not in args or not any(one.partition("::")[0] == PACKAGE for one in args):
        return
    from conformance.options import add_options

    group = parser.getgroup(PACKAGE, "whose endpoint is judged, and how")

    def add(*names: str, **rest: Any) -> None:
        # pytest-timeout has --timeout; --patience says the same here
        names = tuple(one for one in names if one != "--timeout")
        rest.pop("dest", None)
        group.addoption(*names, dest=PREFIX + names[0][2:].replace("-", "_"), **rest)

    add_options(add)
