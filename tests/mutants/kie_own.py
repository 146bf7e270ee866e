"""kie.ai, bent: upgrades, the balance, links and uploads."""

from __future__ import annotations

from conformance.clips import Recipe
from conformance.listener import Delivery
from tests.mutants.bends import (
    again,
    ask,
    asked,
    at,
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
    GENERATE,
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
from tests.mutants.wire import Ahead, Call, Json, Reply

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
NOT_TAKEN = {"success": False, "code": 400, "msg": "Missing required parameter: fileName"}
TAKEN = {"success": True, "code": 200, "msg": "File uploaded successfully", "data": PUT_UP}


def not_4k(delivery: Delivery, take: Take) -> int:
    return 200 if "4K" in delivery.json()["msg"] else take(delivery)


def of_4k_without_images(body: Json) -> Json:
    if "4K" in body["msg"]:
        del body["data"]["info"]["imageUrls"]
    return body


async def upgrades_wide_ones(call: Call, ahead: Ahead) -> Reply:
    """Only what is 16:9 has upgrades."""
    answer, body = await ahead(call), call.json() or {}
    if f"{call.method} {call.path}" == GENERATE and body.get("aspect_ratio") == "9:16":
        call.kept.setdefault("upright", set()).add(at(answer.json(), "/data/taskId"))
    if "/get-" not in call.path:
        return answer
    asked = f"{call.query} {body.get('taskId')}"
    known = any(str(one) in asked for one in call.kept.get("upright", ()))
    return refused(422, "only videos of 16:9")(answer) if known else answer


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
        "kie.upright-video-is-upgraded",
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
        "kie.upgrades-need-success",
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
        "1080p-without-an-index-0",
        "kie.1080p-index",
        bend=reply(HD, refused(404, "no such video"), when=lambda call: "index=0" in call.query),
    ),
    mutant("upright-is-not-upgraded", "kie.upright-video-is-upgraded", bend=upgrades_wide_ones),
    mutant(
        "1080p-unknown-in-other-words",
        "kie.unknown-record-says-so",
        bend=reply(HD, member("/msg", "no such task"), when=says("record is null")),
    ),
    mutant(
        "unknown-record-in-other-words",
        "kie.unknown-record-says-so",
        bend=reply(POLL, member("/msg", "no such task"), when=says("record is null")),
    ),
    mutant(
        "1080p-of-what-runs-in-other-words",
        "kie.upgrades-need-success",
        bend=reply(HD, member("/msg", "wait"), when=says("not success")),
    ),
    mutant(
        "4k-of-what-runs",
        "kie.upgrades-need-success",
        bend=reply(UHD, accepted(), when=says("not success")),
    ),
    mutant(
        "4k-done-in-other-words",
        "kie.4k-done",
        bend=reply(UHD, member("/msg", "ready"), when=says("generated successfully")),
    ),
    mutant(
        "4k-record-with-a-fallback",
        "kie.4k-record-members",
        bend=reply(POLL, member("/data/fallbackFlag", False), when=every(upgrade, flag(1))),
    ),
    mutant(
        "4k-record-without-media",
        "kie.4k-record-members",
        bend=reply(POLL, without("/data/response/mediaIds"), when=every(upgrade, flag(1))),
    ),
    mutant(
        "4k-by-get",
        "kie.4k-by-get",
        bend=instead("GET /kie/api/v1/veo/get-4k-video", 200, FINE),
    ),
)

ACCOUNT = (
    mutant("refusal-is-charged", "kie.refusal-is-free", bend=drained(4, 15)),
    mutant("failure-is-charged", "kie.failure-is-free", chosen={"charged-on-failure": "yes"}),
    mutant("success-is-free", "kie.success-is-paid", bend=drained(6, -15)),
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
        "kie.upload-names",
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
        "form-anywhere",
        "kie.upload-form-needs-both",
        bend=instead(FORM, 200, TAKEN, when=lambda call: b"uploadPath" not in call.body),
    ),
    mutant(
        "form-of-nothing",
        "kie.upload-form-needs-both",
        bend=instead(FORM, 200, TAKEN, when=lambda call: b"filename" not in call.body),
    ),
    mutant(
        "url-of-nothing",
        "kie.upload-needs-a-path",
        bend=instead(BY_URL, 200, TAKEN, when=not_asked("/fileUrl")),
    ),
    mutant(
        "upload-without-a-name",
        "kie.upload-names",
        bend=instead(BASE64, 400, NOT_TAKEN, when=not_asked("/fileName")),
    ),
    mutant(
        "upload-of-another-name",
        "kie.upload-names",
        bend=reply(BASE64, member("/data/fileName", "upload.png")),
    ),
    mutant(
        "upload-by-get",
        "kie.upload-by-get",
        bend=reply("GET /kie/api/file-base64-upload", status(404)),
    ),
    mutant("upload-is-charged", "kie.upload-is-free", bend=drained(2, 1)),
    mutant(
        "upload-refused-in-200",
        "kie.upload-needs-a-key",
        bend=reply(UPLOAD, status(200), when=code(401)),
    ),
)

MUTANTS = (*UPGRADES, *ACCOUNT, *UPLOADS)
_ = (chain, no)
