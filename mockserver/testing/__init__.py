"""The simulator for test suites: a server in a thread, and an object to steer a world of it."""

from __future__ import annotations

from mockserver.testing.guard import RealProvider
from mockserver.testing.inner import Refused
from mockserver.testing.providers import MockClock, MockInbox, MockProvider, MockProviders
from mockserver.testing.server import Server, running

__all__ = [
    "MockClock",
    "MockInbox",
    "MockProvider",
    "MockProviders",
    "RealProvider",
    "Refused",
    "Server",
    "running",
]
