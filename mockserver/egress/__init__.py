"""Where outgoing requests may go, and connections that go there and nowhere else.

A name is resolved once. Every address it has is judged, and a connection goes to one of these
addresses or nowhere, whatever the name answers later.
"""

from mockserver.egress.addresses import Reach, reach
from mockserver.egress.places import Place, Refused, place_of
from mockserver.egress.policy import (
    Level,
    Pinned,
    Policy,
    PolicyError,
    Resolver,
    parse,
    pin,
    system_resolver,
)
from mockserver.egress.session import connector, send, session

__all__ = [
    "Level",
    "Pinned",
    "Place",
    "Policy",
    "PolicyError",
    "Reach",
    "Refused",
    "Resolver",
    "connector",
    "parse",
    "pin",
    "place_of",
    "reach",
    "send",
    "session",
    "system_resolver",
]
