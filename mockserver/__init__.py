"""A local stand-in for paid AI video-extension APIs, driven by their OpenAPI contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from mockserver.testing import running as running
else:

    def __getattr__(name: str) -> object:
        """What takes long to import is imported when it is first asked for."""
        if name == "running":
            from mockserver.testing import running

            return running
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
