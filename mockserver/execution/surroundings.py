"""The environment in which a program finds the simulator wherever it looks for a provider."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mockserver.contract.model import Contract
from mockserver.contract.pointer import fill
from mockserver.proxy.authority import Authority

PRELOAD = Path(__file__).with_name("preload.cjs")
HERE = "127.0.0.1,localhost,::1"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
BUNDLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
)
DROPPED = ("grpc_proxy", "no_grpc_proxy")  # gRPC heeds them before the others
SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class House:
    """Where the simulator and its proxy listen."""

    address: str
    proxy: int


def environment(
    before: Mapping[str, str],
    house: House,
    contracts: Iterable[Contract],
    trusted: Mapping[str, Path],
) -> dict[str, str]:
    """What a program finds set: `before`, with everything that leads elsewhere replaced."""
    proxy = f"http://127.0.0.1:{house.proxy}"
    found = {name: text for name, text in before.items() if name not in DROPPED}
    for name in PROXIES:
        found[name] = found[name.lower()] = proxy
    found["NO_PROXY"] = found["no_proxy"] = HERE
    found |= {name: str(file) for name, file in trusted.items()}
    found["NODE_OPTIONS"] = _node(before.get("NODE_OPTIONS", ""))
    found["MOCKSERVER_PROXY"] = f"127.0.0.1:{house.proxy}"
    found["MOCKSERVER_URL"] = house.address
    for contract in contracts:
        words = {"base": f"{house.address}/{contract.name}", "key": f"{contract.name}-exec-key"}
        found |= {name: fill(text, words) for name, text in contract.client_env.items()}
    return found


def bundles(
    authority: Authority, folder: Path, before: Mapping[str, str], *, outward: bool
) -> dict[str, Path]:
    """Files that say whom to trust, by the variable that names them. They are written.

    The authority alone, so that a program which goes past the proxy trusts no provider. With
    `outward`, whoever was trusted before is trusted too.
    """
    alone = authority.write(folder / "authority.pem")
    if not outward:
        return {**dict.fromkeys(BUNDLES, alone), "SSL_CERT_DIR": folder}
    return {
        name: authority.write(folder / f"{name.lower()}.pem", _trusted(before.get(name, ""), name))
        for name in BUNDLES
    }


def _trusted(given: str, name: str) -> Iterator[Path]:
    """The file that a variable named; else the system's, where the variable stands for it."""
    system = () if name == "NODE_EXTRA_CA_CERTS" else SYSTEM
    for file in map(Path, filter(None, (given, *system))):
        if file.is_file() and os.access(file, os.R_OK):
            yield file
            return


def _node(before: str) -> str:
    """Node loads a file before any program; a path with a space in it is quoted for Node."""
    path = str(PRELOAD).replace("\\", "\\\\").replace('"', '\\"')
    return f'{before} --require "{path}"'.lstrip()
