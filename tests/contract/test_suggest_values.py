"""For a value that is refused, one is found that would do."""

from __future__ import annotations

import pytest

from mockserver.contract.model import Json
from mockserver.contract.suggest import LARGEST_BODY
from tests.contract.suggest_steps import CLIP, NEW, SAID, URL, XAI, adviser, call_of, checker, said

VALUES = [
    # Another type.
    (
        "pictory",
        "create_video",
        {"prompt": SAID, "duration": 8},
        'duration: send "8s" instead of 8',
    ),
    ("pictory", "create_video", {"duration": "8"}, 'duration: send "8s" instead of "8"'),
    ("ltx", "extend_v2", {"duration": "8s"}, 'duration: send 8 instead of "8s"'),
    (
        "ltx",
        "extend_v2",
        {"duration": "2.5 seconds"},
        'duration: send 2.5 instead of "2.5 seconds"',
    ),
    ("kie", "generate", {"prompt": SAID, "duration": "8"}, 'duration: send 8 instead of "8"'),
    (
        "hooked",
        "extendVideo",
        {"generateAudio": "true"},
        'generateAudio: send true instead of "true"',
    ),
    # Wrapped too little or too much.
    (
        "xai",
        XAI,
        {"prompt": SAID, "video": URL},
        f'video: send {{"url":"{URL}"}} instead of "{URL}"',
    ),
    ("xai", XAI, {"video": "file_1"}, 'video: send {"file_id":"file_1"} instead of "file_1"'),
    ("ltx", "extend_v2", {"video_uri": {"url": URL}}, f'video_uri: send "{URL}" instead of'),
    ("hooked", "extendVideo", {"media": ["m"]}, 'media: send "m" instead of ["m"]'),
    ("kie", "generate", {"imageUrls": URL}, f'imageUrls: send ["{URL}"] instead of "{URL}"'),
    (
        "kie",
        "extend",
        [{"taskId": "x", "prompt": SAID}],
        "send the one object without a list around",
    ),
    # One of a list, nearly.
    ("pictory", "create_video", {"model": "Veo3.1"}, 'model: send "veo3.1" instead of "Veo3.1"'),
    ("ltx", "extend_v2", {"mode": "END"}, 'mode: send "end" instead of "END"'),
    ("ltx", "extend_v2", {"model": "ltx-2.3-pro"}, 'model: send "ltx-2-3-pro" instead of'),
    ("kie", "generate", {"aspect_ratio": "16x9"}, 'aspect_ratio: send "16:9" instead of "16x9"'),
    ("kie", "generate", {"generationType": "text-to-video"}, 'generationType: send "TEXT_2_VIDEO"'),
    ("xai", NEW, {"resolution": 1080}, 'resolution: send "1080p" instead of 1080'),
    ("xai", NEW, {"resolution": "1920x1080"}, 'resolution: send "1080p" instead of "1920x1080"'),
    (
        "ltx",
        "text_to_video_v2",
        {**CLIP, "resolution": "1080p"},
        'resolution: send "1920x1080" or "1080x1920" instead of "1080p"',
    ),
    ("hooked", "extendVideo", {"targetDuration": 10}, "targetDuration: send 8 or 12 instead of 10"),
    ("hooked", "extendVideo", {"targetDuration": 61}, "targetDuration: send 60 instead of 61"),
    # Nothing at all.
    ("kie", "extend", {"callBackUrl": None}, "callBackUrl: leave it out instead of sending null"),
    ("pictory", "create_video", {"webhook": ""}, 'webhook: leave it out instead of sending ""'),
    # Right for another model.
    (
        "pictory",
        "create_video",
        {"model": "veo3.1", "duration": "10s"},
        'duration "10s" is allowed with model "pixverse5.5"',
    ),
    (
        "pictory",
        "create_video",
        {"duration": "6s"},
        'duration "6s" is allowed with model "veo3.1" or "veo3.1_fast"',
    ),
    # Right for another provider, or another operation.
    ("pictory", "create_video", {"model": "veo3"}, 'model: "veo3" is one of kie.ai\'s'),
    ("kie", "generate", {"resolution": "480p"}, 'resolution: "480p" is one of xAI\'s'),
    ("kie", "extend", {"model": "veo3_fast"}, 'model: "veo3_fast" is one of generate\'s'),
    ("kie", "extend", {"model": "veo3_fast"}, 'model: send "fast" instead of "veo3_fast"'),
]


@pytest.mark.parametrize(("provider", "name", "body", "expected"), VALUES)
def test_a_value_that_is_refused_has_one_that_would_do(
    provider: str, name: str, body: Json, expected: str
) -> None:
    assert any(one.startswith(expected) for one in said(provider, name, body))


TWO: Json = {"prompt": SAID, "firstFrameImageUrl": URL, "extendVideoUrl": URL}
TOGETHER = [
    ("pictory", "create_video", TWO, "send only one of firstFrameImageUrl and extendVideoUrl"),
    ("xai", NEW, {"seconds": 5, "duration": 5}, "send only one of seconds and duration"),
    (
        "xai",
        NEW,
        {"image": {"url": URL, "image_url": URL}},
        "image: send only one of image_url and url",
    ),
    ("ltx", "audio_to_video_v2", {"audio_uri": URL}, "send one of image_uri and prompt"),
    (
        "ltx",
        "audio_to_video_v2",
        {"audio_uri": URL, "prompt": SAID, "last_frame_uri": URL},
        "last_frame_uri goes together with image_uri",
    ),
]


@pytest.mark.parametrize(("provider", "name", "body", "expected"), TOGETHER)
def test_what_goes_together_is_said_by_name(
    provider: str, name: str, body: Json, expected: str
) -> None:
    assert said(provider, name, body) == [expected]


def test_what_the_provider_would_object_to_is_not_suggested() -> None:
    operation = checker("ltx").contract.operation("text_to_video_v2")
    call = call_of(operation, {**CLIP, "duration": 12})
    told: list[Json] = []

    def objects(body: Json) -> bool:
        told.append(body)
        return not body["model"].endswith("-fast")

    def never(body: Json) -> bool:
        return False  # it was refused for what is not in the body: a file, a scenario

    [one] = adviser("ltx").content(operation, call, refused="/duration", objects=objects)
    assert one.say == 'duration 12 is allowed with model "ltx-2-3-fast" or "ltx-2-5-fast"'
    fast = ["ltx-2-3-fast", "ltx-2-5-fast"]
    assert [body["model"] for body in told] == [CLIP["model"], *fast, "ltx-2-5-pro"]
    assert adviser("ltx").content(operation, call, refused="/duration", objects=never) == ()
    assert (
        adviser("ltx").content(operation, call, refused="/duration", objects=lambda body: True)
        == ()
    )


def test_a_value_is_shown_short_and_a_large_body_is_not_looked_at() -> None:
    long = "https://example.com/" + "a" * 5000
    [one] = said("xai", XAI, {"prompt": SAID, "video": long})
    assert len(one) < 200
    operation = checker("kie").contract.operation("extend")
    call = call_of(operation, {"callback_url": "x" * LARGEST_BODY})
    assert adviser("kie").content(operation, call) == ()
