"""kie.ai, bent: how long tasks, uploads and links are kept."""

from __future__ import annotations

from tests.mutants.bends import member, reply
from tests.mutants.kie_bends import EXTEND, POLL, UHD, accepted, mutant, says

OLD = says("14 days")
TEN_DAYS, A_YEAR = "864000", "31536000"

MUTANTS = (
    mutant(
        "record-gone-early",
        "kie.record-is-kept",
        "kie.results-are-kept",
        chosen={"record-life": TEN_DAYS},
    ),
    mutant(
        "record-is-kept-for-ever",
        "kie.record-is-kept",
        "kie.results-are-kept",
        "kie.old-task-is-not-upgraded",
        "kie.old-task-is-not-extended",
        chosen={"record-life": A_YEAR},
    ),
    mutant(
        "old-record-in-other-words",
        "kie.old-record-says-so",
        bend=reply(POLL, member("/msg", "gone"), when=OLD),
    ),
    mutant(
        "old-task-is-upgraded",
        "kie.old-task-is-not-upgraded",
        bend=reply(UHD, accepted(), when=OLD),
    ),
    mutant(
        "old-task-is-extended",
        "kie.old-task-is-not-extended",
        bend=reply(EXTEND, accepted(), when=OLD),
    ),
    mutant("url-gone-early", "kie.results-are-kept", chosen={"url-life": TEN_DAYS}),
    mutant(
        "url-is-kept-for-ever",
        "kie.results-are-kept",
        chosen={"url-life": A_YEAR},
    ),
    mutant("upload-gone-early", "kie.upload-is-kept", chosen={"upload-life": "86400"}),
    mutant("upload-is-kept-for-ever", "kie.upload-expires", chosen={"upload-life": A_YEAR}),
    mutant("link-gone-early", "kie.link-is-kept", chosen={"link-life": "600"}),
    mutant("link-is-kept-for-ever", "kie.link-expires", chosen={"link-life": "86400"}),
)
