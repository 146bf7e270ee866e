"""From a method and a path to an operation: exact paths first, patterns second."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from mockserver.contract.message import NOTHING
from mockserver.contract.model import Contract, Operation

LONGEST = 300
RECENT = 512  # paths whose routes are remembered: clients poll the same one again and again


class Route(NamedTuple):
    """Where a call goes. Without an operation, `problem` says which core error it is."""

    operation: Operation | None
    params: Mapping[str, str] = NOTHING
    problem: str = ""
    allowed: tuple[str, ...] = ()


NO_ROUTE = Route(None, problem="no-route")


class Router:
    """The routes of one contract, compiled once."""

    def __init__(self, contract: Contract) -> None:
        self._exact: dict[str, dict[str, Route]] = {}
        self._patterns: dict[int, list[tuple[re.Pattern[str], dict[str, Operation]]]] = {}
        for path, methods in _by_path(contract.operations).items():
            if "{" in path:
                pattern = re.compile(_pattern(path))
                self._patterns.setdefault(path.count("/"), []).append((pattern, methods))
            else:
                self._exact[path] = {name: Route(one) for name, one in methods.items()}
        self._recent = lru_cache(RECENT)(self._find)

    def find(self, method: str, path: str) -> Route:
        """The route of a call; HEAD goes where GET goes."""
        return self._recent(method, path) if len(path) < LONGEST else self._find(method, path)

    def _find(self, method: str, path: str) -> Route:
        if method == "HEAD":
            method = "GET"
        exact = self._exact.get(path)
        if exact is not None:
            return exact.get(method) or _no_method(exact)
        for pattern, methods in self._patterns.get(path.count("/"), ()):
            if match := pattern.fullmatch(path):
                operation = methods.get(method)
                return Route(operation, match.groupdict()) if operation else _no_method(methods)
        return NO_ROUTE


def _no_method(methods: Iterable[str]) -> Route:
    return Route(None, problem="no-method", allowed=tuple(sorted(methods)))


def _by_path(operations: Iterable[Operation]) -> dict[str, dict[str, Operation]]:
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    return paths


def _pattern(path: str) -> str:
    parts = re.split(r"\{([^}]+)\}", path)
    return "".join(
        f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )
