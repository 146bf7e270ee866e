"""kie.ai: callbacks of its Veo tasks, signed over the task's id and the time where a key is set."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.dialects.kie import signature
from conformance.model import Json

ODD_CODE = 299


def new_job(number: int) -> str:
    return f"{number:032x}"


def success(job: str) -> Json:
    return _whole(200, "Veo3.1 video extension successful.", job, _info(job))


def failure(job: str) -> Json:
    """As documented: without `info`, so that nothing but the code tells."""
    told = {"taskId": job, "fallbackFlag": False}
    return {"code": 501, "msg": "Failed - Video extension task failed", "data": told}


def odd(job: str) -> Json:
    return _whole(ODD_CODE, "Archived", job, _info(job))


def others(job: str) -> Mapping[str, Json]:
    plain = success(job)
    guide = {name: value for name, value in plain["data"].items() if name != "taskId"}
    return {
        "guide": {**plain, "taskId": job, "data": {**guide, "task_id": job}},
        "prompt-object": {**plain, "data": {**plain["data"], "promptJson": {"prompt": "A kite"}}},
        "no-prompt": {
            **plain,
            "data": {name: one for name, one in plain["data"].items() if name != "promptJson"},
        },
    }


def headers(secret: str, job: str, stamp: int, body: bytes) -> Mapping[str, str]:
    proof = signature(secret, job, str(stamp))
    return {"X-Webhook-Timestamp": str(stamp), "X-Webhook-Signature": proof}


def _whole(code: int, said: str, job: str, info: Json) -> Json:
    return {
        "code": code,
        "msg": said,
        "data": {
            "taskId": job,
            "promptJson": '{"prompt":"A kite"}',
            "info": info,
            "fallbackFlag": False,
        },
    }


def _info(job: str) -> Json:
    url = f"https://tempfile.example.com/v/{job}_1767225600.mp4"
    return {"resultUrls": [url], "originUrls": [url], "resolution": "720p"}
