"""A server in a thread of the test's own process, and worlds of it to test in."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

from mockserver import serve
from mockserver.app import WORLDS, App
from mockserver.settings import Settings
from mockserver.testing.guard import Guard
from mockserver.testing.providers import MockProviders
from mockserver.testing.spoken import Spoken
from mockserver.world.world import World

T = TypeVar("T")
THREAD = "mockserver"
FOREVER = float("inf")


class Server:
    """One server on a free port, for as long as the block runs. `settings` are those of Settings.

    Whoever uses it lives in another thread: whatever touches a world is done on the server's loop.
    """

    def __init__(self, **settings: Any) -> None:
        chosen = Settings(**{"clock": "virtual", "world_idle": FOREVER, **settings})
        self.app = App(chosen)
        self._listener = serve.bound("127.0.0.1", 0)
        self._began = threading.Event()
        self._server = serve.server(self.app, self._listener, self._listening)
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)
        self.loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Server:
        self._thread.start()
        while not self._began.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError("the simulator's server did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(serve.STOP_SECONDS + 2)
        self._listener.close()
        self.app.close()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Have something done on the server's loop."""
        assert self.loop is not None, "the server runs within its block"
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def do(self, work: Callable[[], T]) -> T:
        """What a function returns on the server's loop, while nothing else runs there."""

        async def done() -> T:
            return work()

        return self.submit(done()).result()

    @contextlib.contextmanager
    def world(self, name: str, seed: int) -> Iterator[MockProviders]:
        """A world of its own, guarded against calls to real providers; dropped afterwards."""
        world = self.submit(self.app.make(name, {"seed": seed})).result()
        assert world is not None, f"{name!r} is no name of a world"
        try:
            with self._held(world, f"{WORLDS}{name}") as mock:
                yield mock
        finally:
            self.submit(self.app.drop(name)).result()

    @contextlib.contextmanager
    def home(self) -> Iterator[MockProviders]:
        """The world without a name, guarded."""
        with self._held(self.app.world, "") as mock:
            yield mock

    @contextlib.contextmanager
    def _held(self, world: World, prefix: str) -> Iterator[MockProviders]:
        with Guard(self.app.contracts, self.loop, THREAD) as guard:
            spoken = Spoken(self, prefix.removeprefix(WORLDS))
            try:
                yield MockProviders(self, world, prefix, guard, spoken)
            finally:
                spoken.close()

    def _run(self) -> None:
        self._server.run([self._listener])

    def _listening(self) -> None:
        """The loop runs."""
        self.loop = asyncio.get_running_loop()
        self.loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix=THREAD))
        self._began.set()


@contextlib.contextmanager
def running(seed: int = 0, **settings: Any) -> Iterator[MockProviders]:
    """A server and its one world, for as long as the block runs: the fixture without pytest.

    `check()` of what is yielded raises AssertionError if the calls so far broke a contract.
    """
    with Server(seed=seed, **settings) as server, server.home() as mock:
        yield mock
