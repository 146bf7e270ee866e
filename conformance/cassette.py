"""A run on tape: every exchange, without secrets, so that it can be judged again offline.

A folder has `<provider>.jsonl`, a line for each thing that happened in the order it happened, and
`media/<sha256>.json`, what each file was found to be. Of media only the first bytes are kept. What
happens in one scope happens in order, so each scope is a tape of its own, and so is each task in it
where a case does several things at once: cases may be replayed alone, and those that ran side by
side one after another.
"""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import asdict, replace
from functools import partial
from hashlib import sha256, shake_256
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from conformance.connection import Connection, scope
from conformance.exchange import MEDIA, Answer, Ask, Secrets
from conformance.listener import Delivery, Hook, Listener
from conformance.model import CannotRun, Json, NoAnswer
from conformance.probe import Probe, probe, read

if TYPE_CHECKING:
    from conformance.connection import Door

FORMAT = 2
BEGIN = 16
"""So many bytes of media are kept: they tell of which kind it is."""
BASE64 = re.compile(rb"[A-Za-z0-9+/]{200,}={0,2}")
KEPT = ("base", "about", "patience", "interval", "live", "still", "leaps", "own_inputs")


class _Places:
    """Names the tape that something belongs on: its scope, and which of the scope's tasks it is."""

    def __init__(self) -> None:
        self._tasks: dict[str, list[object]] = defaultdict(list)

    def here(self) -> str:
        name, task = scope.get(), asyncio.current_task()
        tasks = self._tasks[name]
        if task not in tasks:
            tasks.append(task)
        index = tasks.index(task)
        return f"{name} #{index + 1}" if index else name


class Recorder:
    """A door through which everything that passes is written down."""

    def __init__(self, connection: Connection, folder: Path, provider: str, facts: Json) -> None:
        self._door: Door = connection.door
        self._secrets = connection.secrets
        self._media = folder / "media"
        self._media.mkdir(parents=True, exist_ok=True)
        self._number = 0
        self._places = _Places()
        self._wholes: dict[str, bytes] = {}
        self._sent: dict[int, list[bytes]] = {}
        self._listener = connection.listener
        self._tape: TextIO = (folder / f"{provider}.jsonl").open("w", encoding="utf-8")
        listener = connection.listener
        told = {name: getattr(connection, name) for name in KEPT}
        told |= {"keys": len(connection.keys), "signed": bool(connection.webhook_key)}
        told |= {"inputs": dict(connection.inputs), "listener": listener and listener.base}
        self._line({"cassette": FORMAT, "provider": provider, **told, **facts})
        if listener is not None:
            listener.make = partial(_TapedHook, self)
            listener.now = self._door.now

    def close(self) -> None:
        self._tape.close()

    async def send(self, ask: Ask) -> Answer:
        asked = _ask(self._secrets.ask(ask))
        try:
            answer = await self._door.send(ask)
        except NoAnswer as error:
            self._note("send", ask=asked, error=self._secrets.text(str(error)))
            raise
        self._note("send", ask=asked, answer=self._answer(ask, self._secrets.answer(answer)))
        if media := _media_in(ask):
            self._sent[self._number] = media
        return answer

    async def wait(self, seconds: float) -> None:
        await self._door.wait(seconds)
        self._note("wait")

    async def leap(self, seconds: float) -> None:
        await self._door.leap(seconds)
        self._note("leap")

    def now(self) -> float:
        at = self._door.now()
        self._note("now", at=at)
        return at

    def probe(self, body: bytes) -> Probe:
        found = self._door.probe(body)
        file = self._media / f"{found.sha256}.json"
        if not file.exists():
            file.write_text(json.dumps(found.show()))
        return found

    def fact(self, find: Callable[[], str]) -> str:
        told = find()
        self._note("fact", told=self._secrets.text(told))
        return told

    def beat(self) -> None:
        self._note("beat")

    def heard(self, url: str, delivery: Delivery) -> None:
        """Write a webhook down."""
        headers = {name: self._secrets.text(text) for name, text in delivery.headers.items()}
        kind = headers.get("content-type", "")
        body = self._body("", self._secrets.bytes(delivery.body), kind)
        told = {"at": delivery.at, "method": delivery.method, "headers": headers, "body": body}
        self._number += 1
        self._line({"n": self._number, "did": "deliver", "to": url, **told})

    def _answer(self, ask: Ask, answer: Answer) -> Json:
        body = self._body(ask.url, answer.body, answer.media_type)
        if answer.media_type.startswith("video/") and answer.status == 200:
            self.probe(answer.body)
        return {
            "status": answer.status,
            "headers": answer.raw,
            "seconds": round(answer.seconds, 6),
            "body": body,
        }

    def _body(self, url: str, body: bytes, kind: str) -> Json:
        """A body as it is kept: text, or hash, size and begin of media. A part of what came from
        the same address before is kept as that, and where the judge made it itself, so is that."""
        if not _is_media(body, kind):
            return body.decode()
        own = self._own(body)
        whole = self._wholes.setdefault(url, body) if url and not own else body
        if body not in whole:
            whole = body
        told = {"sha256": sha256(whole).hexdigest(), "bytes": len(whole), **own}
        told |= {"begins": whole[:BEGIN].hex()}
        start = whole.find(body)
        return told if len(body) == len(whole) else {**told, "part": [start, start + len(body)]}

    def _own(self, body: bytes) -> Json:
        """Where in what the judge made a body stands: in everything it sent so far, as those who
        sent it first need not be the first when it is replayed, or else in a clip."""
        sent = [
            (n, i, one.find(body)) for n, made in self._sent.items() for i, one in enumerate(made)
        ]
        if found := [place for place in sent if place[-1] >= 0]:
            return {"sent": found}
        files = self._listener.files if self._listener else {}
        clip = next(((name, one.find(body)) for name, one in files.items() if body in one), None)
        return {"clip": clip} if clip else {}

    def _note(self, did: str, **told: Json) -> None:
        self._number += 1
        self._line({"n": self._number, "in": self._places.here(), "did": did, **told})

    def _line(self, told: Json) -> None:
        self._tape.write(json.dumps(told, separators=(",", ":")) + "\n")
        self._tape.flush()


class _TapedHook(Hook):
    """A hook whose deliveries are written down."""

    __slots__ = ("_recorder",)

    def __init__(self, recorder: Recorder, url: str, answers: Sequence[int] = (200,)) -> None:
        super().__init__(url, answers)
        self._recorder = recorder

    def take(self, delivery: Delivery) -> int:
        self._recorder.heard(self.url, delivery)
        return super().take(delivery)


def recorded(connection: Connection, folder: Path, provider: str, facts: Json) -> Connection:
    """The connection, with its traffic written into a folder; `facts` are kept beside it."""
    return replace(connection, door=Recorder(connection, folder, provider, facts))


class Player:
    """A door behind which a tape plays."""

    def __init__(self, lines: Sequence[Json], media: Path, secrets: Secrets) -> None:
        self.listener: Listener | None = None
        self._media = media
        self._secrets = secrets
        self._places = _Places()
        self._tapes: dict[str, deque[Json]] = defaultdict(deque)
        self._delivered: dict[str, list[tuple[int, Delivery]]] = defaultdict(list)
        self._made: dict[str, str] = {}
        self._sent: dict[int, list[bytes]] = {}
        self._at: ContextVar[int] = ContextVar("at", default=0)
        for line in lines:
            if line["did"] == "deliver":
                body = self._body(line["body"])
                one = Delivery(line["at"], line["method"], line["headers"], body)
                self._delivered[line["to"]].append((line["n"], one))
            else:
                self._tapes[line["in"]].append(line)

    async def send(self, ask: Ask) -> Answer:
        line = self._next("send")
        if (was := line["ask"]) != _ask(self._secrets.ask(ask)):
            asked = f"{ask.method} {ask.url}"
            raise self._misfit(f"{was['method']} {was['url']}", asked)
        self._sent[line["n"]] = _media_in(ask)
        if "error" in line:
            raise NoAnswer(line["error"])
        told = line["answer"]
        raw = tuple((name, text) for name, text in told["headers"])
        return Answer(told["status"], raw, self._body(told["body"]), told["seconds"])

    async def wait(self, seconds: float) -> None:
        self._next("wait")

    async def leap(self, seconds: float) -> None:
        self._next("leap")

    def now(self) -> float:
        return float(self._next("now")["at"])

    def probe(self, body: bytes) -> Probe:
        """What the recorded file was; clips of the judge's own are looked at again."""
        was = self._made.get(sha256(body).hexdigest(), "")
        file = self._media / f"{was}.json"
        if not was or not file.exists():
            return probe(body)
        return read(json.loads(file.read_text()))

    def fact(self, find: Callable[[], str]) -> str:
        return str(self._next("fact")["told"])

    def beat(self) -> None:
        self._next("beat")

    def deliveries(self, url: str) -> list[Delivery]:
        """What had come to a hook by the place of the tape that is being played."""
        return [one for number, one in self._delivered[url] if number <= self._at.get()]

    def _next(self, did: str) -> Json:
        tape = self._tapes[self._places.here()]
        if not tape or tape[0]["did"] != did:
            raise self._misfit(tape[0]["did"] if tape else "nothing more", did)
        line = tape.popleft()
        self._at.set(line["n"])
        return line

    def _misfit(self, was: str, now: str) -> CannotRun:
        return CannotRun(
            f"the cassette does not fit: {scope.get() or 'the run'} has {was!r} on it where the "
            f"judge now has {now!r}; record it again, it is of another version or other options"
        )

    def _body(self, told: Json) -> bytes:
        """A body. What the judge made it has made again; in place of other media there are bytes
        made from their hash, of the same size and with the same begin."""
        if isinstance(told, str):
            return told.encode()
        if (own := self._own(told)) is not None:
            return own
        begin = bytes.fromhex(told["begins"])
        rest = shake_256(told["sha256"].encode()).digest(told["bytes"])
        whole = begin + rest[len(begin) :]
        self._made[sha256(whole).hexdigest()] = told["sha256"]
        start, end = told.get("part", (0, told["bytes"]))
        return whole[start:end]

    def _own(self, told: Json) -> bytes | None:
        """What the judge made itself in this run too; None when it did not."""
        for number, index, start in told.get("sent", ()):
            sent = self._sent.get(number, [])
            if index < len(sent):
                made: bytes = sent[index]
                return made[start : start + told["bytes"]]
        if "clip" in told and self.listener is not None:
            name, start = told["clip"]
            clip = self.listener.files.get(name)
            return clip and clip[start : start + told["bytes"]]
        return None


class _PlayedHook(Hook):
    """A hook to which comes what came when the tape was recorded."""

    __slots__ = ("_player",)

    def __init__(self, player: Player, url: str, answers: Sequence[int] = (200,)) -> None:
        self._player = player
        super().__init__(url, answers)

    @property
    def deliveries(self) -> list[Delivery]:
        return self._player.deliveries(self.url)

    @deliveries.setter
    def deliveries(self, deliveries: list[Delivery]) -> None:
        return


def replayed(folder: Path, provider: str) -> tuple[Connection, Json]:
    """A connection that is a recording, and the facts that were kept beside it."""
    file = folder / f"{provider}.jsonl"
    if not file.is_file():
        raise CannotRun(f"there is no recording of {provider} in {folder}")
    try:
        head, *lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    except ValueError as error:
        raise CannotRun(f"{file} is no recording: {error}") from None
    if head.get("cassette") != FORMAT:
        raise CannotRun(f"{file} is a recording of another version: record it again")
    keys = ("<key>", "<other key>", *(f"<key {n}>" for n in range(3, 10)))[: head["keys"]]
    player = Player(lines, folder / "media", Secrets((one, one) for one in keys))
    listener = None
    if head["listener"]:
        listener = player.listener = Listener(head["listener"], player.now)
        listener.make = partial(_PlayedHook, player)
    return Connection(
        player,
        keys=keys,
        webhook_key="<secret>" if head["signed"] else "",
        listener=listener,
        inputs=head["inputs"],
        **{name: head[name] for name in KEPT},
    ), head


def _ask(ask: Ask) -> Json:
    """A request as it is kept and compared."""
    told = asdict(ask)
    media = _is_media(ask.body, ask.headers.get("content-type", ""))
    told["body"] = {"bytes": "of media"} if media else ask.body.decode()
    return {**told, "headers": dict(ask.headers)}


def _media_in(ask: Ask) -> list[bytes]:
    """What a request brings that may come back: its body when it is media, and what is in it as
    base64."""
    if _is_media(ask.body, ask.headers.get("content-type", "")):
        return [ask.body]
    found = BASE64.findall(ask.body)
    return [b64decode(one) for one in found if len(one) % 4 == 0]


def _is_media(body: bytes, kind: str) -> bool:
    """Whether a body is kept by its hash: media, and what is no text."""
    if kind.startswith(MEDIA):
        return bool(body)
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False
