"""A certificate authority for one run, known to nobody but the program that is run."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

LOCAL = ("localhost", "127.0.0.1", "::1")


class NoAuthority(ImportError):
    """What makes certificates is not installed; the text says how to mend it."""


class Authority:
    """One authority and one certificate of it, good for all given hosts and this machine.

    The authority's key is in memory alone, and gone when the run is over.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        try:
            import trustme
        except ImportError:
            raise NoAuthority(
                "certificates are made by trustme, which is not installed: "
                "pip install 'mockserver[exec]'"
            ) from None
        self._issuer = trustme.CA(organization_name="mockserver, for one run")
        self._leaf = self._issuer.issue_cert(*dict.fromkeys((*hosts, *LOCAL)))

    @cached_property
    def root(self) -> bytes:
        """The authority's certificate, in PEM: what a client has to trust."""
        return bytes(self._issuer.cert_pem.bytes())

    @cached_property
    def key(self) -> bytes:
        """The private key of the hosts' certificate, in PEM."""
        return bytes(self._leaf.private_key_pem.bytes())

    @cached_property
    def chain(self) -> bytes:
        """The hosts' certificate, in PEM."""
        return b"".join(one.bytes() for one in self._leaf.cert_chain_pems)

    def server(self, *protocols: str) -> ssl.SSLContext:
        """What a server needs to be one of the hosts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._leaf.configure_cert(context)
        context.set_alpn_protocols(protocols)
        return context

    def write(self, file: Path, beside: Iterable[Path] = ()) -> Path:
        """A bundle of the authority and of whatever other files hold."""
        file.write_bytes(b"\n".join([self.root, *(one.read_bytes() for one in beside)]))
        return file
