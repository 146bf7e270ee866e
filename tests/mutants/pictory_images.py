"""Pictory, bent: its images."""

from __future__ import annotations

from tests.mutants.bends import (
    ask,
    asked,
    every,
    header,
    member,
    not_asked,
    reply,
    sent,
    status_was,
    told,
)
from tests.mutants.model import maker
from tests.mutants.wire import Call

mutant = maker("pictory")
API = "/pictory/pictoryapis/v1"
CREATE = f"POST {API}/aistudio/images"
POLL = f"GET {API}/jobs/*"
FILE = "GET */image.png"
DONE = told("/data/status", "completed")


def after_another(call: Call) -> bool:
    """Whether an image is made after a picture that was made here."""
    body = call.json()
    return isinstance(body, dict) and "last-frame" in str(body.get("referenceImageUrl"))


MUTANTS = (
    mutant(
        "image-as-jpeg",
        "pictory.image-is-a-png",
        bend=reply(FILE, header("content-type", "image/jpeg"), when=status_was(200)),
    ),
    mutant(
        "image-of-another-size",
        "pictory.image-is-a-png",
        bend=reply(POLL, member("/data/width", 512), when=told("/data/width", 1024)),
    ),
    mutant(
        "images-after-nothing",
        "pictory.image-of-a-reference",
        bend=ask(
            CREATE, sent("/referenceImageUrl", "http://127.0.0.1:9/a.png"), when=after_another
        ),
    ),
    mutant(
        "nanobanana-at-one-price",
        "pictory.credits-of-nanobanana",
        bend=reply(POLL, member("/data/aiCreditsUsed", 4), when=told("/data/aiCreditsUsed", 14)),
    ),
    mutant(
        "another-default-of-images",
        "pictory.credits-of-an-image",
        bend=ask(
            CREATE,
            sent("/model", "nanobanana"),
            when=every(asked("/prompt"), not_asked("/model")),
        ),
    ),
    mutant(
        "whole-credits",
        "pictory.credits-of-an-image",
        bend=reply(POLL, member("/data/aiCreditsUsed", round), when=DONE),
    ),
)
