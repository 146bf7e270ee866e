"""The control API: what the simulator tells about itself, and what may be done to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver import __version__
from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Json, Operation, Setting
from mockserver.contract.pointer import fill
from mockserver.jobs.clock import iso
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.providers.base import Desk, Extra, Here
from mockserver.world.clock import reading
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.web.worlds import Worlds

MEDIA_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "avi": "video/x-msvideo",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
}


class Extras(Mapping[str, Extra]):
    """Functions at hand, and further ones that are made when none of these is meant."""

    def __init__(
        self, more: Callable[[], Mapping[str, Extra]], at_hand: Mapping[str, Extra]
    ) -> None:
        self._more = more
        self._at_hand = dict(at_hand)
        self._whole = False

    def __getitem__(self, name: str) -> Extra:
        return (self._at_hand if name in self._at_hand else self._all())[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> Mapping[str, Extra]:
        if not self._whole:
            self._at_hand |= self._more()
            self._whole = True
        return self._at_hand


class Control:
    """A Voice for one world: everything under `/_mock`."""

    def __init__(
        self, world: World, contract: Contract, providers: Mapping[str, Contract], worlds: Worlds
    ) -> None:
        self._world = world
        self._contract = contract
        self._providers = providers
        self._worlds = worlds
        self.EXTRAS: Mapping[str, Extra] = Extras(
            self._parts,
            {
                "health": self.health,
                "list_providers": self.list_providers,
                "list_jobs": self.list_jobs,
                "get_job": self.get_job,
                "reset": self.reset,
                "get_source": self.get_source,
            },
        )

    def _parts(self) -> Mapping[str, Extra]:
        """What stands in modules of its own, imported when something of it is first called."""
        from mockserver.web.accounts import Accounts
        from mockserver.web.clocks import Clocks
        from mockserver.web.hooks import Hooks
        from mockserver.web.journals import Journals, noted
        from mockserver.web.scenarios import Scenarios
        from mockserver.web.verdicts import Verdicts
        from mockserver.web.worlds import WorldCalls

        parts = {
            **Accounts(self._world, self._providers).EXTRAS,
            **Clocks(self._world).EXTRAS,
            **Hooks(self._world).EXTRAS,
            **Journals(self._world, self._providers).EXTRAS,
            **WorldCalls(self._worlds).EXTRAS,
            **Scenarios(self._world, self._providers).EXTRAS,
            **Verdicts(self._world, self._providers, self._worlds).EXTRAS,
        }
        return noted(self._world, parts)

    def admit(self, operation: Operation, call: Call, here: Here) -> Problem | None:
        return None

    def headers(self, operation: Operation | None, call: Call) -> Mapping[str, str]:
        return {}

    def refuse(self, problem: Problem, call: Call, here: Here) -> Reply:
        entry = self._contract.errors[problem.name]
        message = fill(entry.message, {"detail": problem.say, **_text(problem.fields)})
        return Reply(entry.status, {"error": problem.name, "message": message})

    async def health(self, desk: Desk, call: Call) -> Reply:
        return Reply(
            200,
            {
                "status": "ok",
                "version": __version__,
                "seed": self._world.seed,
                "clock": reading(self._world.clock),
                "providers": sorted(self._providers),
                "jobs": len(self._world.jobs),
                "entries": len(self._world.journal),
            },
        )

    async def list_providers(self, desk: Desk, call: Call) -> Reply:
        root = call.base.removesuffix("/_mock")
        shown = [_provider(one, f"{root}/{one.name}") for one in self._providers.values()]
        return Reply(200, {"providers": shown})

    async def list_jobs(self, desk: Desk, call: Call) -> Reply:
        wanted = call.query.get("provider")
        jobs = [job for job in self._world.jobs if wanted in (None, job.provider)]
        limit = int(call.query.get("limit", 100))
        shown = [self._job(job, call) for job in islice(reversed(jobs), limit)]
        return Reply(200, {"jobs": shown, "total": len(jobs)})

    async def get_job(self, desk: Desk, call: Call) -> Reply | Problem:
        job = self._world.jobs.get(call.params["id"])
        if job is None:
            return Problem("not-found", say=f"there is no job {call.params['id']}")
        return Reply(200, self._job(job, call))

    async def reset(self, desk: Desk, call: Call) -> Reply:
        forgotten = {"jobs": len(self._world.jobs), "entries": len(self._world.journal)}
        forgotten["deliveries"] = self._world.reset()
        return Reply(200, {"forgotten": forgotten})

    async def get_source(self, desk: Desk, call: Call) -> Reply | Problem:
        from mockserver.media import recipe

        name = call.params["name"]
        text, _, extension = name.rpartition(".")
        if extension.lower() not in MEDIA_TYPES:
            text, extension = name, ""
        if extension not in ("", "mp4") and extension not in text.split("-"):
            text = f"{text}-{extension}"
        try:
            made = recipe.parse(text)
        except recipe.RecipeError as error:
            return Problem("bad-recipe", say=str(error))
        path: Path = await self._world.material.make(recipe.text(made))
        media_type = MEDIA_TYPES.get(extension or "mp4", "application/octet-stream")
        return Reply(200, media_type=media_type, file=path)

    def _job(self, job: Job, call: Call) -> Json:
        from mockserver.media.mark import tag_of

        now = self._world.clock.now()
        step, contract = job.at(now), self._providers[job.provider]
        view: Json = {
            "id": job.id,
            "provider": job.provider,
            "kind": job.kind,
            "number": job.number,
            "owner": job.owner,
            "created": iso(job.created),
            "state": step.state,
            "progress": step.progress,
            "ended": step.ended,
            "gone": job.gone(now),
            "cost": job.cost,
            "unit": contract.unit,
            "prompt": job.wish.prompt,
            "mark": tag_of(job.id),
            "facts": dict(job.facts),
            "inputs": dict(job.inputs),
            "timeline": [_step(job, one, now) for one in job.timeline.steps],
            "url_until": iso(job.created + job.timeline.url_until),
            "record_until": None,
        }
        if job.timeline.record_until != float("inf"):
            view["record_until"] = iso(job.created + job.timeline.record_until)
        if job.failure:
            view["failure"] = {"name": job.failure.name, "message": job.failure.message}
        elif template := next(
            (one.path for one in contract.operations if one.does == "download"), ""
        ):
            root = call.base.removesuffix("/_mock")
            path = fill(template, job.words)
            view["result_url"] = f"{root}/{job.provider}{path}"
        return view


def _step(job: Job, step: Step, now: float) -> Json:
    return {
        "at": iso(job.created + step.at),
        "after": step.at,
        "state": step.state,
        "progress": step.progress,
        "ended": step.ended,
        "past": job.created + step.at <= now,
    }


def _provider(contract: Contract, base: str) -> Json:
    return {
        "name": contract.name,
        "title": contract.title,
        "base_url": base,
        "hosts": list(contract.hosts),
        "operations": [
            {
                "method": one.method,
                "path": one.path,
                "id": one.id,
                "does": one.does,
                "deprecated": one.deprecated,
            }
            for one in contract.operations
        ],
        "settings": [_setting(one) for one in contract.settings.values()],
    }


def _setting(setting: Setting) -> Json:
    view: Json = {
        "name": setting.name,
        "summary": setting.summary,
        "default": setting.default,
        "value": setting.value,
    }
    if setting.values:
        view["values"] = dict(setting.values)
    if setting.range:
        view["range"] = list(setting.range)
    if setting.text:
        view["text"] = True
    if setting.evidence:
        one = setting.evidence
        view["evidence"] = {"kind": one.kind, "where": one.where, "date": one.date}
    return view


def _text(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}
