"""xAI, bent."""

from __future__ import annotations

from tests.mutants.bends import member, reply, status_was
from tests.mutants.model import maker

mutant = maker("xai")
POLL = "GET /xai/v1/videos/*"
EXTEND = "POST /xai/v1/videos/extensions"

MUTANTS = (
    mutant(
        "url-while-pending",
        "poll.pending-has-no-url",
        "poll.schema.extend",
        "poll.schema.edit",
        "poll.schema.generate",
        bend=reply(
            POLL, member("/video", {"url": "https://vidgen.x.ai/a.mp4"}), when=status_was(202)
        ),
    ),
    mutant(
        "progress-falls",
        "poll.progress-never-falls",
        bend=reply(POLL, member("/progress", 1), when=status_was(202), nth=lambda n: n > 2),
    ),
)
