"""Certificates for one run: good for the providers' hosts, and for nobody else."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import pytest

from mockserver import providers
from mockserver.contract import document, hosts
from mockserver.proxy.authority import Authority, NoAuthority

ALL = tuple(hosts.owners(map(document.load, providers.NAMES)))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(ALL)


def agree(authority: Authority, client: ssl.SSLContext, name: str, *protocols: str) -> str | None:
    """Let a client and a server come to terms in memory. The protocol that they agreed on."""
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    far = authority.server(*protocols).wrap_bio(one, other, server_side=True)
    near = client.wrap_bio(other, one, server_hostname=name)
    waiting = [near, far]
    for _ in range(10):
        for side in tuple(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    assert waiting == []
    return near.selected_alpn_protocol()


def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.root.decode())


def test_every_host_of_every_provider_is_covered(authority: Authority) -> None:
    assert {"api.x.ai", "vidgen.x.ai", "api.pictory.ai", "storage.googleapis.com"} <= set(ALL)
    for name in (*ALL, "localhost", "127.0.0.1"):
        agree(authority, trusting(authority), name, "http/1.1")


def test_no_other_host_is(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"doesn't match|not valid for"):
        agree(authority, trusting(authority), "api.openai.com", "http/1.1")


def test_who_was_not_told_does_not_trust_it(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        agree(authority, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "api.x.ai", "http/1.1")
    with pytest.raises(ssl.SSLCertVerificationError):
        agree(authority, trusting(Authority(ALL)), "api.x.ai", "http/1.1")


def test_http_1_is_agreed_on_with_who_could_do_more(authority: Authority) -> None:
    client = trusting(authority)
    client.set_alpn_protocols(["h2", "http/1.1"])
    assert agree(authority, client, "api.x.ai", "http/1.1") == "http/1.1"


def test_the_key_and_the_chain_are_there_for_another_server(authority: Authority) -> None:
    assert authority.key.startswith(b"-----BEGIN EC PRIVATE KEY-----")
    assert authority.chain.startswith(b"-----BEGIN CERTIFICATE-----")


def test_a_bundle_holds_the_authority_first_and_no_key(
    authority: Authority, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_text("another one\n")
    text = authority.write(tmp_path / "bundle.pem", [other]).read_bytes()
    assert text.startswith(authority.root)
    assert text.endswith(b"another one\n")
    assert b"PRIVATE" not in text


def test_without_trustme_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(NoAuthority, match=r"pip install 'mockserver\[exec\]'"):
        Authority(ALL)
