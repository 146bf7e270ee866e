"""What may have been meant is found in the specs, and nothing is said where nothing is apt."""

from __future__ import annotations

import pytest

from mockserver.contract import pointer as at
from mockserver.contract.model import Json
from tests.contract.suggest_steps import CLIP, NEW, SAID, URL, XAI, checker, said, suggested

FIELDS = [
    # The same name, written otherwise.
    ("kie", "extend", {"callback_url": URL}, "callback_url is spelt callBackUrl here"),
    ("kie", "extend", {"task_id": "x"}, "task_id is spelt taskId here"),
    ("xai", XAI, {"Prompt": SAID}, "Prompt is spelt prompt here"),
    ("xai", NEW, {"lastFrame": {"url": URL}}, "lastFrame is spelt last_frame here"),
    ("hooked", "extendVideo", {"meta_data": {}}, "meta_data is spelt metadata here"),
    (
        "pictory",
        "create_video",
        {"aspect_ratio": "16:9"},
        "aspect_ratio is spelt aspectRatio here (kie.ai and xAI call it aspect_ratio)",
    ),
    # One that is still recommended before an older one.
    ("kie", "generate", {"aspectratio": "16:9"}, "aspectratio is spelt aspect_ratio here"),
    # Mistyped.
    ("ltx", "extend_v2", {"durration": 8}, "durration looks like duration"),
    ("ltx", "extend_v2", {"promt": SAID}, "promt looks like prompt"),
    ("ltx", "extend_v2", {"video_url": URL}, "video_url looks like video_uri"),
    ("kie", "extend", {"seed": 42}, "seed looks like seeds"),
    ("kie", "generate", {"imageUrl": URL}, "imageUrl looks like imageUrls"),
    ("xai", XAI, {"video": {"uri": URL}}, "video.uri looks like video.url"),
    # Further in, further out.
    ("xai", XAI, {"video_url": URL}, "video_url belongs at video.url"),
    ("xai", XAI, {"upload_url": URL}, "upload_url belongs at output.upload_url"),
    ("xai", XAI, {"filename": "a.mp4"}, "filename belongs at storage_options.filename"),
    ("xai", XAI, {"video": {"url": URL, "duration": 6}}, "video.duration belongs at duration"),
    # What others call the address that is told of the end.
    (
        "kie",
        "extend",
        {"webhook": URL},
        "webhook is called callBackUrl here (Hooked and Pictory AI Studio call it webhook)",
    ),
    ("kie", "get_4k_video", {"webhook_url": URL}, "webhook_url is called callBackUrl here"),
    ("hooked", "extendVideo", {"callback_url": URL}, "callback_url is called webhook here"),
    (
        "pictory",
        "create_image",
        {"callBackUrl": URL},
        "callBackUrl is called webhook here (kie.ai calls it callBackUrl)",
    ),
    # What others call the rest.
    (
        "pictory",
        "create_video",
        {"video_uri": URL},
        "video_uri may be meant as extendVideoUrl (LTX calls it video_uri)",
    ),
    (
        "ltx",
        "extend_v2",
        {"extendVideoUrl": URL},
        "extendVideoUrl may be meant as video_uri (Pictory AI Studio calls it extendVideoUrl)",
    ),
    (
        "ltx",
        "extend_v2",
        {"video": {"url": URL}},
        "video may be meant as video_uri (xAI calls it video)",
    ),
    ("xai", XAI, {"extendVideoUrl": URL}, "extendVideoUrl may be meant as video.url"),
    ("xai", NEW, {"firstFrameImageUrl": URL}, "firstFrameImageUrl may be meant as image"),
    (
        "ltx",
        "image_to_video_v2",
        {**CLIP, "lastFrameImageUrl": URL},
        "lastFrameImageUrl may be meant as last_frame_uri",
    ),
    (
        "ltx",
        "image_to_video_v2",
        {**CLIP, "firstFrameImageUrl": URL},
        "firstFrameImageUrl may be meant as image_uri",
    ),
    ("hooked", "extendVideo", {"duration": 8}, "duration may be meant as targetDuration"),
    (
        "pictory",
        "create_video",
        {"image_url": URL},
        "image_url may be meant as firstFrameImageUrl or referenceImageUrls",
    ),
    # The one thing that is missing, where others need this one.
    (
        "hooked",
        "extendVideo",
        {"prompt": SAID, "video_uri": URL},
        "video_uri may be meant as media, which is missing (LTX calls it video_uri); "
        "media: The media id of a video of the account. No URL, no list.",
    ),
    (
        "kie",
        "extend",
        {"prompt": SAID, "video_uri": URL, "duration": 8},
        "video_uri may be meant as taskId, which is missing (LTX calls it video_uri); "
        "taskId: A task of this API.",
    ),
]


@pytest.mark.parametrize(("provider", "name", "body", "expected"), FIELDS)
def test_an_unknown_field_is_known_under_another_name(
    provider: str, name: str, body: Json, expected: str
) -> None:
    assert any(one.startswith(expected) for one in said(provider, name, body))


SILENT = [
    # Fields that mean nothing here, however near they sound.
    ("ltx", "extend_v2", {"webhook": URL}),
    ("ltx", "extend_v2", {"video_format": "mp4"}),
    ("ltx", "extend_v2", {"video_quality": "high"}),
    ("ltx", "extend_v2", {"negative_prompt": "rain"}),
    ("ltx", "extend_v2", {"audio_url": URL}),
    ("ltx", "extend_v2", {"seed": 7}),
    ("kie", "extend", {"taskId": "x", "prompt": SAID, "duration": 8}),
    ("kie", "extend", {"taskId": "x", "prompt": SAID, "mode": "end"}),
    ("kie", "extend", {"taskId": "x", "prompt": SAID, "aspect_ratio": "16:9"}),
    ("kie", "generate", {"prompt": SAID, "cfg_scale": 3}),
    ("pictory", "create_video", {"prompt": SAID, "last_frame_uri": URL}),
    ("pictory", "create_video", {"prompt": SAID, "frames": 24}),
    ("pictory", "create_video", {"prompt": SAID, "n": 1}),
    ("hooked", "extendVideo", {"prompt": SAID, "verbose": True}),
    ("hooked", "extendVideo", {"prompt": SAID, "account": "mine"}),
    ("xai", XAI, {"prompt": SAID, "video": {"url": URL}, "callback_url": URL}),
    ("xai", XAI, {"prompt": SAID, "video": {"url": URL}, "user": "me"}),
    ("xai", NEW, {"prompt": SAID, "length": 5}),
    ("xai", NEW, {"prompt": SAID, "style": "noir"}),
    # What is the client's own, at any depth.
    ("hooked", "extendVideo", {"prompt": SAID, "media": "m", "metadata": {"promt": 1, "a": {}}}),
    # Given already, in its right name.
    ("kie", "extend", {"taskId": "x", "prompt": SAID, "callBackUrl": URL, "callback_url": URL}),
    # Values that nothing comes near to.
    ("ltx", "extend_v2", {"video_uri": URL, "duration": 8, "mode": "sideways"}),
    ("ltx", "extend_v2", {"video_uri": URL, "duration": 99}),
    ("ltx", "extend_v2", {"video_uri": URL, "duration": "soon"}),
    ("ltx", "text_to_video_v2", {**CLIP, "duration": 7}),
    ("pictory", "create_video", {"prompt": SAID, "duration": "10m"}),
    ("kie", "extend", {"taskId": 7.5, "prompt": SAID}),
    ("kie", "extend", "taskId"),
    ("kie", "extend", [1, 2]),
    ("kie", "extend", None),
    ("kie", "extend", {}),
]


@pytest.mark.parametrize(("provider", "name", "body"), SILENT)
def test_nothing_is_said_where_nothing_is_apt(provider: str, name: str, body: Json) -> None:
    assert said(provider, name, body) == []


def test_the_query_is_looked_at_too() -> None:
    assert said("kie", "record_info", query={"task_id": "x"}) == ["task_id is spelt taskId here"]
    assert said("kie", "record_info", query={"id": "x"}) == [
        "id may be meant as taskId, which is missing"
    ]
    assert said("kie", "record_info", query={"taskId": "x", "verbose": "1"}) == []
    assert said("kie", "record_info", query={"verbose": "1"}) == []
    body = {"taskId": "x", "prompt": SAID}
    assert said("kie", "extend", body, query={"model": "fast"}) == ["model belongs into the body"]


def test_a_suggestion_says_what_it_is_about_and_where_the_spec_has_it() -> None:
    [one] = suggested("kie", "extend", {"taskId": "x", "prompt": SAID, "callback_url": URL})
    assert one.about == "body/callback_url"
    file, _, pointer = one.source.partition("#")
    assert file == "specs/kie.yaml"
    assert at.follow(checker("kie").contract.document, pointer)["type"] == "string"
