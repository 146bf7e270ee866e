"""The three bodies of Hooked's webhook, each as documented, one at a time (decision A1)."""

from __future__ import annotations

import pytest

from mockserver.contract import document
from mockserver.contract.model import Contract, Json
from mockserver.contract.validate import Checker
from mockserver.jobs.clock import iso
from mockserver.jobs.job import Job
from mockserver.providers import hooked
from mockserver.providers.base import Here, Notice
from tests.conftest import Blind
from tests.providers.hooked_steps import failed_job

BODIES = ("v1", "v2", "v3")
BASE = "http://mock.test/hooked"
METADATA = {"campaign": "spring", "projectId": "mine"}


class Linking(Blind):
    """A Sight that knows where results are."""

    def link(self, base: str, job: Job, name: str) -> str:
        path = {"video": "/videos/{}.mp4", "thumbnail": "/thumbnails/{}.jpg"}[name]
        return base + path.format(job.token)


def contract(body: str) -> Contract:
    return document.load("hooked", {"webhook-body": body})


def done_job(**facts: Json) -> Job:
    failed = failed_job()
    steps = failed.timeline.steps
    end = steps[-1]._replace(state="COMPLETED", progress=100)
    timeline = type(failed.timeline)((*steps[:-1], end), 1e6, 1e6)
    return failed._replace(timeline=timeline, failure=None, facts={**failed.facts, **facts})


def notice(body: str, job: Job) -> Notice:
    """What is sent under a setting: one body of the three, and it keeps the spec."""
    chosen = contract(body)
    here = Here(chosen, job.ends, False, Linking(), base=BASE)
    step = job.timeline.end
    found = {
        push: hooked.notice(job, step, push.name, here)
        for push in chosen.operation("extendVideo").pushes
    }
    ((push, sent),) = [(push, one) for push, one in found.items() if one is not None]
    assert push.name == f"notice_{body}"
    assert Checker(chosen).push(push, sent.body) == ()
    assert sent.id == job.id
    assert not sent.result
    return sent


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("metadata", [{}, METADATA])
@pytest.mark.parametrize("failed", [False, True])
def test_one_body_is_sent_and_keeps_its_schema(body: str, metadata: Json, failed: bool) -> None:
    job = failed_job() if failed else done_job()
    assert notice(body, job._replace(facts={**job.facts, "metadata": metadata})).body


def test_the_body_of_the_endpoint_s_own_page_is_the_default() -> None:
    """V1: the state twice, durations as texts with their unit (dossier 1.7)."""
    assert document.load("hooked").setting("webhook-body") == "v1"
    job = done_job()
    assert notice("v1", job).body == {
        "status": "COMPLETED",
        "data": {
            "videoId": "vid_extend_0",
            "status": "COMPLETED",
            "url": f"{BASE}/videos/{job.token}.mp4",
            "shareUrl": f"{BASE}/shared/{job.token}.mp4",
            "metadata": {
                "projectId": "proj_extend_0",
                "originalDuration": "5s",
                "extendedDuration": "37s",
            },
        },
        "message": "Video completed",
    }


def test_the_client_s_keys_stand_beside_the_provider_s_which_win() -> None:
    """Decision A4."""
    body = notice("v1", done_job(metadata=METADATA)).body
    assert body["data"]["metadata"] == {
        "campaign": "spring",
        "projectId": "proj_extend_0",
        "originalDuration": "5s",
        "extendedDuration": "37s",
    }


def test_broken_seconds_keep_their_fraction() -> None:
    body = notice("v1", done_job(source_seconds=3.1, total_seconds=7.137)).body
    metadata = body["data"]["metadata"]
    assert (metadata["originalDuration"], metadata["extendedDuration"]) == ("3.1s", "7.137s")


def test_a_failure_under_v1_has_no_url_and_a_reason() -> None:
    """Decision A1: the page shows none."""
    assert notice("v1", failed_job()).body == {
        "status": "FAILED",
        "data": {
            "videoId": "vid_extend_0",
            "status": "FAILED",
            "metadata": {
                "projectId": "proj_extend_0",
                "originalDuration": "5s",
                "extendedDuration": "37s",
            },
        },
        "message": "Video generation failed",
    }


def test_the_general_body_names_the_project_and_describes_the_video() -> None:
    job = done_job()
    assert notice("v2", job).body == {
        "event": "project.completed",
        "projectId": "proj_extend_0",
        "status": "completed",
        "video": {
            "id": "vid_extend_0",
            "url": f"{BASE}/videos/{job.token}.mp4",
            "thumbnail": f"{BASE}/thumbnails/{job.token}.jpg",
            "duration": 37,
            "aspectRatio": "16:9",
            "resolution": "1280x720",
        },
        "createdAt": iso(0),
        "completedAt": iso(job.timeline.end.at),
    }
    assert notice("v2", done_job(metadata=METADATA)).body["metadata"] == METADATA


def test_a_failure_in_the_general_body() -> None:
    assert notice("v2", failed_job()).body == {
        "event": "project.failed",
        "projectId": "proj_extend_0",
        "status": "failed",
        "message": "Video generation failed",
        "createdAt": iso(0),
    }


def test_the_flat_body_of_the_skill() -> None:
    job = done_job()
    assert notice("v3", job).body == {
        "event": "video.completed",
        "videoId": "vid_extend_0",
        "status": "completed",
        "downloadUrl": f"{BASE}/videos/{job.token}.mp4",
        "duration": 37,
    }
    assert notice("v3", failed_job()).body == {
        "event": "video.failed",
        "videoId": "vid_extend_0",
        "status": "failed",
        "message": "Video generation failed",
    }


def test_exactly_200_is_received_and_three_retries_follow() -> None:
    """Dossier 1.7, decision A17: 1, 5 and 15 minutes; nothing is signed."""
    for push in document.load("hooked").operation("extendVideo").pushes:
        assert (push.method, push.target) == ("POST", "/webhook")
        assert push.policy.success == {200}
        assert push.policy.retries == (60, 300, 900)
        assert push.policy.timeout == 10
        assert push.policy.signature is None
        assert push.policy.headers == ()
