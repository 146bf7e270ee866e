"""The pytest plugin: `mock_providers` and `mock_env`. Costs nothing until a test asks for one.

Everything else of the package is imported by the fixtures.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from mockserver.testing import MockProviders, Server

MARKERS = (
    "mock_scenario(*names): scenarios that the providers of mock_providers play in this test",
    "mock_seed(number): the seed of this test's world, instead of one made of the test's name",
    "mock_allow_violations(reason): do not fail because calls break a provider's contract",
)
TITLE = "mock providers"
IN_USE = pytest.StashKey["MockProviders"]()
SAID = pytest.StashKey[set[str]]()
TALLY = pytest.StashKey[dict[str, Any]]()
REPORTED = "mock_providers"


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for one in MARKERS:
        config.addinivalue_line("markers", one)


@pytest.fixture(scope="session")
def mock_settings() -> dict[str, Any]:
    """Settings of the session's server: override it to change them (see mockserver.settings)."""
    return {}


@pytest.fixture(scope="session")
def _mock_server(mock_settings: dict[str, Any]) -> Iterator[Server]:
    from mockserver.testing import Server

    with Server(**mock_settings) as server:
        yield server


@pytest.fixture
def mock_providers(request: pytest.FixtureRequest, _mock_server: Server) -> Iterator[MockProviders]:
    """Every provider, in a world of this test's own: `mock_providers.<name>.base_url`."""
    item = request.node
    name, seed = _name(item.nodeid), _seed(item)
    _reasoned(item)
    with _mock_server.world(name, seed) as mock:
        _play(item, mock)
        item.stash[IN_USE] = mock
        item.stash[SAID] = set()  # anew when the test is run again
        yield mock
        del item.stash[IN_USE]
        item.stash[TALLY] = mock.tally
        if said := _news(item, mock):
            pytest.fail(f"after the test, {said}", pytrace=False)


@pytest.fixture
def mock_env(mock_providers: MockProviders, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment variables that known clients read lead to `mock_providers`."""
    found = mock_providers.env
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose calls broke a contract; tell what they did where it fails anyway."""
    try:
        result = yield
    except (Exception, pytest.fail.Exception):
        if (mock := item.stash.get(IN_USE, None)) and (said := _news(item, mock)):
            item.add_report_section("call", TITLE, said)
        raise
    if (mock := item.stash.get(IN_USE, None)) and (said := _news(item, mock)):
        pytest.fail(said, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hand what a test did to whoever sums it up, be it in another process."""
    report = yield
    if call.when == "teardown" and (tally := item.stash.get(TALLY, None)):
        vars(report)[REPORTED] = tally
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Calls, violations, and what the run would have cost."""
    total: dict[str, dict[str, Any]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, row in getattr(report, REPORTED, {}).items():
                _add(total.setdefault(name, {}), row)
    if not total:
        return
    terminalreporter.section(TITLE)
    width = max(map(len, total))
    for name, row in sorted(total.items()):
        cost = f"would have cost {row['cost']:.2f} {row['unit']}" if row["cost"] else "for nothing"
        terminalreporter.line(
            f"{name:{width}}  {_many(row['calls'], 'call')}, "
            f"{_many(row['violations'], 'violation')}, {cost}"
        )


def _name(nodeid: str) -> str:
    """The name of a test's world: readable, and no other test's."""
    import re
    from hashlib import blake2b

    short = re.sub(r"[^A-Za-z0-9_]+", "-", nodeid.rpartition("::")[2]).strip("-")[:40]
    return f"{short}-{blake2b(nodeid.encode(), digest_size=4).hexdigest()}"


def _seed(item: pytest.Item) -> int:
    if marker := item.get_closest_marker("mock_seed"):
        if len(marker.args) != 1 or not isinstance(marker.args[0], int):
            pytest.fail("mock_seed takes a whole number: @pytest.mark.mock_seed(7)", pytrace=False)
        return int(marker.args[0])
    from zlib import crc32

    return crc32(item.nodeid.encode())


def _play(item: pytest.Item, mock: MockProviders) -> None:
    """Play the scenarios that the test is marked with. Those of the nearest marker go first."""
    names = [name for one in item.iter_markers("mock_scenario") for name in one.args]
    if names:
        from mockserver.contract.errors import SpecError

        try:
            mock.scenario(*names)
        except SpecError as error:
            problem = f"mock_scenario: {error}"
        else:
            return
        pytest.fail(problem, pytrace=False)


def _reasoned(item: pytest.Item) -> None:
    marker = item.get_closest_marker("mock_allow_violations")
    if marker and not (marker.args and str(marker.args[0]).strip()):
        pytest.fail("mock_allow_violations wants a reason, in words", pytrace=False)


def _news(item: pytest.Item, mock: MockProviders) -> str:
    """What is to be said against a test and was not said yet."""
    allowed = item.get_closest_marker("mock_allow_violations")
    broken = [] if allowed else mock.violations
    before = item.stash[SAID]
    new = [one for one in (*broken, *mock.escapes, *mock.bugs) if one not in before]
    before.update(new)
    if not new:
        return ""
    text = "\n".join(new)
    if broken:
        text += '\nIf that is meant: @pytest.mark.mock_allow_violations("reason")'
    return text


def _add(total: dict[str, Any], row: dict[str, Any]) -> None:
    total["unit"] = row["unit"]
    for key in ("calls", "violations", "cost"):
        total[key] = total.get(key, 0) + row[key]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
