"""Hooked: what a request asks for, and what a schema cannot say against it."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from urllib.parse import urlsplit

import orjson

from mockserver.contract import pointer as at
from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Contract, Json
from mockserver.media import sources
from mockserver.media.model import Trouble
from mockserver.providers import hooked_rules as rules
from mockserver.providers.base import Here, Input

MINUTE = 60.0
LARGEST = 4 * 1024**3  # bytes: what is in the library is in the library
SHOWN = 200


def crowded(call: Call, here: Here) -> Problem | None:
    """Whether this key has called as often in the last minute as it may (A15).

    Calls of the delivery host carry no key; calls that are refused for this do not count.
    """
    limit = int(here.contract.number("rate-limit"))
    if not here.limited or not limit or not call.owner:
        return None
    lately = here.calls(call, MINUTE)
    if len(lately) < limit:
        return None
    retry = max(1, ceil(lately[-limit] + MINUTE - here.now))
    say = f"this key called {len(lately)} times in the last minute, allowed are {limit}"
    return Problem("rate-limit", {"retry": retry}, say=say)


def objection(call: Call, here: Here) -> Problem | None:
    """What stands against a body that keeps the schema, before its media is looked up."""
    return (
        _bad_webhook(call, here)
        or _heavy_metadata(call.body.get("metadata", {}), here.contract)
        or _no_id(call.body["media"])
    )


def wanted(media: str) -> Input:
    """The video of a request."""
    return Input("source", "/media", media, byte_limit=LARGEST)


def unusable(trouble: Trouble) -> Problem:
    """Why a media id leads to nothing that could be extended."""
    unknown = trouble.kind in ("unknown-file", "unfilled-file", "expired-file")
    name = "media-not-found" if unknown else "not-a-video"
    return Problem(name, say=trouble.detail, pointer="/media")


def filled(contract: Contract, body: Mapping[str, Json]) -> dict[str, Json]:
    """A request body with the contract's defaults where it says nothing."""
    where = contract.operation("extendVideo").bodies["application/json"]
    schema, _ = at.resolve(contract.document, at.follow(contract.document, where), where)
    rows = schema["properties"].items()
    return {name: row["default"] for name, row in rows if "default" in row} | dict(body)


def _bad_webhook(call: Call, here: Here) -> Problem | None:
    url = call.body.get("webhook")
    if url is None or ((host := _host(url)) and _may_be_told(url, host, call, here)):
        return None
    say = f"{url[:SHOWN]!r} is no HTTPS URL"
    if here.contract.setting("webhook-scheme") == "local":
        say += ", nor one of this machine"
    return Problem("webhook-not-https", say=say, pointer="/webhook")


def _may_be_told(url: str, host: str, call: Call, here: Here) -> bool:
    if sources.scheme_of(url) == "https":
        return True
    if here.contract.setting("webhook-scheme") == "https" or sources.scheme_of(url) != "http":
        return False
    return host == _host(call.base) or sources.is_loopback_url(url)


def _heavy_metadata(metadata: Json, contract: Contract) -> Problem | None:
    """Measured as it would travel: compact, in UTF-8."""
    size, most = len(orjson.dumps(metadata)), rules.limit(contract, "Metadata", "bytes", "maximum")
    if size <= most:
        return None
    say = f"the metadata has {size} bytes as compact JSON, allowed are {most}"
    return Problem("metadata-too-large", say=say, pointer="/metadata")


def _no_id(media: str) -> Problem | None:
    """A URL is looked up like any other id, and is none."""
    if sources.scheme_of(media) not in ("http", "https", "data"):
        return None
    say = "media is a URL; it must be the id of a video, such as POST /_mock/hooked/media gives"
    return Problem("media-not-found", say=say, pointer="/media")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
