"""A world: where jobs are born, looked up, and their files rendered. Knows no HTTP."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver import providers
from mockserver.contract.message import NOTHING
from mockserver.contract.model import Contract, JobKind
from mockserver.jobs.chance import Chance, Streams, Words
from mockserver.jobs.job import Job, Output
from mockserver.jobs.store import JobStore, MemoryJobStore
from mockserver.jobs.timeline import Timeline, plan
from mockserver.journal.book import Journal, MemoryJournal
from mockserver.journal.follow import Followers
from mockserver.media.model import Excerpt, Still, Wish
from mockserver.media.shelf import Shelf
from mockserver.providers.base import Accepted, Provider, StoredFile
from mockserver.scenario.book import Book
from mockserver.scenario.fate import fated
from mockserver.scenario.model import Fate
from mockserver.settings import Settings
from mockserver.world.clock import WorldClock, started
from mockserver.world.files import MemoryFiles
from mockserver.world.ledger import Ledger
from mockserver.world.material import Material
from mockserver.world.traffic import Traffic

if TYPE_CHECKING:  # what delivers and receives is imported when something is
    from mockserver.webhooks.inbox import Inboxes
    from mockserver.webhooks.inbox import Pushes as Known
    from mockserver.webhooks.model import Delivery, Own
    from mockserver.webhooks.pump import Pump

MOST_GRANTS = 10_000
LEAST_KEPT = 20_000  # deliveries, however few jobs are kept


class World:
    """One isolated universe. Everything that happens in it follows from its seed and its calls."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        *,
        uploads: Shelf,
        renders: Shelf,
        material: Material,
        book: Book,
        own: Own = lambda url: None,
        known: Known = tuple,
    ) -> None:
        self.name = name
        self.seed = settings.seed
        self.settings = settings
        self.uploads = uploads
        self.material = material
        self._renders = renders
        self.clock = WorldClock(started(settings))
        self.ears: list[Callable[[Delivery], None]] = []
        self.word = Words(self.seed, "call")
        self.followers = Followers()
        self._own = own
        self._recognised = known
        self._pump: Pump | None = None
        self._inboxes: Inboxes | None = None
        self.book = book
        self._forget()

    @property
    def pump(self) -> Pump:
        """What delivers. Made with the first delivery, as a server may never send one."""
        if self._pump is None:
            from mockserver.webhooks.outbox import MemoryOutbox
            from mockserver.webhooks.pump import Pump
            from mockserver.webhooks.sender import Sender

            self._pump = Pump(
                self.clock,
                Sender(self.settings.policy),
                seed=self.seed,
                own=self._own,
                report=self._delivered,
                outbox=partial(MemoryOutbox, max(LEAST_KEPT, self.settings.job_limit)),
            )
        return self._pump

    @property
    def inboxes(self) -> Inboxes:
        """What receives. Made when the first one is named."""
        if self._inboxes is None:
            from mockserver.webhooks.inbox import Inboxes

            self._inboxes = Inboxes(self.clock, self._recognised)
        return self._inboxes

    def reset(self) -> int:
        """Forget jobs, files, journal, inboxes, draws and rules. The clock goes on.

        How many deliveries are thereby never sent, or cut off while they are.
        """
        lost = self._pump.reset() if self._pump else 0
        if self._inboxes is not None:
            self._inboxes.reset()
        self.book.reset()
        self._forget()
        return lost

    async def close(self) -> None:
        """Stop delivering. What is on its way has a moment to arrive."""
        if self._pump is not None:
            await self._pump.close()

    def _forget(self) -> None:
        self.jobs: JobStore = MemoryJobStore(self.settings.job_limit)
        self.journal: Journal = MemoryJournal(self.settings.journal_limit, self.followers)
        self._files: dict[str, MemoryFiles] = {}
        self._repeats: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._ledgers: dict[str, Ledger] = {}
        self._grants: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._draws: dict[tuple[str, ...], Streams] = {}
        self.traffic = Traffic()

    def files(self, provider: str) -> MemoryFiles:
        """The uploaded files of one provider, and those its accounts have from the start."""
        files = self._files.get(provider)
        if files is None:
            files = self._files[provider] = MemoryFiles(self.settings.file_limit)
            library = providers.get(provider).LIBRARY
            for id, text in library.ready.items() if library else ():
                files.put(StoredFile(id, owner="", created=0.0, key=self.material.ready(text)))
        return files

    def ledger(self, contract: Contract) -> Ledger:
        """The credits of the keys of one provider."""
        ledger = self._ledgers.get(contract.name)
        if ledger is None:
            ledger = self._ledgers[contract.name] = Ledger(contract.credits)
        return ledger

    def costs(self) -> dict[str, float]:
        """What the jobs so far would have cost, by provider, in its unit."""
        return {name: ledger.total for name, ledger in self._ledgers.items() if ledger.total}

    def grant(self, token: str, owner: str, until: float) -> None:
        """Let a further credential stand for an owner until a reading. Both are fingerprints."""
        self._grants[token] = owner, until
        if len(self._grants) > MOST_GRANTS:
            self._grants.popitem(last=False)

    def granted(self, token: str) -> tuple[str, float] | None:
        """For whom a credential stands, and until when; None for one that nobody granted."""
        return self._grants.get(token)

    def pushed(self, id: str) -> str:
        """What became of the pushes of a job: "" when there are none."""
        return self._pump.outcome(id) if self._pump else ""

    def _delivered(self, delivery: Delivery, bug: str) -> None:
        """Write what became of an attempt into the journal, and tell whoever listens."""
        from mockserver.webhooks import show

        line = show.entry(delivery, self.journal.number(), self.clock.now(), bug)
        self.journal.write(line)
        for hear in self.ears:
            hear(delivery)

    def chance(self, *labels: str) -> Chance:
        """A new stream of draws under these labels: the first, the second, and so on."""
        draws = self._draws.get(labels)
        if draws is None:
            draws = self._draws[labels] = Streams(self.seed, *labels)
        return draws.next()

    def birth(
        self,
        provider: Provider,
        contract: Contract,
        kind: JobKind,
        accepted: Accepted,
        *,
        owner: str,
        inputs: Mapping[str, str],
        fate: Fate | None = None,
    ) -> Job:
        """Make a job of an accepted request, and keep it. A fate changes what becomes of it."""
        name = contract.name
        draw = self.chance(name, "job")
        now = self.clock.now()
        id, number = provider.new_id(draw, contract), self._draws[name, "job"].count
        seed = draw.integer(0, 2**16 - 1)
        failed = accepted.failure is not None
        job = Job(  # in the order of its fields: by names it takes twice as long
            id,
            draw.hex(32),
            name,
            kind.name,
            owner,
            number,
            now,
            Timeline.planned(partial(_life, draw, kind, accepted.seconds, failed, fate)),
            accepted.wish.of(id, seed),
            inputs,
            accepted.facts,
            accepted.failure,
            accepted.cost,
            {
                name: one.of(id, seed) if isinstance(one, Wish) else one
                for name, one in accepted.others.items()
            }
            if accepted.others
            else NOTHING,
        )
        self.jobs.add(job, now)
        self.ledger(contract).take(job, contract.credits)
        if accepted.repeat:
            self._repeats[name, owner, accepted.repeat] = id
            if len(self._repeats) > self.settings.job_limit:
                self._repeats.popitem(last=False)
        return job

    def repeated(self, provider: str, owner: str, word: str) -> Job | None:
        """The job that a request with this idempotency word made; None the first time."""
        return self.jobs.get(self._repeats.get((provider, owner, word), ""))

    def find(
        self, provider: str, id: str, *, kinds: Sequence[str], owner: str, now: float
    ) -> Job | None:
        """A job of that owner and one of those kinds, unless its record is gone."""
        job = self.jobs.get(id)
        if job is None or job.provider != provider or job.owner != owner:
            return None
        if job.kind not in kinds or job.gone(now):
            return None
        return job

    def recent(self, provider: str, owner: str, since: float) -> Iterator[Job]:
        """The jobs that an owner began at a provider after a reading, newest first."""
        for job in self.jobs.since(since):
            if job.owner == owner and job.provider == provider:
                yield job

    async def content(self, file: StoredFile, now: float) -> Path | None:
        """The bytes of a stored file: what was uploaded, or the result of its job."""
        try:
            if not file.job:
                return await self.material.path(file.key) if file.key else None
            job = self.jobs.get(file.job)
            return await self.result(job, file.result) if job and job.ends <= now else None
        except KeyError:
            return None

    async def spoilt(self, path: Path, how: str) -> Path:
        """A file with a defect, made of a finished one."""
        key = sha256(f"{path.name} {how}".encode()).hexdigest()
        return await self._renders.get(key, partial(_spoil, path, how))

    async def result(self, job: Job, name: str = "video") -> Path:
        """A finished file of a job, made when first asked for. KeyError: inputs are gone."""
        wanted = job.wish if name == "video" else job.others[name]
        key = _key(job, wanted)
        if self._renders.has(key):
            return await self._renders.get(key, _never)
        if isinstance(wanted, Wish):
            paths = {name: await self.material.path(input) for name, input in job.inputs.items()}
            return await self._renders.get(key, partial(_render, wanted, paths))
        whole = await self.result(job, wanted.of)
        return await self._renders.get(key, partial(_derive, wanted, whole))


def _life(draw: Chance, kind: JobKind, seconds: float, failed: bool, fate: Fate | None) -> Timeline:
    """The life of a job, of draws that nobody else has."""
    life = plan(draw, kind, seconds=seconds, failed=failed)
    return life if fate is None else fated(life, kind, fate)


def _key(job: Job, wanted: Output) -> str:
    """Where the shelf keeps a result."""
    if isinstance(wanted, Wish):
        return wanted.key(job.inputs)
    whole = job.wish if wanted.of == "video" else job.others[wanted.of]
    return wanted.key(_key(job, whole))


def _render(wish: Wish, inputs: Mapping[str, Path], out: Path) -> None:
    from mockserver.media.render import render

    render(wish, inputs, out)


def _derive(wanted: Still | Excerpt, whole: Path, out: Path) -> None:
    if isinstance(wanted, Still):
        from mockserver.media.still import still

        still(whole, wanted, out)
    else:
        from mockserver.media.excerpt import excerpt

        excerpt(whole, wanted, out)


def _spoil(path: Path, how: str, out: Path) -> None:
    from mockserver.media.damage import spoil

    spoil(path, how, out)


def _never(path: Path) -> None:
    raise KeyError(path.name)
