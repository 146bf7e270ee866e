"""Pictory AI Studio: what it accepts, shows and refuses. Limits and wording: specs/pictory.yaml.

Videos and images are jobs behind one poll. An extension is a segment of its own, which begins
where the given video ends. The key is sent bare; files go to and come from a storage host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Operation
from mockserver.jobs.chance import Chance
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.providers import pictory_account as account
from mockserver.providers import pictory_errors as errors
from mockserver.providers import pictory_lists as lists
from mockserver.providers import pictory_orders as orders
from mockserver.providers import pictory_uploads as uploads
from mockserver.providers import pictory_views as views
from mockserver.providers.base import (
    Accepted,
    Extra,
    Found,
    Here,
    Input,
    Library,
    Notice,
    StoredFile,
)

EXTRAS: Mapping[str, Extra] = {
    "list_videos": lists.list_videos,
    "list_images": lists.list_images,
    "list_jobs": lists.list_jobs,
    "create_upload": uploads.create_upload,
    "put_upload": uploads.put_upload,
    "get_upload": uploads.get_upload,
    "get_quota": account.get_quota,
    "get_credit_usage": account.get_credit_usage,
    "create_token": account.create_token,
}
LIBRARY: Library | None = None

BLOCKED = "python-urllib/"  # the user agent that the network before the API turns away


def admit(operation: Operation, call: Call, here: Here) -> Problem | None:
    """The network before the API looks at user agents; the storage hosts do not."""
    agent = call.headers.get("user-agent", "")
    if here.contract.setting("edge") == "open" or operation.hosts != here.contract.hosts:
        return None
    if not agent.lower().startswith(BLOCKED):
        return None
    say = f"the user agent {agent[:80]} is turned away before the API (setting edge)"
    return Problem("blocked", say=say, pointer="user-agent")


def headers(operation: Operation | None, call: Call) -> Mapping[str, str]:
    return {}


def refuse(problem: Problem, call: Call, here: Here) -> Reply:
    return errors.reply(problem, call, here.contract)


def inputs(operation: Operation, call: Call, here: Here) -> Sequence[Input] | Problem:
    return orders.crowded(call, here) or orders.references(operation, call, here)


def accept(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    return orders.order(operation, call, found, here)


def new_id(chance: Chance, contract: Contract) -> str:
    return chance.uuid()


def files_of(job: Job, here: Here) -> Sequence[StoredFile]:
    return ()


def begun(job: Job, call: Call, here: Here) -> Reply:
    return Reply(200, {"success": True, "data": {"jobId": job.id}})


def show(job: Job, step: Step, call: Call, here: Here) -> Reply | Problem:
    return Reply(200, views.job(job, step, here), stays=not step.ended)


def notice(job: Job, step: Step, push: str, here: Here) -> Notice | None:
    """Decision A7: what a poll would answer."""
    return Notice(views.job(job, step, here), id=job.id)
