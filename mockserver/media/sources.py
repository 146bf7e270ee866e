"""From a reference to a file: a URL that is downloaded, or a data URI that is decoded.

The kinds of trouble here say why no bytes arrived; whether bytes are a clip, the probe says.
There is a file at `into` afterwards only if the answer is `Fetched`.
"""

from __future__ import annotations

import asyncio
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mockserver import egress
from mockserver.egress.places import is_numeric
from mockserver.media.model import Trouble

if TYPE_CHECKING:
    from aiohttp import ClientError, ClientResponse

TROUBLES = (
    "bad-url",
    "bad-data-uri",
    "not-allowed",  # by the egress policy
    "unresolved",
    "unreachable",  # refused, cut off, or answered in something that is not sound HTTP
    "status",  # answered otherwise than 200
    "redirected",
    "too-large",
    "timed-out",
)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 64 * 1024  # a multiple of four, so that base64 can be decoded piece by piece
LONGEST_DATA_HEADER = 256

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"(?:video|image|audio)/[a-z0-9][a-z0-9!#$&^_.+-]*")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that arrived whole."""

    path: Path
    bytes: int
    media_type: str  # as declared, lower case, without parameters; "" if the sender said nothing
    status: int  # 200, for a data URI too


@dataclass(frozen=True, slots=True)
class _Moved:
    status: int
    url: str


async def fetch(
    url: str,
    *,
    policy: egress.Policy,
    into: Path,
    byte_limit: int,
    seconds_limit: float,
    agent: str,
    redirects: int = 0,
    resolver: egress.Resolver = egress.system_resolver,
) -> Fetched | Trouble:
    """Download a URL into a new file, within the policy, the bytes and the seconds.

    No header goes out but Host, User-Agent, Accept and Accept-Encoding. Each of at most
    `redirects` hops is judged by the policy like the first request; all share the seconds.
    """
    answer: Fetched | Trouble | None = None
    try:
        async with asyncio.timeout(seconds_limit):
            answer = await _follow(
                url,
                hops=redirects,
                policy=policy,
                into=into,
                byte_limit=byte_limit,
                agent=agent,
                resolver=resolver,
            )
    except TimeoutError:
        answer = Trouble("timed-out", f"the file did not arrive within {seconds_limit:g} s")
    finally:
        if not isinstance(answer, Fetched):
            into.unlink(missing_ok=True)
    return answer


def from_data_uri(uri: str, *, into: Path, encoded_limit: int) -> Fetched | Trouble:
    """Decode a base64 data URI (RFC 2397) of a picture, sound or video into a new file.

    `encoded_limit` counts characters after the comma. Decodes piece by piece.
    """
    comma = uri.find(",", 0, LONGEST_DATA_HEADER)
    if comma < 0 or uri[:5].lower() != "data:":
        return _bad("it does not begin with data:, a media type and a comma")
    media_type, *parameters = uri[5:comma].lower().split(";")
    if not _MEDIA_TYPE.fullmatch(media_type):
        return _bad(f"its media type is {media_type!r}, not one of video, image or audio")
    if not parameters or parameters[-1] != "base64":
        return _bad("there is no ;base64 before the comma")
    length = len(uri) - comma - 1
    if length > encoded_limit:
        return Trouble(
            "too-large",
            f"the data URI has {length} characters after the comma, allowed {encoded_limit}",
        )
    written = 0
    try:
        written = _decode(uri, comma + 1, into)
    finally:
        if not written:
            into.unlink(missing_ok=True)
    if not written:
        return _bad(_flaw(uri, comma + 1))
    return Fetched(into, written, media_type, 200)


def scheme_of(url: str) -> str:
    """The scheme in lower case, "" if there is none."""
    match = _SCHEME.match(url)
    return match[1].lower() if match else ""


def is_domain(url: str) -> bool:
    """Whether the host is a name that could stand in public DNS: dotted, no address."""
    place = egress.place_of(url)
    if isinstance(place, egress.Refused):
        return False
    return not place.literal and not place.local and "." in place.host


def is_ip_literal(url: str) -> bool:
    """Whether the host is an address, be it in a spelling that nobody should use (127.1)."""
    place = egress.place_of(url)
    if isinstance(place, egress.Place):
        return place.literal is not None
    try:
        return is_numeric((urlsplit(url).hostname or "").removesuffix("."))
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether the host is this machine by its own words: localhost or a loopback address."""
    place = egress.place_of(url)
    if isinstance(place, egress.Refused):
        return False
    return place.local or (
        place.literal is not None and egress.reach(place.literal)[0] == "loopback"
    )


async def _follow(
    url: str,
    *,
    hops: int,
    policy: egress.Policy,
    into: Path,
    byte_limit: int,
    agent: str,
    resolver: egress.Resolver,
) -> Fetched | Trouble:
    followed = 0
    while True:
        pinned = await egress.pin(policy, url, resolver=resolver)
        if isinstance(pinned, egress.Refused):
            return Trouble(pinned.kind, pinned.reason)
        answer = await _request(pinned, into, byte_limit=byte_limit, agent=agent)
        if not isinstance(answer, _Moved):
            return answer
        if followed == hops:
            return Trouble(
                "redirected",
                f"{pinned.host} answered {answer.status} towards {_short(answer.url)}; "
                f"redirects followed: {followed}, allowed: {hops}",
            )
        url, followed = answer.url, followed + 1


async def _request(
    pinned: egress.Pinned, into: Path, *, byte_limit: int, agent: str
) -> Fetched | Trouble | _Moved:
    from aiohttp import ClientError

    headers = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "identity"}
    try:
        async with (
            egress.session(pinned, connections=1) as session,
            egress.send(session, "GET", pinned, headers=headers) as response,
        ):
            return _other_than_a_file(pinned, response) or await _save(
                pinned, response, into, byte_limit=byte_limit
            )
    except ClientError as error:
        return Trouble("unreachable", f"{pinned.host} {_failure(error)}")


def _other_than_a_file(pinned: egress.Pinned, response: ClientResponse) -> Trouble | _Moved | None:
    location = response.headers.get("Location")
    if response.status in REDIRECTS and location is not None:
        try:
            return _Moved(response.status, urljoin(pinned.url, location))
        except ValueError:
            return Trouble("bad-url", f"{pinned.host} redirects to {_short(location)}, not a URL")
    if response.status != 200:
        return Trouble("status", f"{pinned.host} answered {response.status}, expected 200")
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding != "identity":  # asked for identity; unpacking unasked is how bombs go off
        return Trouble("unreachable", f"{pinned.host} sent the file packed ({_short(coding)})")
    return None


async def _save(
    pinned: egress.Pinned, response: ClientResponse, into: Path, *, byte_limit: int
) -> Fetched | Trouble:
    too_large = Trouble("too-large", f"{pinned.host} sends more than {byte_limit} bytes")
    if (response.content_length or 0) > byte_limit:
        return too_large
    size = 0
    # Written on the loop: a page-cached write of one chunk is shorter than a hop to a thread.
    with into.open("wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > byte_limit:
                return too_large
            file.write(chunk)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(into, size, media_type, response.status)


def _failure(error: ClientError) -> str:
    import aiohttp

    match error:
        case aiohttp.ClientConnectorCertificateError():
            return "shows a certificate that is not trusted"
        case aiohttp.ClientConnectorError():
            return f"could not be reached: {_short(error.strerror or str(error))}"
        case aiohttp.ClientPayloadError():
            return "hung up before the file was complete"
        case aiohttp.ClientResponseError():
            return "answered in something that is not sound HTTP"
        case _:
            return f"hung up: {_short(str(error))}"


def _decode(uri: str, start: int, into: Path) -> int:
    """The bytes written, 0 if this is not base64 from start to end."""
    if (len(uri) - start) % 4 or uri.endswith("==="):  # Python's strict mode lets "===" pass
        return 0
    size = 0
    with into.open("wb") as file:
        for at in range(start, len(uri), CHUNK):
            piece = uri[at : at + CHUNK]
            if piece.endswith("=") and at + CHUNK < len(uri):
                return 0  # complete in itself, but padding belongs to the end
            try:
                size += file.write(binascii.a2b_base64(piece, strict_mode=True))
            except ValueError:  # binascii.Error, and what it raises for text beyond ASCII
                return 0
    return size


def _flaw(uri: str, start: int) -> str:
    """Why the rest of a data URI is not base64."""
    if start == len(uri):
        return "nothing follows the comma"
    end = len(uri) - (uri.endswith("=")) - (uri.endswith("=="))
    found = _NOT_BASE64.search(uri, start, end)
    if found is None:
        return "its base64 is cut short or wrongly padded"
    character, where = found[0], f"at character {found.start() - start + 1} after the comma"
    if character == "%":
        return f"its base64 is percent-encoded {where}"
    if character.isspace():
        return f"its base64 holds white space {where}"
    if character in "-_":
        return f"its base64 uses the URL-safe alphabet {where}"
    if character == "=":
        return f"its base64 has padding before the end, {where}"
    return f"its base64 holds {character!a} {where}"


def _bad(why: str) -> Trouble:
    return Trouble("bad-data-uri", f"the data URI cannot be read: {why}")


def _short(text: str) -> str:
    return repr(text if len(text) <= 100 else f"{text[:97]}...")
