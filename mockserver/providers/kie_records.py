"""kie.ai: how a task looks to who asks: its record, its URLs, the answers about upgrades."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import orjson

from mockserver.contract.message import Reply
from mockserver.contract.model import Json
from mockserver.jobs.job import Failure, Job
from mockserver.jobs.timeline import Step
from mockserver.providers import kie_envelope as envelope
from mockserver.providers import kie_tasks as tasks
from mockserver.providers.base import Here

WIDE = "16:9"  # of any other shape there are originUrls: documented
# Failures of the request, before anything was made (decision A6).
EARLY = frozenset("flagged not-english image-unreachable unsafe-image rejected-by-flow".split())
SPELLED = {"watermark": "waterMark"}  # as the page's example of paramJson has it


def record(job: Job, step: Step, here: Here) -> Json:
    """What record-info says of a task."""
    contract, failure = here.contract, job.failure if step.ended else None
    shown = step.ended and failure is None
    view: Json = {
        "taskId": job.id,
        "paramJson": text(request(job)),
        "completeTime": _time(job.ends, here) if step.ended else None,
        "response": _response(job, here) if shown else None,
        "successFlag": _flag(step, failure),
        "errorCode": _error_code(failure, here),
        "errorMessage": failure.message if failure else "" if shown else None,
        "createTime": _time(job.created, here),
    }
    if job.kind not in tasks.UPGRADES:
        view["fallbackFlag"] = False
    if shown and contract.setting("urls") == "text":
        view |= {"resultUrls": text(_listed(job, here) or []), "response": None}
    if contract.setting("record-compat-state") == "on":
        view |= _compat(job, step, here)
    return view


def upgrade(job: Job, step: Step, here: Here) -> Reply:
    """The answer to a call that asks for an upgrade, the first or a later one (A9, A10)."""
    failure = job.failure if step.ended else None
    if failure:
        return envelope.said(failure.name, here)
    if job.kind == "upgrade_1080p":
        if not step.ended:
            return envelope.said("processing-1080p", here)
        return envelope.success({"resultUrl": link(job, here)})
    data: Json = {"taskId": job.id, "resultUrls": None, "imageUrls": None}
    if step.ended:
        data |= {"resultUrls": urls(job, here), "imageUrls": images(job, here)}
    if not here.repeated:
        return envelope.success(data)
    return envelope.said("done-4k" if step.ended else "processing-4k", here, data)


def request(job: Job) -> Json:
    """What was asked, as records and callbacks show it."""
    return {SPELLED.get(name, name): value for name, value in job.facts["request"].items()}


def urls(job: Job, here: Here) -> list[str]:
    """The URLs of the result: of an extension the clip alone (decision A3)."""
    return [link(job, here, "clip" if job.kind == "extend" else "video")]


def images(job: Job, here: Here) -> list[str]:
    """The pictures of a 4K task."""
    return [link(job, here, "image")]


def media_ids(job: Job) -> list[str]:
    """What a 4K task calls its video upstream."""
    return [base64.b64encode(f"{job.token}_upsampled".encode()).decode()]


def link(job: Job, here: Here, name: str = "video") -> str:
    """The URL of a result. Those of upgrades lie elsewhere (decision A21)."""
    path = here._replace(base="").link(job, name)
    if name == "video" and job.kind in tasks.UPGRADES:
        path = path.replace("/v/", "/p/", 1)
    return public(path, here)


def public(path: str, here: Here) -> str:
    """The URL of a path of ours as the outside sees it (setting public-url)."""
    outside = here.contract.setting("public-url").rstrip("/")
    return outside + path if outside else here.url(path)


def text(value: Json) -> str:
    """A value as JSON in a text."""
    return orjson.dumps(value).decode()


def _response(job: Job, here: Here) -> Json:
    """The result. Decision A4; until `url-lag` is over it has no URLs."""
    listed = _listed(job, here)
    whole = [link(job, here)] if job.kind == "extend" and listed else None
    view: Json = {
        "taskId": job.id,
        "resultUrls": listed,
        "fullResultUrls": whole,
        "originUrls": None if job.facts["ratio"] in ("", WIDE) else listed,
        "resolution": job.facts["resolution"],
    }
    how = here.contract.setting("full-result-urls")
    if how == "absent":
        del view["fullResultUrls"]
    elif how == "null":
        view["fullResultUrls"] = None
    if job.kind == "upgrade_4k" and listed:
        view |= {"mediaIds": media_ids(job), "imageUrls": images(job, here)}
    return view


def _listed(job: Job, here: Here) -> list[str] | None:
    """The URLs, once they are shown."""
    late = here.now < job.ends + here.contract.number("url-lag")
    return None if late else urls(job, here)


def _flag(step: Step, failure: Failure | None) -> int:
    """Decision A6: 2 when the request was at fault, 3 when the making was."""
    if failure:
        return 2 if failure.name in EARLY else 3
    return 1 if step.ended else 0


def _error_code(failure: Failure | None, here: Here) -> int | None:
    """The code of a failure, or the nearest that a record may have."""
    if failure is None:
        return None
    contract = here.contract
    known = contract.document["components"]["schemas"]["Record"]["properties"]["errorCode"]["enum"]
    return nearest(int(contract.errors[failure.name].code), known)


def nearest(code: int, known: list[int | None]) -> int:
    """A code, or 400 or 500 where only those are known."""
    if code in known:
        return code
    return 400 if code < 500 and 400 in known else 500


def _time(at: float, here: Here) -> int | str:
    """Decision A5."""
    if here.contract.setting("timestamps") == "text":
        return f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%d %H:%M:%S}"
    return round(at * 1000)


def _compat(job: Job, step: Step, here: Here) -> Json:
    """Decision A22: two fields of another family of routes, which one client waits for."""
    if not step.ended:
        return {"state": "generating", "resultJson": ""}
    if job.failure:
        return {"state": "fail", "resultJson": ""}
    return {"state": "success", "resultJson": text({"resultUrls": _listed(job, here) or []})}
