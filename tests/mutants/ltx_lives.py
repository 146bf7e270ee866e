"""LTX, bent: how long jobs, results, tickets and uploads are kept."""

from __future__ import annotations

from tests.mutants.bends import chain, every, marks, member, of, reply, status, status_was, whole
from tests.mutants.ltx_bends import JOB, RETAKE, TICKET, mutant

LIVES = (
    mutant("record-short", "limits.record-kept", chosen={"record-life": "40000"}),
    mutant(
        "record-long",
        "limits.record-gone",
        "ltx.every-record-gone",
        chosen={"record-life": "200000"},
    ),
    mutant("url-short", "limits.url-kept", chosen={"url-life": "40000"}),
    mutant("url-long", "limits.url-gone", chosen={"url-life": "200000"}),
    mutant(
        "retakes-are-not-forgotten",
        "ltx.every-record-gone",
        bend=chain(
            marks(RETAKE, "retakes"),
            reply(
                "GET /ltx/v2/retake/*",
                whole({**JOB, "status": "processing"}),
                status(200),
                when=every(status_was(404), of("retakes")),
            ),
        ),
    ),
)

UPLOADS = (
    mutant(
        "ticket-short",
        "ltx.upload-url-kept",
        "ltx.upload-ends-in-an-hour",
        chosen={"upload-url-life": "1800"},
    ),
    mutant(
        "ticket-long",
        "ltx.upload-url-gone",
        "ltx.upload-ends-in-an-hour",
        chosen={"upload-url-life": "7200"},
    ),
    mutant(
        "ticket-tells-another-end",
        "ltx.upload-ends-in-an-hour",
        bend=reply(TICKET, member("/expires_at", "2030-01-01T00:00:00.000Z"), when=status_was(200)),
    ),
    mutant("upload-short", "ltx.upload-kept", chosen={"upload-life": "40000"}),
    mutant("upload-long", "ltx.upload-gone", chosen={"upload-life": "200000"}),
)

MUTANTS = (*LIVES, *UPLOADS)
