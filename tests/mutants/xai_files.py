"""xAI's files, bent: uploads, lists, public URLs, kept results; and its models."""

from __future__ import annotations

from conformance.connection import KEYS
from tests.mutants.bends import (
    ask,
    asked,
    every,
    header,
    instead,
    member,
    reply,
    sent,
    sent_header,
    status,
    status_was,
    truncated,
    whole,
    without,
)
from tests.mutants.xai_bends import (
    ABSENT,
    DONE,
    EDIT,
    EXTEND,
    FILES,
    GENERATE,
    POLL,
    REFUSED,
    lasting,
    mutant,
    queried,
    refusal,
    swapped,
)

UPLOADED = (
    mutant(
        "size-misnamed",
        "xai.file-told",
        bend=reply(f"POST {FILES}", without("/bytes"), when=status_was(200)),
    ),
    mutant(
        "download-is-cut",
        "xai.file-bytes",
        bend=reply(
            f"GET {FILES}/*/content",
            truncated(0.5),
            when=lambda call: call.kept.setdefault("content", call) is call,
        ),
    ),
    mutant(
        "file-is-not-listed",
        "xai.file-listed",
        bend=reply(
            f"GET {FILES}", member("/data", []), when=lambda call: call.query == "limit=100"
        ),
    ),
    mutant(
        "file-is-not-deleted",
        "xai.file-deleted",
        bend=instead(
            f"DELETE {FILES}/*",
            200,
            {"id": "file_x", "deleted": True},
            when=lambda call: ABSENT not in call.path,
        ),
    ),
    mutant(
        "unknown-file-is-400",
        "xai.file-unknown",
        bend=reply(f"GET {FILES}/file_{ABSENT}", status(400), when=status_was(404)),
    ),
    mutant(
        "files-are-everybodys",
        "xai.file-foreign",
        bend=ask(
            f"GET {FILES}/*",
            sent_header("authorization", f"Bearer {KEYS[0]}"),
            when=lambda call: KEYS[1] in call.headers.get("authorization", ""),
        ),
    ),
    mutant(
        "form-without-file-is-422",
        "xai.file-form",
        bend=reply(f"POST {FILES}", status(422), when=refusal("no field file")),
    ),
    mutant(
        "file-lives-too-short",
        "xai.file-life",
        bend=ask(
            f"POST {FILES}", swapped(b'"expires_after"\r\n\r\n3599', b'"expires_after"\r\n\r\n3600')
        ),
    ),
    mutant(
        "file-is-no-source",
        "xai.file-as-source",
        bend=reply(
            EXTEND,
            status(400),
            whole(REFUSED),
            when=every(asked("/video/file_id"), status_was(200)),
        ),
    ),
    mutant(
        "any-file-is-a-source",
        "xai.file-type",
        "xai.file-container",
        bend=reply(
            EXTEND, status(200), whole({"request_id": ABSENT}), when=refusal("cannot be used here")
        ),
    ),
    mutant(
        "uploads-are-not-edited",
        "xai.file-to-edit",
        bend=reply(
            EDIT, status(400), whole(REFUSED), when=every(asked("/video/file_id"), status_was(200))
        ),
    ),
    mutant(
        "no-pictures-by-id",
        "xai.file-as-picture",
        bend=reply(
            GENERATE,
            status(400),
            whole(REFUSED),
            when=every(asked("/reference_images/0/file_id"), status_was(200)),
        ),
    ),
    mutant(
        "any-file-is-a-picture",
        "xai.file-no-picture",
        bend=reply(
            GENERATE,
            status(200),
            whole({"request_id": ABSENT}),
            when=refusal("cannot be used here"),
        ),
    ),
    mutant(
        "file-does-not-tell-its-end",
        "xai.file-ends",
        "xai.file-life-by-anchor",
        bend=reply(f"POST {FILES}", member("/expires_at", None), when=status_was(200)),
    ),
    mutant(
        "every-file-ends",
        "xai.file-for-good",
        bend=reply(
            f"POST {FILES}",
            member("/expires_at", lambda told: told or 1_795_910_400),
            when=status_was(200),
        ),
    ),
    mutant(
        "any-anchor",
        "xai.file-life-by-anchor",
        bend=ask(f"POST {FILES}", swapped(b"last_active_at", b"created_at")),
    ),
    mutant(
        "no-purposes",
        "xai.file-purpose",
        bend=reply(
            f"POST {FILES}",
            status(400),
            whole(REFUSED),
            when=lambda call: b'"purpose"\r\n\r\nany\r\n' in call.body,
        ),
    ),
    mutant(
        "any-file-name",
        "xai.file-name",
        bend=ask(f"POST {FILES}", swapped(b'filename=".."', b'filename="up.mp4"')),
    ),
    mutant(
        "no-form-is-400",
        "xai.file-no-form",
        bend=reply(f"POST {FILES}", status(400), when=status_was(415)),
    ),
    mutant(
        "text-is-not-read",
        "xai.file-format",
        bend=reply(
            f"GET {FILES}/*/content",
            status(400),
            whole(REFUSED),
            when=lambda call: "format=text" in call.query,
        ),
    ),
    mutant(
        "download-is-typed",
        "xai.file-as-bytes",
        bend=reply(f"GET {FILES}/*/content", header("content-type", "video/mp4")),
    ),
    mutant(
        "files-live-on",
        "xai.file-expires",
        "xai.result-expires",
        bend=lasting(f"GET {FILES}/*"),
    ),
)

LISTED = (
    mutant(
        "pages-repeat",
        "xai.files-paged",
        bend=ask(f"GET {FILES}", queried("&(pagination_token|after)=.*", "")),
    ),
    mutant(
        "after-is-ignored",
        "xai.files-after",
        bend=ask(f"GET {FILES}", queried("&after=.*", "")),
    ),
    mutant(
        "any-limit",
        "xai.files-limit",
        bend=ask(f"GET {FILES}", queried("^limit=0$", "limit=1")),
    ),
    mutant(
        "fifty-on-a-page",
        "xai.files-usual-limit",
        bend=ask(f"GET {FILES}", queried("^$", "limit=50")),
    ),
    mutant(
        "oldest-first",
        "xai.files-newest-first",
        bend=ask(f"GET {FILES}", queried("^limit=100$", "limit=100&order=asc")),
    ),
    mutant(
        "names-are-not-sorted",
        "xai.files-sorted",
        bend=ask(f"GET {FILES}", queried("sort_by=filename", "sort_by=created_at")),
    ),
    mutant(
        "any-order",
        "xai.files-no-order",
        bend=ask(f"GET {FILES}", queried("order=up", "order=asc")),
    ),
    mutant(
        "filters-are-ignored",
        "xai.files-filtered",
        bend=ask(f"GET {FILES}", queried("&filter=size.*", "")),
    ),
    mutant(
        "filters-know-no-or",
        "xai.files-filtered-more",
        bend=reply(
            f"GET {FILES}", status(400), whole(REFUSED), when=lambda call: "%20OR%20" in call.query
        ),
    ),
)

PUBLISHED = (
    mutant(
        "public-url-needs-key",
        "xai.file-public",
        "xai.result-published",
        "xai.public-url-expires",
        bend=reply("GET */files-cdn/*", status(401)),
    ),
    mutant(
        "revoked-url-works",
        "xai.file-revoked",
        "xai.file-tells-its-url",
        "xai.revoked-told",
        bend=instead(
            f"POST {FILES}/*/revoke",
            200,
            {"id": "file_x", "revoked": True},
            when=lambda call: KEYS[0] in call.headers.get("authorization", ""),
        ),
    ),
    mutant(
        "url-lives-too-short",
        "xai.file-public-life",
        bend=ask(
            f"POST {FILES}/*/public-url",
            sent("/expires_after", 3600),
            when=asked("/expires_after", 3599),
        ),
    ),
    mutant(
        "url-outlives-its-file",
        "xai.url-outlives-file",
        bend=ask(
            f"POST {FILES}/*/public-url",
            sent("/expires_after", 3600),
            when=asked("/expires_after", 172_800),
        ),
    ),
    mutant(
        "url-is-not-told",
        "xai.file-tells-its-url",
        bend=reply(f"GET {FILES}/file_*", without("/public_url")),
    ),
    mutant(
        "revoked-without-id",
        "xai.revoked-told",
        bend=reply(f"POST {FILES}/*/revoke", without("/id")),
    ),
    mutant(
        "url-with-a-token-behind",
        "xai.public-url-form",
        "xai.file-tells-its-url",
        bend=reply(f"POST {FILES}/*/public-url", member("/public_url", lambda url: f"{url}?a=1")),
    ),
    mutant(
        "url-does-not-tell-its-end",
        "xai.public-url-life",
        bend=reply(f"POST {FILES}/*/public-url", without("/expires_at")),
    ),
    mutant(
        "everything-is-published",
        "xai.unpublishable",
        bend=reply(
            f"POST {FILES}/*/public-url",
            status(200),
            whole({"public_url": "https://files-cdn.x.ai/a/b.mp4"}),
            when=refusal("cannot have a public URL"),
        ),
    ),
    mutant("public-urls-live-on", "xai.public-url-expires", bend=lasting("GET */files-cdn/*")),
)

KEPT = (
    mutant(
        "result-is-not-kept",
        "xai.result-stored",
        "xai.result-published",
        "xai.publishing-fails",
        bend=reply(POLL, without("/video/file_output"), when=DONE),
    ),
    mutant(
        "kept-result-is-not-published",
        "xai.result-published",
        bend=reply(POLL, without("/video/file_output/public_url"), when=DONE),
    ),
    mutant(
        "kept-result-does-not-tell-its-end",
        "xai.result-ends",
        bend=reply(POLL, without("/video/file_output/expires_at"), when=DONE),
    ),
    mutant(
        "url-of-kept-result-ends-with-it",
        "xai.result-url-ends",
        bend=ask(
            GENERATE,
            sent("/storage_options/public_url", True),
            when=every(
                asked("/storage_options/expires_after", 86_400),
                asked("/storage_options/public_url/expires_after", 3_600),
            ),
        ),
    ),
    mutant(
        "every-result-is-published",
        "xai.result-for-good",
        bend=ask(
            GENERATE,
            sent("/storage_options/public_url", True),
            when=asked("/storage_options/public_url", False),
        ),
    ),
    mutant(
        "url-error-is-not-told",
        "xai.publishing-fails",
        bend=reply(POLL, without("/video/file_output/public_url_error"), when=DONE),
    ),
)

MODELS = (
    mutant(
        "only-new-models",
        "xai.models-listed",
        bend=reply("GET /xai/v1/video-generation-models", member("/models", [])),
    ),
    mutant(
        "model-without-modalities",
        "xai.model-read",
        bend=reply("GET /xai/v1/video-generation-models/*-video", without("/input_modalities")),
    ),
    mutant(
        "every-model-exists",
        "xai.model-unknown",
        bend=instead("GET /xai/v1/video-generation-models/*-9", 200, {"id": "x"}),
    ),
)

MUTANTS = (*UPLOADED, *LISTED, *PUBLISHED, *KEPT, *MODELS)
