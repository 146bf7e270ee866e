"""From what a request refers to, to a file on the shelf and what is known about it.

A reference is a data URI, a URL of our own (answered without a socket), a URL elsewhere (under the
egress policy), or the name of an uploaded file. Unless strict, a URL that the policy does not let
us fetch, or that does not answer, stands for a clip made up from its text.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from mockserver import egress
from mockserver.media.model import Clip, Trouble
from mockserver.media.shelf import Shelf
from mockserver.providers.base import Files, Input, Resolved, StoredFile

AGENT = "mockserver-fetch/1"
UNFETCHED = frozenset({"not-allowed", "unresolved", "unreachable", "timed-out"})
RECIPE = "recipe:"
_names = itertools.count()

Own = Callable[[str], Awaitable["Path | Trouble | None"]]
"""The file behind a URL of ours; None when the URL is not ours."""

Content = Callable[[StoredFile, float], Awaitable["Path | None"]]
"""The bytes of a stored file at a time; None when there are none."""


class Material:
    """Resolves references of one world. Bytes are kept on the shelf of uploads."""

    def __init__(
        self, shelf: Shelf, folder: Path, *, policy: egress.Policy, strict: bool, own: Own
    ) -> None:
        self._shelf = shelf
        self._folder = folder
        self._policy = policy
        self._strict = strict
        self._own = own

    async def resolve(
        self, wanted: Input, files: Files, owner: str, now: float, *, content: Content
    ) -> Resolved:
        """The media behind a reference, probed."""
        reference = wanted.reference
        if reference[:5].lower() == "data:":
            return await self._data(wanted)
        if "://" not in reference or not reference.lower().startswith(("http:", "https:")):
            return await self._upload(wanted, files, owner, now, content)
        own = await self._own(reference)
        if isinstance(own, Trouble):
            return Resolved(own)
        if own is not None:
            if (size := own.stat().st_size) > wanted.byte_limit:
                return Resolved(_too_large(size, wanted.byte_limit))
            return await self._probed(own, adopt=False)
        return await self._remote(wanted)

    async def path(self, key: str) -> Path:
        """The bytes of something resolved before. KeyError when they are no longer kept."""
        if key.startswith(RECIPE):
            return await self.make(key.removeprefix(RECIPE))
        if not self._shelf.has(key):
            raise KeyError(key)
        return await self._shelf.get(key, _missing)

    def ready(self, text: str) -> str:
        """The key of a clip that is made by a recipe, when first asked for."""
        from mockserver.media import recipe

        return RECIPE + recipe.text(recipe.parse(text))

    async def make(self, text: str) -> Path:
        """The clip of a recipe's canonical text, made when first asked for."""
        from mockserver.media import recipe

        made = recipe.parse(text)
        key = sha256(f"{RECIPE}{text}".encode()).hexdigest()
        return await self._shelf.get(key, lambda path: recipe.make(made, path))

    async def _data(self, wanted: Input) -> Resolved:
        from mockserver.media.sources import from_data_uri

        into = self._temporary()
        got = await asyncio.to_thread(
            from_data_uri, wanted.reference, into=into, encoded_limit=wanted.encoded_limit
        )
        if isinstance(got, Trouble):
            return Resolved(got)
        return await self._probed(into, adopt=True)

    async def _upload(
        self, wanted: Input, files: Files, owner: str, now: float, content: Content
    ) -> Resolved:
        file = files.get(wanted.reference)
        if file is None or file.owner not in ("", owner) or file.created > now:
            return Resolved(Trouble("unknown-file", f"no file {wanted.reference} of this key"))
        if file.expires is not None and file.expires <= now:
            return Resolved(Trouble("expired-file", f"file {wanted.reference} has expired"))
        path = await content(file, now)
        if path is None:
            return Resolved(Trouble("unfilled-file", f"nothing was put to {wanted.reference}"))
        if (size := path.stat().st_size) > wanted.byte_limit:
            return Resolved(_too_large(size, wanted.byte_limit))
        return await self._probed(path, adopt=False)

    async def _remote(self, wanted: Input) -> Resolved:
        pinned = await egress.pin(self._policy, wanted.reference)
        if isinstance(pinned, egress.Refused):
            got: Trouble | Path = Trouble(pinned.kind, pinned.reason)
        else:
            got = await self._fetched(wanted)
        if isinstance(got, Path):
            return await self._probed(got, adopt=True)
        if self._strict or got.kind not in UNFETCHED:
            return Resolved(got)
        return self._stand_in(wanted, got)

    async def _fetched(self, wanted: Input) -> Path | Trouble:
        from mockserver.media.sources import fetch

        into = self._temporary()
        got = await fetch(
            wanted.reference,
            policy=self._policy,
            into=into,
            byte_limit=wanted.byte_limit,
            seconds_limit=wanted.seconds_limit,
            redirects=wanted.redirects,
            agent=AGENT,
        )
        return got if isinstance(got, Trouble) else into

    def _stand_in(self, wanted: Input, trouble: Trouble) -> Resolved:
        clip, text = _made_up(wanted.kind, wanted.reference)
        note = f"{wanted.pointer} was not fetched ({trouble.detail}); {text} stands in for it"
        return Resolved(clip, RECIPE + text, note)

    async def _probed(self, path: Path, *, adopt: bool) -> Resolved:
        """What a file is, its bytes kept on the shelf. An adopted file is moved there."""
        from mockserver.media.probe import probe

        clip = await asyncio.to_thread(probe, path)
        if isinstance(clip, Trouble):
            if adopt:
                path.unlink(missing_ok=True)
            return Resolved(clip)
        if not self._shelf.has(clip.key):
            if not adopt:
                link = self._temporary()
                os.link(path, link)
                path = link
            await self._shelf.put(clip.key, path)
        elif adopt:
            path.unlink(missing_ok=True)
        return Resolved(clip, clip.key)

    def _temporary(self) -> Path:
        return self._folder / f"in-{next(_names)}.part"


@lru_cache(maxsize=256)
def _made_up(kind: str, reference: str) -> tuple[Clip, str]:
    """What stands in for a reference, and the text of its recipe."""
    from mockserver.media import recipe

    if kind == "video":
        made = recipe.stand_in(reference)
    else:
        made = recipe.parse("1280x720-png" if kind == "image" else "6s-m4a")
    return recipe.clip_of(made), recipe.text(made)


def _too_large(size: int, limit: int) -> Trouble:
    return Trouble("too-large", f"the file has {size} bytes, allowed {limit}")


def _missing(path: Path) -> None:
    raise KeyError(path.name)
