"""The application: a world and its providers put together behind one ASGI function."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from mockserver import providers
from mockserver.contract import document
from mockserver.contract.errors import SpecError
from mockserver.contract.message import Call, Reply
from mockserver.contract.model import Contract
from mockserver.contract.validate import Checker
from mockserver.media.model import Trouble
from mockserver.media.shelf import DiskShelf
from mockserver.providers.base import Voice
from mockserver.scenario.book import Book
from mockserver.scenario.load import Switches, merged, switched
from mockserver.settings import Settings
from mockserver.web import inward, wire
from mockserver.web.control import Control
from mockserver.web.exchange import Exchange
from mockserver.web.routes import Router
from mockserver.web.work import Work
from mockserver.webhooks.inbox import Known
from mockserver.webhooks.model import Receiver
from mockserver.world.material import Material
from mockserver.world.pushes import Pushes, known
from mockserver.world.sight import WorldSight
from mockserver.world.world import World

CONTROL = "_mock"
KNOWN_ORIGINS = 64


class App:
    """Everything one server holds, as an ASGI application. `close` it when done.

    `address` is the base URL as clients see it, without a slash at the end; links are made from
    the Host that a client used, and from this where that tells nothing. `receivers` take what is
    pushed to their URLs in this process, without a socket.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.address = settings.public_url.rstrip("/") or "http://127.0.0.1"
        self.contracts = _contracts(settings)
        self.folder = Path(tempfile.mkdtemp(prefix="mockserver-"))
        self._uploads = DiskShelf(self.folder / "uploads", settings.upload_bytes, settings.workers)
        self._renders = DiskShelf(self.folder / "renders", settings.render_bytes, settings.workers)
        self._incoming = self.folder / "incoming"
        self._incoming.mkdir()
        self._origins: set[str] = set()
        self.receivers: dict[str, Receiver] = {}
        self._pushes: tuple[Known, ...] = ()
        self.world = self._world("default")
        self._places = {one.name: one for one in (document.load("mock"), *self.contracts)}
        self._variants: dict[tuple[str, Switches], Exchange] = {}
        self._opened: dict[str, tuple[Exchange, Router]] = {}
        self._hosts = {
            host: contract.name
            for contract in self.contracts
            for host in {*contract.hosts, *(h for one in contract.operations for h in one.hosts)}
        }

    async def __call__(self, scope: wire.Scope, receive: wire.Receive, send: wire.Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1003})
        else:
            await self._http(scope, receive, send)

    def end(self) -> None:
        """End the replies that have no end of their own. The server is about to stop."""
        self.world.followers.end("the server stops")

    async def stop(self) -> None:
        """Stop delivering webhooks; what is on its way has a moment to arrive."""
        await self.world.close()

    def close(self) -> None:
        """Stop rendering and remove every file."""
        self._uploads.close()
        self._renders.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _lifespan(self, receive: wire.Receive, send: wire.Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.stop()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _http(self, scope: wire.Scope, receive: wire.Receive, send: wire.Send) -> None:
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        name, path = self._place(scope["path"], headers.get("host", ""))
        if name not in self._places:
            await self._nowhere(scope, send, name)
            return
        exchange, router = self._opened.get(name) or self._open(name)
        route = router.find(scope["method"], path)
        number = 0 if name == CONTROL else self.world.journal.number()
        call = self._call(scope, headers, name, path, route.params, number=number)
        try:
            answer = await exchange.answer(route, call, receive)
        except wire.ClientGone:
            return
        if answer.fault is not None:
            from mockserver.web.faults import send_faulty

            await send_faulty(scope, send, answer, answer.fault, self.world.clock)
            return
        head = scope["method"] == "HEAD"
        if answer.reply.stream is not None:
            from mockserver.web.stream import send_stream

            await send_stream(receive, send, answer, answer.reply.stream, head=head)
            return
        if answer.file is None:
            await wire.send_answer(send, answer, head=head)
            return
        from mockserver.web.files import send_file  # brings Starlette's responses with it

        await send_file(
            scope,
            receive,
            send,
            answer,
            answer.file,
            otherwise=lambda: exchange.out_of_range(route, call),
        )

    def _place(self, path: str, host: str) -> tuple[str, str]:
        """Which provider a path belongs to, and the provider's own path."""
        first, slash, rest = path[1:].partition("/")
        if first not in self._places and host:
            name = self._hosts.get(host.partition(":")[0].lower())
            if name is not None:
                return name, path
        return first, slash + rest or "/"

    def _call(
        self,
        scope: wire.Scope,
        headers: dict[str, str],
        name: str,
        path: str,
        params: Mapping[str, str],
        *,
        number: int,
    ) -> Call:
        query = scope["query_string"]
        target = scope.get("raw_path") or scope["path"].encode()
        if query:
            target += b"?" + query
        return Call(
            number=number,
            at=self.world.clock.now(),
            id=self.world.word(number),
            method=scope["method"],
            path=path,
            target=target.decode("latin-1"),
            base=f"{self._origin(headers.get('host', ''))}/{name}",
            headers=headers,
            params=params,
            query=dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {},
        )

    def _origin(self, host: str) -> str:
        """The address a client knows us by: the one given, or the Host that it used."""
        origin = f"http://{host}"
        if origin in self._origins:
            return origin
        if self.settings.public_url or not host or host.partition(":")[0].lower() in self._hosts:
            return self.address
        if len(self._origins) < KNOWN_ORIGINS:
            self._origins.add(origin)
        return origin

    async def _own(self, url: str) -> Path | Trouble | None:
        """The file behind a URL of ours; None when it is not ours."""
        own = self._own_path(url)
        if own is None:
            return None
        parts = urlsplit(url)
        name, path = self._place(own, "")
        if name not in self._places:
            return Trouble("status", f"there is nothing at {parts.path}")
        scope = {"method": "GET", "path": parts.path, "query_string": parts.query.encode()}
        exchange, router = self._opened.get(name) or self._open(name)
        route = router.find("GET", path)
        host = {"host": parts.netloc}
        call = self._call(scope, host, name, path, route.params, number=0)
        return await exchange.fetch(route, call)

    def _own_path(self, url: str) -> str | None:
        """The path of a URL of ours; None when it is not ours."""
        parts = urlsplit(url)
        ours = self.address
        if url.startswith(ours) and url[len(ours) : len(ours) + 1] in ("", "/", "?", "#"):
            return parts.path.removeprefix(urlsplit(ours).path) or "/"
        origin = f"{parts.scheme}://{parts.netloc}"
        return parts.path or "/" if origin in self._origins else None

    def _receiver(self, url: str) -> Receiver | None:
        """Who takes deliveries to a URL in this process; None when it leads elsewhere."""
        if (given := self.receivers.get(url)) or (path := self._own_path(url)) is None:
            return given
        if name := inward.inbox_at(path):
            return inward.to_inbox(self.world.inboxes, name)
        return inward.to_application(self, path)

    def _known(self) -> Sequence[Known]:
        """The pushes that inboxes recognise, compiled when the first one comes."""
        if not self._pushes:
            self._pushes = tuple(known(self.contracts))
        return self._pushes

    async def _nowhere(self, scope: wire.Scope, send: wire.Send, name: str) -> None:
        import difflib

        known = sorted(self._places)
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean /{close[0]}?" if close else ""
        message = (
            f"There is nothing at {scope['path'][:200]}. Every path begins with one of "
            f"{', '.join('/' + one for one in known)}.{hint}"
        )
        reply = Reply(404, {"error": "no-provider", "message": message})
        await wire.send_answer(send, wire.plain(reply), head=scope["method"] == "HEAD")

    def _world(self, name: str) -> World:
        material = Material(
            self._uploads,
            self._incoming,
            policy=self.settings.policy,
            strict=self.settings.sources == "strict",
            own=self._own,
        )
        return World(
            name,
            self.settings,
            uploads=self._uploads,
            renders=self._renders,
            material=material,
            book=Book({one.name: one for one in self.contracts}, self.settings.setup),
            own=self._receiver,
            known=self._known,
        )

    def _open(self, name: str) -> tuple[Exchange, Router]:
        """The exchange and the routes of a name, made when it is first called.

        So the server starts as fast with many providers as with one.
        """
        contract = self._places[name]
        self._opened[name] = self._exchange(contract), Router(contract)
        return self._opened[name]

    def _exchange(self, contract: Contract) -> Exchange:
        checker, sight = Checker(contract), WorldSight(self.world, contract)
        if contract.own:
            voice: Voice = Control(self.world, contract, self.contracts)
            work = None
        else:
            provider = providers.get(contract.name)
            pushes = Pushes(self.world, contract, provider, checker, sight)
            voice, work = provider, Work(self.world, contract, provider, pushes)
        return Exchange(
            self.world,
            contract,
            voice,
            work,
            checker=checker,
            sight=sight,
            folder=self._incoming,
            variant=lambda switches: self._switched(contract.name, switches),
        )

    def _switched(self, name: str, switches: Mapping[str, str]) -> Exchange:
        """The exchange of a provider with some of its switches set otherwise."""
        chosen = merged(self.settings.chosen.get(name, {}), switches)
        if (name, chosen) not in self._variants:
            self._variants[name, chosen] = self._exchange(switched(name, chosen))
        return self._variants[name, chosen]


def _contracts(settings: Settings) -> tuple[Contract, ...]:
    names = settings.providers or providers.NAMES
    for name in (*names, *settings.chosen):
        if name not in providers.NAMES:
            raise SpecError("--provider or --set", "", name, providers.NAMES)
    return tuple(document.load(name, settings.chosen.get(name, {})) for name in names)
