"""Hooked: three documented bodies, none of them signed."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.model import Json

STAMP = "2026-11-20T12:00:00Z"


def new_job(number: int) -> str:
    return f"vid_extend_{number:012x}"


def success(job: str) -> Json:
    url = f"https://cdn.example.com/videos/{job}.mp4"
    told = {"url": url, "shareUrl": url.replace("videos", "shared")}
    return _first(job, "COMPLETED", "Video completed", told)


def failure(job: str) -> Json:
    return _first(job, "FAILED", "Video generation failed", {})


def odd(job: str) -> Json:
    return _first(job, "ARCHIVED", "Video archived", {})


def others(job: str) -> Mapping[str, Json]:
    url = f"https://cdn.example.com/videos/{job}.mp4"
    return {
        "general": {
            "event": "project.completed",
            "projectId": job.replace("vid_", "proj_"),
            "status": "completed",
            "video": {
                "id": job,
                "url": url,
                "thumbnail": url.replace(".mp4", ".jpg"),
                "duration": 13,
                "aspectRatio": "9:16",
                "resolution": "1080x1920",
            },
            "createdAt": STAMP,
            "completedAt": STAMP,
        },
        "skill": {
            "event": "video.completed",
            "videoId": job,
            "status": "completed",
            "downloadUrl": url,
            "duration": 13,
        },
    }


def headers(secret: str, job: str, stamp: int, body: bytes) -> Mapping[str, str]:
    return {}


def _first(job: str, state: str, said: str, more: Json) -> Json:
    about = {
        "projectId": job.replace("vid_", "proj_"),
        "originalDuration": "5s",
        "extendedDuration": "13s",
    }
    told = {"videoId": job, "status": state, **more, "metadata": about}
    return {"status": state, "data": told, "message": said}
