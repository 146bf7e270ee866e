"""Puts clients into cases, in this process and in virtual time, through the protocol for cases."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockserver.app import App
from mockserver.contract.model import Json
from mockserver.media import making, recipe
from mockserver.media.shelf import DiskShelf, Make
from mockserver.settings import Settings
from tests.mutants.clients.inner import Hopeless, Inner
from tests.mutants.clients.right import Client, Failed

BASE = "http://mock.test"
VIDEO = "64x36-8fps-8s"


class Play:
    """An application, and clients that are put into its cases."""

    def __init__(self, app: App, runner: asyncio.Runner) -> None:
        self.app = app
        self.wire = Inner(app, runner)

    def control(self, method: str, path: str, body: Json = None) -> Any:
        """The JSON that the control API answers."""
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        answer = self.wire.send(method, f"{BASE}/_mock{path}", headers, sent)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def judged(self, client: type[Client], case: str, **more: Json) -> Any:
        """What is said of a client in a case."""
        wanted = {"agent": client.__name__, "clock": "virtual", **more}
        told = self.control("POST", f"/cases/{case}/start", wanted)
        name = told["world"].rpartition("/w/")[2]
        self.wire.enter(next(world for world, path in self.app.all() if path == f"/w/{name}"))
        end = self.ended(client, told)
        result = self.control("POST", f"/cases/{case}/finish", {**end, "run": told["run"]})
        self.control("DELETE", f"/worlds/{name}")
        return result

    def ended(self, client: type[Client], told: Json) -> dict[str, str]:
        """How a client ends."""
        try:
            video = client(self.wire, told["base_url"], told["key"]).run(told["source"])
        except Failed:
            return {"outcome": "failure"}
        except Hopeless:
            return {"outcome": "timeout"}
        return {"outcome": "success", "file": hashlib.sha256(video).hexdigest()}


class Placeholders(DiskShelf):
    """Holds nearly the same small file for every result: stories are played, not videos made."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "shelf", 10**9)
        self._folder = folder
        same = folder / "same.mp4"
        making.write(recipe.parse(VIDEO), same)
        self._same = same.read_bytes()
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        self._asked.add(key)  # whoever asks wants a result; what is spoilt is not asked for
        return True

    async def get(self, key: str, make: Make) -> Path:
        if key not in self._asked:
            return await super().get(key, make)
        path = self._folder / f"{key}.mp4"
        if not path.exists():
            name = key.encode()  # in a box of MP4 that nobody reads
            path.write_bytes(self._same + (8 + len(name)).to_bytes(4) + b"free" + name)
        return path


@contextlib.contextmanager
def playing(folder: Path, **settings: Any) -> Iterator[Play]:
    """A Play, for as long as the block runs."""
    app = App(Settings(clock="virtual", seed=7, **settings), Placeholders(folder))
    app.address = BASE
    with asyncio.Runner() as runner:
        try:
            yield Play(app, runner)
        finally:
            runner.run(app.stop())
            app.close()


def rules_of(result: Json) -> set[str]:
    """The ids of the rules that a client broke."""
    return {one["rule"] for one in result["verdict"]["findings"]}
