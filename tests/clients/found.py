"""What is known of real clients: how each ends, and what the verdict finds, case by case.

Tests hold every line against a run. README's table is written from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

SUCCESS, ERROR, EMPTY, ENDLESS = "success", "error", "status 0 without a video", "no end"
WELL = "plain"  # nothing goes wrong
DATE = "as read in 2026-11"
TWICE = "MUST client.submit.paid-twice"
ONE_DOWNLOAD = "SHOULD client.download.gives-up-after-one-failure"
UNFETCHED = "NOTE client.finish.never-fetched"

Found = Mapping[str, tuple[str, ...]]
"""By case or scenario: how the client ends, then the findings with their levels."""


class Client(NamedTuple):
    """A client as it was driven, its packages with their versions, and what was found."""

    name: str
    packages: Mapping[str, str]
    found: Found

    def row(self) -> str:
        """As a line of the table."""
        versions = ", ".join(self.packages.values()) or DATE
        ends = _cell((end, case) for case, (end, *_) in self.found.items())
        faults = _cell(
            (f"{level} `{rule}`", case)
            for case, (_, *findings) in self.found.items()
            for level, rule in map(str.split, findings)
        )
        return f"| {self.name} | {versions} | {ends} | {faults or 'nothing'} |"


BOTH_MAJORS: Found = {
    WELL: (SUCCESS,),
    "failed": (ERROR,),
    "stuck": (ERROR,),
    "rate-limited": (SUCCESS,),
    "server-error": (SUCCESS,),
    "reset": (SUCCESS, TWICE),
    "done-without-url": (ERROR,),
    "media-truncated": (ERROR, ONE_DOWNLOAD),
    "poll-unauthorized": (ERROR,),
    "poll-202-empty": (SUCCESS,),
    "poll-400-moderated": (ERROR,),
    "done-moderated-without-url": (ERROR,),
    "create-422-text": (ERROR,),
}
AI_SDK_5 = Client(
    "`@ai-sdk/xai` with `ai`",
    {"@ai-sdk/xai": "5.0.12", "ai": "7.0.173"},
    {**BOTH_MAJORS, "poll-error": (SUCCESS,), "poll-reset": (SUCCESS,)},
)
AI_SDK_3 = Client(
    "`@ai-sdk/xai` with `ai`, as npm gives Node 18 and 20",
    {"xai3": "3.0.138", "ai6": "6.0.326"},
    {**BOTH_MAJORS, "poll-error": (ERROR, TWICE), "poll-reset": (ERROR, TWICE)},
)
XAI_SDK = Client(
    "`xai-sdk`, sync and async, over gRPC",
    {"xai-sdk": "1.21.0"},
    {
        WELL: (SUCCESS,),
        "failed": (ERROR,),
        "content_policy": (ERROR,),
        "server_error": (ERROR,),
        "reset": (SUCCESS, TWICE),
        "create_529_once": (SUCCESS, "MUST client.submit.ignores-retry-after"),
    },
)
FELORES = {"@felores/kie-ai-mcp-server": "5.0.0"}
KIE_DOCUMENTED = Client(
    "`@felores/kie-ai-mcp-server` over stdio: generates, cannot extend",
    FELORES,
    {
        WELL: (ERROR, "SHOULD client.poll.after-the-end"),
        "failed": (ERROR, "MUST client.poll.after-the-end"),
    },
)
KIE_COMPATIBLE = Client(
    "the same, with `--set kie.record-compat-state=on`: records with the `state` that it reads",
    FELORES,
    {
        WELL: (SUCCESS, UNFETCHED),
        "failed": (ERROR,),
        "stuck": (ERROR,),
        "rate-limited": (ERROR,),
        "rate-limited-in-body": (ERROR,),
        "server-error": (ERROR,),
        "body-code-only": (ERROR,),
        "reset": (ERROR,),
        "poll-error": (SUCCESS, UNFETCHED),
        "poll-unauthorized": (ERROR, "MUST client.auth.retries-with-refused-key"),
        "done-without-url": (SUCCESS, "MUST client.finish.success-not-possible"),
        "webhook-lost": (SUCCESS, UNFETCHED),
    },
)
SAMPLES = {
    "xai_requests.py": Client(
        "xAI's sample with requests, unedited",
        {},
        {WELL: (SUCCESS,), "failed": (EMPTY,), "poll_500_once": (ERROR,)},
    ),
    "xai_curl.sh": Client(
        "xAI's sample with curl and jq, unedited",
        {},
        {
            WELL: (SUCCESS,),
            "failed": (EMPTY,),
            "server_error": (ENDLESS, "MUST client.poll.keeps-asking"),
        },
    ),
    "xai_ai_sdk.mjs": Client("xAI's sample with the AI SDK, unedited", {}, {WELL: (SUCCESS,)}),
    "xai_python_sdk.py": Client("xAI's sample with `xai-sdk`, unedited", {}, {WELL: (SUCCESS,)}),
    "pictory_extend.py": Client(
        "Pictory's guide in Python, unedited",
        {},
        {WELL: (SUCCESS,), "failed": (ERROR,), "server_error": (ERROR,)},
    ),
    "pictory_extend.mjs": Client(
        "Pictory's guide in Node, unedited",
        {},
        {WELL: (SUCCESS,), "failed": (EMPTY,), "server_error": (EMPTY,)},
    ),
    "hooked_basic.mjs": Client(
        "Hooked's sample with fetch, unedited: orders, and does not wait",
        {},
        {WELL: (EMPTY,), "server_error": (ERROR,)},
    ),
}
CLIENTS = (AI_SDK_5, AI_SDK_3, XAI_SDK, KIE_DOCUMENTED, KIE_COMPATIBLE, *SAMPLES.values())


def table() -> str:
    """Every client with how it ends and what was found."""
    head = ["| client | version | how it ends | what the verdict found |", "|---|---|---|---|"]
    return "\n".join([*head, *(one.row() for one in CLIENTS)])


def _cell(pairs: Iterable[tuple[str, str]]) -> str:
    """What is the same in several cases, once, with these cases."""
    where: dict[str, list[str]] = {}
    for what, case in pairs:
        where.setdefault(what, []).append(case)
    return "<br>".join(f"{what}: {', '.join(cases)}" for what, cases in where.items())
