"""LTX: the media that requests refer to: how it is fetched, and what is said when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Operation
from mockserver.media import sources
from mockserver.media.model import Clip, Trouble
from mockserver.providers import ltx_rules as rules
from mockserver.providers.base import Found, Here, Input

# Per kind of job: field of the body → its part in the rendering, kind of file, shape in the spec.
FIELDS = {
    "extend": {"video_uri": ("source", "video", "MeasuredExtendVideo")},
    "retake": {"video_uri": ("source", "video", "MeasuredRetakeVideo")},
    "text_to_video": {},
    "image_to_video": {
        "image_uri": ("first", "image", "MeasuredImage"),
        "last_frame_uri": ("last", "image", "MeasuredImage"),
    },
    "audio_to_video": {
        "audio_uri": ("soundtrack", "audio", "MeasuredAudio"),
        "image_uri": ("first", "image", "MeasuredImage"),
        "last_frame_uri": ("last", "image", "MeasuredImage"),
    },
}
TROUBLES = {
    "unknown-file": "unknown-upload",
    "unfilled-file": "unknown-upload",
    "expired-file": "expired-upload",
    "bad-data-uri": "bad-data-uri",
    "bad-url": "bad-uri",
    "not-allowed": "url-unreachable",
    "unresolved": "url-unreachable",
    "unreachable": "url-unreachable",
    "status": "url-unreachable",
    "timed-out": "url-timeout",
    "redirected": "url-redirected",
}
TOO_LARGE = {"url": "url-too-large", "upload": "upload-too-large", "data": "data-uri-too-large"}
MIB = 1024 * 1024
SHOWN = 200


def references(operation: Operation, call: Call, here: Here) -> Sequence[Input] | Problem:
    """Every file a request names, or the first name that no fetching could make good."""
    found = []
    for field in FIELDS[operation.job]:
        if field in call.body:
            if problem := _bad_reference(field, call, here):
                return problem
            found.append(_input(field, operation, call, here))
    return found


def trouble(operation: Operation, call: Call, found: Found, here: Here) -> Problem | None:
    """What keeps the files from being used. The first is the answer, all are explained."""
    problems: list[Problem] = []
    for field, (name, _, shape) in FIELDS[operation.job].items():
        match found.get(name):
            case Trouble() as one:
                problems.append(_failed(one, _input(field, operation, call, here)))
            case Clip() as clip:
                problems += rules.misfits(here.contract, clip, field, shape)
    if not problems:
        return None
    first, *others = problems
    say = "; ".join([first.say, *(f"{one.pointer} {one.say}" for one in others)])
    return Problem(first.name, first.fields, say=say, pointer=first.pointer)


def _bad_reference(field: str, call: Call, here: Here) -> Problem | None:
    """What the page on input formats forbids: no https, no domain, no known scheme."""
    reference = call.body[field]
    way = _way(reference)
    if way in ("data", "upload") or (way == "url" and _ours(reference, call, here)):
        return None
    shown = {"field": field, "host": _host(reference)}
    if way == "url" and sources.scheme_of(reference) == "http":
        return Problem("url-not-https", shown, say="the URL is not https", pointer=f"/{field}")
    if way == "url" and sources.is_ip_literal(reference):
        say = f"the host {shown['host']} is an address"
        return Problem("url-ip-literal", shown, say=say, pointer=f"/{field}")
    if way == "url" and sources.is_domain(reference):
        return None
    say = "it is no URL with a domain name, no ltx:// URI and no data URI"
    return Problem("bad-uri", shown, say=say, pointer=f"/{field}")


def _ours(reference: str, call: Call, here: Here) -> bool:
    """Whether a URL leads to this machine or this simulator, and that may be."""
    if here.strict:
        return False
    return _host(reference) == _host(call.base) or sources.is_loopback_url(reference)


def _input(field: str, operation: Operation, call: Call, here: Here) -> Input:
    name, kind, shape = FIELDS[operation.job][field]
    reference = call.body[field]
    by = "bytes_by_upload" if _way(reference) == "upload" else "bytes_by_url"
    return Input(
        name=name,
        pointer=f"/{field}",
        reference=reference,
        kind=kind,
        byte_limit=rules.limit(here.contract, shape, by),
        encoded_limit=rules.limit(here.contract, shape, "data_uri_characters"),
        seconds_limit=rules.limit(here.contract, shape, "seconds_to_fetch"),
    )


def _failed(trouble: Trouble, wanted: Input) -> Problem:
    """A trouble in the provider's words. What is no media in any way has one word for it."""
    way = _way(wanted.reference)
    name = TROUBLES.get(trouble.kind, "unreadable-media")
    if trouble.kind == "too-large":
        name = TOO_LARGE[way]
    fields = {
        "field": wanted.pointer[1:],
        "uri": wanted.reference[:SHOWN],
        "host": _host(wanted.reference),
        "seconds": f"{wanted.seconds_limit:g}",
        "limit": wanted.byte_limit // MIB,
    }
    return Problem(name, fields, say=trouble.detail, pointer=wanted.pointer)


def _way(reference: str) -> str:
    """How a file is named: data, upload, url, or in no way that is known."""
    scheme = sources.scheme_of(reference)
    return {"data": "data", "ltx": "upload", "http": "url", "https": "url"}.get(scheme, "")


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "") if _way(url) == "url" else ""
    except ValueError:
        return ""
