"""The application: worlds and providers put together behind one ASGI function."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from mockserver import providers
from mockserver.contract import document, hosts
from mockserver.contract.contracts import Contracts
from mockserver.contract.message import Call, Reply
from mockserver.contract.model import Contract, Json
from mockserver.jobs.clock import uptime
from mockserver.media.model import Trouble
from mockserver.media.shelf import DiskShelf, Shelf
from mockserver.settings import Settings
from mockserver.site import Shared, Site
from mockserver.web import wire
from mockserver.web.asked import RECENT, Asked, Way
from mockserver.world.world import World

if TYPE_CHECKING:  # what delivers and receives is imported when something is
    from mockserver.webhooks.inbox import Known
    from mockserver.webhooks.model import Receiver

CONTROL = "_mock"
WORLDS = "/w/"
WORLD = re.compile(r"[A-Za-z0-9._-]{1,64}")
KNOWN_ORIGINS = 64


class App:
    """Everything one server holds, as an ASGI application. `close` it when done.

    `address` is the base URL as clients see it, without a slash at the end; links are made from
    the Host that a client used, and from this where that tells nothing. `receivers` take what is
    pushed to their URLs in this process, without a socket. `renders` keeps finished results, where
    not a folder of its own shall.
    """

    def __init__(self, settings: Settings, renders: Shelf | None = None) -> None:
        self.settings = settings
        self.address = settings.public_url.rstrip("/") or "http://127.0.0.1"
        names = settings.providers or providers.NAMES
        self.providers = Contracts(names, settings.chosen, providers.NAMES)
        self.folder = Path(tempfile.mkdtemp(prefix="mockserver-"))
        self._uploads = DiskShelf(self.folder / "uploads", settings.upload_bytes, settings.workers)
        self._renders: Shelf = renders or DiskShelf(
            self.folder / "renders", settings.render_bytes, settings.workers
        )
        self._incoming = self.folder / "incoming"
        self._incoming.mkdir()
        self._origins: set[str] = set()
        self._asked = lru_cache(RECENT)(self._read)
        self.receivers: dict[str, Receiver] = {}
        self._pushes: tuple[Known, ...] = ()
        self._places = frozenset((CONTROL, *self.providers))
        self._shared = Shared(
            document.load("mock"),
            self.providers,
            self._uploads,
            self._renders,
            self._incoming,
            file_of=self._own,
            receiver_of=self._receiver,
            known=self._known,
        )
        self._home = Site("default", "", settings, self._shared)
        self._sites: OrderedDict[str, Site] = OrderedDict()
        self._past: dict[str, float] = {}
        self._known_hosts: dict[str, str] | None = None

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """The contracts of the providers."""
        return tuple(self.providers.values())

    @property
    def world(self) -> World:
        """The world without a name, which is always there."""
        return self._home.world

    async def __call__(self, scope: wire.Scope, receive: wire.Receive, send: wire.Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1003})
        else:
            await self._http(scope, receive, send)

    def end(self) -> None:
        """End the replies that have no end of their own. The server is about to stop."""
        for world, _ in self.all():
            world.followers.end("the server stops")

    async def stop(self) -> None:
        """Stop delivering webhooks; what is on its way has a moment to arrive."""
        await asyncio.gather(*(world.close() for world, _ in self.all()))

    def all(self) -> list[tuple[World, str]]:
        """Every world and the path it is under, the default one first."""
        return [(one.world, one.prefix) for one in (self._home, *self._sites.values())]

    def costs(self) -> dict[str, float]:
        """What all jobs would have cost, by provider in its unit; of dropped worlds too."""
        bill = dict(self._past)
        for world, _ in self.all():
            _add(bill, world.costs())
        return bill

    async def make(self, name: str, chosen: Mapping[str, Json]) -> World | None:
        """A new world of that name, in place of one there is; None for what is no name."""
        if not WORLD.fullmatch(name):
            return None
        await self._make_room(name)
        before = self._sites.pop(name, None)
        world = self._found(name, replace(self.settings, **chosen)).world
        if before is not None:
            await self._end(before)
        return world

    async def drop(self, name: str) -> bool:
        """Forget a world. Whether it was there."""
        site = self._sites.pop(name, None)
        if site is None:
            return False
        await self._end(site)
        return True

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
        raw_path = scope.get("raw_path") or scope["path"].encode()
        headers, query = tuple(scope["headers"]), scope["query_string"]
        asked = self._asked(scope["method"], scope["path"], raw_path, query, headers)
        if asked.place not in self._places:
            await self._nowhere(scope, send, asked.place)
            return
        site = self._home if asked.world is None else await self._visited(asked.world)
        if site is None:
            await self._nowhere(scope, send, scope["path"])
            return
        world, own = site.world, asked.place == CONTROL
        if world.clock.step and not own:
            await world.clock.called()
        exchange, route, base = self._way(site, asked)
        number = 0 if own else world.journal.number()
        call = _call(world, asked, base, route.params, number)
        head, whole = asked.method == "HEAD", wire.WHOLE in scope.get("extensions", ())
        if asked.told is not None and (told := exchange.again(asked.told, route, call)):
            await wire.send_answer(send, told, head=head, whole=whole)
            return
        try:
            answer = await exchange.answer(route, call, receive, asked)
        except wire.ClientGone as gone:
            if isinstance(gone, wire.HangUp) and wire.HANG_UP in scope.get("extensions", ()):
                await send({"type": wire.HANG_UP, "reset": False})
            return
        if answer.fault is not None:
            from mockserver.web.faults import send_faulty

            await send_faulty(scope, send, answer, answer.fault, site.world.clock)
            return
        if answer.reply.stream is not None:
            from mockserver.web.stream import send_stream

            await send_stream(receive, send, answer, answer.reply.stream, head=head)
            return
        if answer.file is None:
            await wire.send_answer(send, answer, head=head, whole=whole)
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

    def _read(
        self,
        method: str,
        path: str,
        raw_path: bytes,
        query: bytes,
        headers: tuple[tuple[bytes, bytes], ...],
    ) -> Asked:
        """What a request asks whose head is this."""
        named = {name.decode("latin-1"): text.decode("latin-1") for name, text in headers}
        world, path = _world(path)
        place, path = self._place(path, named.get("host", ""))
        target = (raw_path + b"?" + query if query else raw_path).decode("latin-1")
        wanted = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        return Asked(method, path, target, world=world, place=place, headers=named, query=wanted)

    async def _visited(self, name: str) -> Site | None:
        """The world of that name, made when it is first visited; None for what is no name."""
        site = self._sites.get(name)
        if site is None:
            if not WORLD.fullmatch(name):
                return None
            await self._make_room(name)
            site = self._sites.get(name) or self._found(name, self.settings)
        self._sites.move_to_end(name)
        site.used = uptime()
        return site

    async def _make_room(self, name: str) -> None:
        """Have room for a world. Those that nobody visited for long go, and if need be the longest
        unused; meanwhile others may found it."""
        idle = uptime() - self.settings.world_idle
        while self._sites and name not in self._sites:
            oldest = next(iter(self._sites))
            if len(self._sites) < self.settings.world_limit and self._sites[oldest].used > idle:
                return
            await self.drop(oldest)

    def _found(self, name: str, settings: Settings) -> Site:
        """A new world, at once: nothing else happens since there is room for it."""
        site = self._sites[name] = Site(name, f"{WORLDS}{name}", settings, self._shared)
        site.used = uptime()
        return site

    async def _end(self, site: Site) -> None:
        """End a world that is no longer known."""
        _add(self._past, site.world.costs())
        self._asked.cache_clear()  # what is known of heads leads into the world
        site.world.followers.end("the world was dropped")
        await site.world.close()

    def _of_host(self, host: str) -> str | None:
        """Whose a host is, as a client names it; None for any that is no provider's."""
        name = host.partition(":")[0].lower()
        if "." not in name or name[-1:].isdigit():
            return None  # this machine, or a bare address
        if self._known_hosts is None:
            self._known_hosts = hosts.owners(self.contracts)
        return self._known_hosts.get(name)

    def _place(self, path: str, host: str) -> tuple[str, str]:
        """Which provider a path belongs to, and the provider's own path."""
        first, slash, rest = path[1:].partition("/")
        if first not in self._places and (name := self._of_host(host)):
            return name, path
        return first, slash + rest or "/"

    def _way(self, site: Site, asked: Asked) -> Way:
        """Where a head leads in a world, looked up once."""
        known = asked.way
        if known is not None and known[0] is site.world:
            return known[1]
        exchange, router = site.at(asked.place, self)
        base = self._base(site, asked.place, asked.headers.get("host", ""))
        way = Way(exchange, router.find(asked.method, asked.path), base)
        asked.lead(site.world, way)
        return way

    def _base(self, site: Site, name: str, host: str) -> str:
        """Where a place is, as a client knows it who calls by a Host."""
        if self.settings.proxied and self._of_host(host) == name:
            return hosts.home(self.providers[name], host)
        return f"{self._origin(host)}{site.prefix}/{name}"

    def _origin(self, host: str) -> str:
        """The address a client knows us by: the one given, or the Host that it used."""
        origin = f"http://{host}"
        if origin in self._origins:
            return origin
        if self.settings.public_url or not host or self._of_host(host):
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
        host = ((b"host", parts.netloc.encode("latin-1", "replace")),)
        asked = self._read("GET", own, parts.path.encode(), parts.query.encode(), host)
        site = self._home if asked.world is None else self._sites.get(asked.world)
        if site is None or asked.place not in self._places:
            return Trouble("status", f"there is nothing at {parts.path}")
        exchange, route, base = self._way(site, asked)
        return await exchange.fetch(route, _call(site.world, asked, base, route.params, 0))

    def _within(self, path: str) -> tuple[Site | None, str]:
        """The world that a path of ours is in, if there is one, and the path inside."""
        name, inside = _world(path)
        return self._home if name is None else self._sites.get(name), inside

    def _own_path(self, url: str) -> str | None:
        """The path of a URL of ours; None when it is not ours."""
        parts = urlsplit(url)
        if self.settings.proxied and (name := self._of_host(parts.netloc)):
            return f"/{name}{parts.path or '/'}"
        ours = self.address
        if url.startswith(ours) and url[len(ours) : len(ours) + 1] in ("", "/", "?", "#"):
            return parts.path.removeprefix(urlsplit(ours).path) or "/"
        origin = f"{parts.scheme}://{parts.netloc}"
        return parts.path or "/" if origin in self._origins else None

    def _receiver(self, url: str) -> Receiver | None:
        """Who takes deliveries to a URL in this process; None when it leads elsewhere."""
        if (given := self.receivers.get(url)) or (path := self._own_path(url)) is None:
            return given
        from mockserver.web import inward

        site, inside = self._within(path)
        if site is not None and (name := inward.inbox_at(inside)):
            return inward.to_inbox(site.world.inboxes, name)
        return inward.to_application(self, path)

    def _known(self) -> Sequence[Known]:
        """The pushes that inboxes recognise, compiled when the first one comes."""
        if not self._pushes:
            from mockserver.world.pushes import known

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


def _call(world: World, asked: Asked, base: str, params: Mapping[str, str], number: int) -> Call:
    return Call(
        number,
        world.clock.now(),
        asked.method,
        asked.path,
        base,
        asked.headers,
        world.word(number),
        params,
        asked.query,
        None,
        b"",
        asked.target,
    )


def _world(path: str) -> tuple[str | None, str]:
    """The name of the world that a path leads into (None: the one without), and the path inside."""
    if not path.startswith(WORLDS):
        return None, path
    name, slash, rest = path.removeprefix(WORLDS).partition("/")
    return name, slash + rest


def _add(bill: dict[str, float], more: Mapping[str, float]) -> None:
    for name, cost in more.items():
        bill[name] = bill.get(name, 0.0) + cost
