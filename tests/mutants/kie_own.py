"""kie.ai, bent: upgrades, the balance, links and uploads."""

from __future__ import annotations

from conformance.clips import Recipe
from conformance.listener import Delivery
from tests.mutants.bends import (
    again,
    ask,
    asked,
    chain,
    clip,
    every,
    file,
    instead,
    member,
    no,
    not_asked,
    reply,
    sent_header,
    status,
    truncated,
    without,
)
from tests.mutants.catches import pushed
from tests.mutants.kie_bends import (
    BEARER,
    CREDIT,
    EXTEND,
    HD,
    LINK,
    POLL,
    UHD,
    accepted,
    code,
    drained,
    flag,
    kept,
    keyless,
    mutant,
    refused,
    says,
    upgrade,
)
from tests.mutants.model import Take
from tests.mutants.wire import Call, Json

BASE64 = "POST /kie/api/file-base64-upload"
BY_URL = "POST /kie/api/file-url-upload"
FORM = "POST /kie/api/file-stream-upload"
UPLOAD = "POST /kie/api/file-*"
KEPT = "GET /kie/kieai/*"
SMALL = Recipe(640, 360, 24, 1.0)
FINE = {"code": 200, "msg": "success", "data": "https://tempfile.aiquickdraw.com/l/a/b.mp4"}
PUT_UP = {
    "fileName": "a.png",
    "filePath": "kieai/1/a.png",
    "downloadUrl": "https://tempfile.redpandaai.co/kieai/1/a.png",
    "fileSize": 1,
    "mimeType": "image/png",
    "uploadedAt": "2026-05-04T12:00:00.000Z",
}
TAKEN = {"success": True, "code": 200, "msg": "File uploaded successfully", "data": PUT_UP}


def not_4k(delivery: Delivery, take: Take) -> int:
    return 200 if "4K" in delivery.json()["msg"] else take(delivery)


def of_4k_without_images(body: Json) -> Json:
    if "4K" in body["msg"]:
        del body["data"]["info"]["imageUrls"]
    return body


def foreign(call: Call) -> bool:
    return "example.com" in str((call.json() or {}).get("url"))


UPGRADES = (
    mutant(
        "1080p-pending-with-data",
        "kie.1080p-comes-later",
        bend=reply(HD, member("/data", {}), when=says("processing")),
    ),
    mutant(
        "1080p-in-a-list",
        "kie.1080p-result",
        bend=reply(HD, member("/data/resultUrl", lambda found: [found]), when=code(200)),
    ),
    mutant("1080p-is-small", "kie.1080p-result", bend=file("GET /kie/p/*", clip(SMALL))),
    mutant(
        "1080p-never-ready",
        "kie.1080p-result",
        bend=reply(HD, refused(400, "1080P is processing"), when=code(200)),
    ),
    mutant(
        "upgraded-is-extended",
        "kie.upgraded-task-is-not-extended",
        bend=reply(EXTEND, accepted(), when=says("1080P")),
    ),
    mutant(
        "1080p-of-nothing",
        "kie.1080p-needs-a-task",
        bend=instead(HD, 200, FINE, when=lambda call: not call.query),
    ),
    mutant(
        "1080p-unknown-is-500",
        "kie.1080p-of-unknown-task",
        bend=reply(HD, member("/code", 500), when=says("record is null")),
    ),
    mutant(
        "1080p-of-what-runs",
        "kie.1080p-of-running-task",
        bend=reply(HD, member("/code", 200), when=says("not success")),
    ),
    mutant(
        "4k-begins-with-202",
        "kie.4k-begins",
        bend=reply(UHD, without("/data/imageUrls"), when=code(200)),
    ),
    mutant(
        "4k-has-urls-at-once",
        "kie.4k-begins",
        bend=reply(UHD, member("/data/resultUrls", ["https://a.example/a.mp4"]), when=code(200)),
    ),
    mutant(
        "4k-processing-in-other-words",
        "kie.4k-processing",
        bend=reply(UHD, member("/msg", "wait"), when=says("processing")),
    ),
    mutant(
        "4k-processing-is-200",
        "kie.4k-processing",
        bend=reply(UHD, member("/code", 200), when=says("processing")),
    ),
    mutant(
        "4k-done-without-urls",
        "kie.4k-done",
        bend=reply(UHD, member("/data/resultUrls", None), when=says("generated successfully")),
    ),
    mutant(
        "4k-record-fails",
        "kie.4k-record",
        bend=reply(POLL, without("/data/errorMessage"), when=every(upgrade, flag(1))),
    ),
    mutant("4k-is-not-sent", "kie.4k-callback", catch=not_4k),
    mutant("4k-sent-without-images", "kie.4k-callback", catch=pushed(of_4k_without_images)),
    mutant(
        "4k-by-get",
        "kie.4k-by-get",
        bend=instead("GET /kie/api/v1/veo/get-4k-video", 200, FINE),
    ),
)

ACCOUNT = (
    mutant("refusal-is-charged", "kie.refusal-is-free", bend=drained(2, 15)),
    mutant("failure-is-charged", "kie.failure-is-free", chosen={"charged-on-failure": "yes"}),
    mutant("success-is-free", "kie.success-is-paid", bend=drained(4, -15)),
    mutant("prices-of-2025", "kie.success-is-paid", chosen={"prices": "2025-10"}),
    mutant(
        "balance-as-text",
        "kie.credit-is-a-number",
        bend=reply(CREDIT, kept(member("/data", str)), when=code(200)),
    ),
    mutant(
        "balance-needs-no-key",
        "kie.credit-needs-a-key",
        bend=ask(CREDIT, sent_header("authorization", BEARER), when=keyless),
    ),
    mutant(
        "link-in-an-object",
        "kie.download-link",
        bend=reply(LINK, member("/data", lambda found: {"url": found}), when=code(200)),
    ),
    mutant("link-is-dead", "kie.download-link", bend=reply("GET /kie/l/*", status(404))),
    mutant(
        "link-to-anything",
        "kie.download-link-of-foreign-url",
        bend=instead(LINK, 200, FINE, when=foreign),
    ),
    mutant(
        "link-to-nothing",
        "kie.download-link-needs-a-url",
        bend=instead(LINK, 200, FINE, when=not_asked("/url")),
    ),
)

UPLOADS = (
    mutant(
        "uploads-cut-off",
        "kie.upload-base64",
        "kie.upload-form",
        "kie.upload-by-url",
        "kie.upload-replaces",
        bend=reply(KEPT, truncated(0.5)),
    ),
    mutant(
        "upload-is-not-replaced",
        "kie.upload-replaces",
        bend=again(BASE64, when=asked("/fileName", "same.png")),
    ),
    mutant(
        "upload-from-anywhere",
        "kie.upload-by-odd-url",
        bend=instead(BY_URL, 200, TAKEN, when=asked("/fileUrl", "ftp://example.com/a.png")),
    ),
    mutant(
        "upload-without-its-type",
        "kie.upload-answer",
        bend=reply(BASE64, without("/data/mimeType")),
    ),
    mutant(
        "upload-with-another-size",
        "kie.upload-answer",
        bend=reply(BASE64, member("/data/fileSize", 1)),
    ),
    mutant(
        "upload-anywhere",
        "kie.upload-needs-a-path",
        bend=instead(BASE64, 200, TAKEN, when=not_asked("/uploadPath")),
    ),
    mutant(
        "upload-of-anything",
        "kie.upload-needs-base64",
        bend=instead(BASE64, 200, TAKEN, when=asked("/base64Data", "not base64 at all!")),
    ),
    mutant(
        "upload-refused-in-200",
        "kie.upload-needs-a-key",
        bend=reply(UPLOAD, status(200), when=code(401)),
    ),
)

MUTANTS = (*UPGRADES, *ACCOUNT, *UPLOADS)
_ = (chain, no)
