"""What tests share: the whole application in this process, in virtual time, without sockets."""

from __future__ import annotations

import ctypes
import gc
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import lru_cache
from typing import Any

import httpx
import pytest

from mockserver import providers
from mockserver.app import App
from mockserver.contract import document
from mockserver.contract.message import Call
from mockserver.contract.model import Contract, Json
from mockserver.jobs.job import Job
from mockserver.providers.base import Balance, Here
from mockserver.settings import Settings
from mockserver.world.world import World

BASE = "http://mock.test"
HEARD: dict[signal.Signals, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGQUIT: signal.SIG_DFL,
}
DIFFERS = "differs(reason): why the journals of the test are not the same in another run"


def pytest_configure(config: pytest.Config) -> None:
    """Programs that tests start hear signals as from a terminal, also when the tests themselves run
    in the background of a shell, which has its jobs ignore some."""
    config.addinivalue_line("markers", DIFFERS)
    for one, handler in HEARD.items():
        if signal.getsignal(one) is signal.SIG_IGN:
            signal.signal(one, handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without looking for garbage: what is collected stays, and there is much of it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.fixture(scope="module", autouse=True)
def trimmed() -> Iterator[None]:
    """Free memory goes back to the system: what threads decoded leaves holes all over the heap."""
    yield
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own
    if trim is not None:
        trim(0)


class Mock:
    """An application, and a client that talks to a world of it through ASGI."""

    def __init__(self, app: App, client: httpx.AsyncClient, world: World) -> None:
        self.app = app
        self.client = client
        self.world = world

    async def get(self, path: str, *, key: str = "test-key", **rest: Any) -> httpx.Response:
        return await self.request("GET", path, key=key, **rest)

    async def post(self, path: str, *, key: str = "test-key", **rest: Any) -> httpx.Response:
        return await self.request("POST", path, key=key, **rest)

    async def request(
        self, method: str, path: str, *, key: str = "test-key", **rest: Any
    ) -> httpx.Response:
        """Send a request; `key` empty sends no credentials. A breach of our contract fails."""
        headers = httpx.Headers(credentials(path, key) if key else {})
        headers.update(rest.pop("headers", {}))
        answer = await self.client.request(method, path, headers=headers, **rest)
        assert "x-mock-bug" not in answer.headers, self.last()
        return answer

    async def advance(self, seconds: float) -> None:
        """Move the world's virtual clock on."""
        await self.world.clock.advance(seconds)

    async def job(self, id: str) -> Json:
        """A job as the control API shows it."""
        return (await self.get(f"/_mock/jobs/{id}")).json()

    def last(self) -> Json:
        """The newest journal entry."""
        entries = list(self.world.journal)
        return entries[-1].show() if entries else None


def credentials(path: str, key: str) -> dict[str, str]:
    """The header in which a path's provider wants a key: a bearer's where the path does not say."""
    name = httpx.URL(path).path.split("/")[1]
    if name == "_mock":
        return {}
    if name not in providers.NAMES:
        return {"authorization": f"Bearer {key}"}
    header, scheme = _way_in(name)
    return {header: f"{scheme.title()} {key}" if scheme else key}


@lru_cache
def _way_in(name: str) -> tuple[str, str]:
    ways = (way for one in document.load(name).operations for way in one.security)
    return next(ways)


class Blind:
    """A Sight that shows little: one link for all, no other jobs, no end of credits."""

    def link(self, base: str, job: Job, name: str) -> str:
        return "http://mock.test/results/1.mp4"

    def recent(self, owner: str, since: float) -> Iterable[Job]:
        return ()

    def calls(self, call: Call, since: float) -> Sequence[float]:
        return ()

    def pushed(self, job: Job) -> str:
        return ""

    def balance(self, owner: str, now: float) -> Balance:
        return Balance(float("inf"), 0.0, 0.0)


def blind(contract: Contract) -> Here:
    """What a provider knows that sees nothing of a world."""
    return Here(contract, 0.0, False, Blind())


MakeMock = Callable[..., AbstractAsyncContextManager[Mock]]


@contextmanager
def application(**settings: Any) -> Iterator[App]:
    """An application in virtual time, with seed 7."""
    app = App(Settings(**{"clock": "virtual", "seed": 7, **settings}))
    app.address = BASE
    try:
        yield app
    finally:
        app.close()


@asynccontextmanager
async def visited(app: App, world: World, prefix: str = "") -> AsyncIterator[Mock]:
    """A world of an application, with a client inside of it."""
    transport, base = httpx.ASGITransport(app), BASE + prefix
    async with httpx.AsyncClient(transport=transport, base_url=base, timeout=30) as client:
        yield Mock(app, client, world)


@asynccontextmanager
async def running_mock(**settings: Any) -> AsyncIterator[Mock]:
    with application(**settings) as app:
        try:
            async with visited(app, app.world) as mock:
                yield mock
        finally:
            await app.stop()


def shared(**settings: Any) -> tuple[object, object]:
    """Fixtures for a module with many small tests: one application, and for each test a world."""

    @pytest.fixture(scope="module")
    def app() -> Iterator[App]:
        with application(**settings) as one:
            yield one

    @pytest.fixture
    async def mock(app: App) -> AsyncIterator[Mock]:
        world = await app.make("test", {})
        assert world is not None
        async with visited(app, world, "/w/test") as one:
            yield one
        await app.drop("test")

    return app, mock


def only(provider: str) -> object:
    """The fixture `mock` of a module about one provider: each test has its own application."""

    @pytest.fixture
    async def mock() -> AsyncIterator[Mock]:
        async with running_mock(providers=(provider,)) as one:
            yield one

    return mock


@pytest.fixture
def make_mock() -> MakeMock:
    """Makes an application with chosen settings: `async with make_mock(seed=1) as mock`."""
    return running_mock


@pytest.fixture
async def mock() -> AsyncIterator[Mock]:
    """An application with default settings, seed 7 and a virtual clock."""
    async with running_mock() as one:
        yield one
