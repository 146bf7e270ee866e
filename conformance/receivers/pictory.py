"""Pictory: what a poll would answer, unsigned."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.model import Json


def new_job(number: int) -> str:
    return f"a3c1f0de-5b7a-4f29-8a64-{number:012x}"


def success(job: str) -> Json:
    at = f"https://results.example.com/{job}"
    told = {
        "status": "completed",
        "url": f"{at}/video.mp4",
        "duration": "8s",
        "width": 720,
        "height": 1280,
        "thumbnailImageUrl": f"{at}/thumbnail.jpg",
        "lastFrameImageUrl": f"{at}/last-frame.png",
        "previewImageUrl": f"{at}/preview.jpg",
        "aiCreditsUsed": 12.8,
    }
    return {"job_id": job, "success": True, "data": told}


def failure(job: str) -> Json:
    why = {"error_code": "TEXT_TO_VIDEO_FAILED", "error_message": "The video could not be made"}
    return {"job_id": job, "success": False, "data": {"status": "failed", **why}}


def odd(job: str) -> Json:
    return {"job_id": job, "success": True, "data": {"status": "archived"}}


def others(job: str) -> Mapping[str, Json]:
    """None is known."""
    return {}


def headers(secret: str, job: str, stamp: int, body: bytes) -> Mapping[str, str]:
    return {}
