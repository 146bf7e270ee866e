"""`mockserver exec`: what a program calls, by whatever means, is the simulator or nobody."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from mockserver import providers
from mockserver.contract import document
from tests.exec.conftest import PATIENCE, Execute, surroundings

PYTHON = sys.executable
CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
CALL = "https://api.x.ai/v1/videos/1"

# Python's clients, each with nothing but a URL.
CLIENTS = f"""
import urllib.request, urllib.error, requests, httpx, aiohttp, asyncio

headers = {{"Authorization": "Bearer any-key", "User-Agent": "me"}}

def plain(url):
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers=headers))
    except urllib.error.HTTPError as error:
        return error.code

async def trusting():
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.get("{CALL}", headers=headers) as answer:
            return answer.status

print("urllib", plain("{CALL}"))
print("urllib http", plain("{CALL}".replace("https", "http")))
print("requests", requests.get("{CALL}", headers=headers).status_code)
print("httpx", httpx.get("{CALL}", headers=headers).status_code)
print("aiohttp", asyncio.run(trusting()))
"""


def test_pythons_clients_reach_it_by_the_providers_name(execute: Execute) -> None:
    done = execute((), PYTHON, "-c", CLIENTS)
    assert done.status == 0, done.said
    assert done.printed.splitlines() == [
        f"{one} 404" for one in ("urllib", "urllib http", "requests", "httpx", "aiohttp")
    ]
    assert len(done.report["calls"]) == 5
    assert {one["operation"] for one in done.report["calls"]} == {
        "handle_get_deferred_video_request"
    }


@CURL
def test_curl_does_too_with_every_version_of_http(execute: Execute) -> None:
    curl = "curl -s -o /dev/null -w '%{http_code} %{http_version} '"
    script = f"{curl} -H 'Authorization: Bearer k' {CALL}; {curl} --http1.1 {CALL}"
    done = execute((), "bash", "-c", script)
    assert done.printed == "404 1.1 401 1.1 "
    assert done.report["distrusted"] == {}


def test_a_program_finds_keys_and_addresses_and_none_of_its_owners(execute: Execute) -> None:
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    mine = {
        "XAI_API_KEY": "a-real-key",
        "HTTPS_PROXY": "http://proxy.corp.example:3128",
        "ALL_PROXY": "socks5://proxy.corp.example",
        "NO_PROXY": "api.x.ai",
        "no_grpc_proxy": "api.x.ai",
        "NODE_OPTIONS": "--max-old-space-size=512",
        "HOME": "/somewhere",
    }
    done = execute((), PYTHON, "-c", script, **mine)
    found = orjson.loads(done.printed)
    base = found["MOCKSERVER_URL"]
    for name in providers.NAMES:
        for variable, value in document.load(name).client_env.items():
            key = f"{name}-exec-key"
            wanted = value.replace("{base}", f"{base}/{name}").replace("{key}", key)
            assert found[variable] == wanted
    proxy = f"http://{found['MOCKSERVER_PROXY']}"
    for variable in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        assert found[variable] == found[variable.lower()] == proxy
    assert found["NO_PROXY"] == found["no_proxy"] == "127.0.0.1,localhost,::1"
    assert "no_grpc_proxy" not in found
    assert found["NODE_OPTIONS"].startswith("--max-old-space-size=512 --require ")
    assert found["HOME"] == "/somewhere"
    assert "a-real-key" not in done.printed
    for variable in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"):
        assert not Path(found[variable]).exists(), "it is gone with the run"


@CURL
def test_other_hosts_are_refused_and_reported(execute: Execute) -> None:
    script = """
        curl -sS https://telemetry.example.com/v1 || echo failed
        curl -sS http://telemetry.example.com/v1
        """
    done = execute((), "bash", "-c", script)
    say = "telemetry.example.com belongs to no provider; --egress telemetry.example.com opens it"
    assert done.printed.splitlines() == ["failed", f"mockserver exec: {say}"]
    assert [(one["port"], one["times"]) for one in done.report["refused"]] == [(443, 1), (80, 1)]
    assert f"refused: telemetry.example.com:443 (1 time): {say}" in done.said


@CURL
def test_a_provider_that_is_left_out_is_refused_too(execute: Execute) -> None:
    done = execute(("--provider", "ltx", "--egress", "any"), "curl", "-sS", CALL)
    assert done.status != 0
    (refusal,) = done.report["refused"]
    assert refusal["reason"].endswith("which this run leaves out: --provider xai")


@CURL
def test_a_client_with_its_own_idea_of_trust_is_noticed(execute: Execute, tmp_path: Path) -> None:
    import trustme

    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    done = execute((), "curl", "-sS", "--cacert", other, CALL)
    assert done.status == 60
    assert done.report["distrusted"] == {"api.x.ai": 1}
    assert "not trusted: api.x.ai: 1 connection ended before TLS was agreed on" in done.said


def test_a_program_that_calls_nobody_is_said_to(execute: Execute) -> None:
    done = execute((), "true")
    assert done.status == 0
    assert "no call reached the simulator" in done.said
    assert "HTTPS_PROXY" in done.said


BREACH = f"""
import urllib.request, urllib.error
request = urllib.request.Request("{CALL[:-2]}/extensions", b'{{"prompt": 1}}', {{
    "Authorization": "Bearer any-key", "Content-Type": "application/json"}})
try:
    urllib.request.urlopen(request)
except urllib.error.HTTPError:
    raise SystemExit(int("STATUS"))
"""


@pytest.mark.parametrize(
    ("options", "status", "ends"),
    [((), 0, 0), (("--fail-on-violation",), 0, 1), (("--fail-on-violation",), 42, 42)],
)
def test_violations_count_when_they_shall(
    options: tuple[str, ...], status: int, ends: int, execute: Execute
) -> None:
    done = execute(options, PYTHON, "-c", BREACH.replace("STATUS", str(status)))
    assert done.status == ends
    assert done.report["status"] == status
    assert len(done.report["violations"]) == 1
    assert "xai: 1 call, 1 violation; this would have cost nothing" in done.said
    assert "violation: POST /xai/v1/videos/extensions → 422" in done.said


def test_a_scenario_is_played_for_a_program(execute: Execute) -> None:
    done = execute(("--scenario", "server_error"), PYTHON, "-c", BREACH.replace("STATUS", "3"))
    assert (done.status, done.story()) == (3, [("handle_extend_video_request", 500)])
    assert "note: scenario server_error" in done.said


def test_much_that_is_printed_goes_through_untouched(execute: Execute) -> None:
    script = "i=0; while [ $i -lt 40 ]; do printf '%01000000d' 7; i=$((i+1)); done; echo >&2 end"
    done = execute(("--quiet",), "bash", "-c", script)
    assert len(done.printed) == 40_000_000
    assert done.said == "end\n"


def test_a_run_leaves_no_file_behind(execute: Execute, tmp_path: Path) -> None:
    own = tmp_path / "temporary"
    own.mkdir()
    script = f"import os, pathlib; print(len(list(pathlib.Path('{own}').iterdir())))"
    done = execute((), PYTHON, "-c", script, TMPDIR=str(own))
    assert int(done.printed) > 0
    assert list(own.iterdir()) == []


def test_a_program_that_takes_too_long_is_ended(execute: Execute) -> None:
    done = execute(("--timeout", "0.3"), "sleep", "600")
    assert done.status == 124
    assert "sleep 600 was ended after 0.3 s (--timeout)" in done.said


@pytest.mark.parametrize(
    ("words", "status", "say"),
    [
        (["--", "no-such-program"], 127, "there is no command 'no-such-program'"),
        (["--"], 2, "name a program to run: mockserver exec -- python sample.py"),
        ([], 2, "name a program to run"),
        (["--timeout", "0", "--", "true"], 2, "'0' is no number of seconds above 0"),
        (["--json", "/no/such/folder/x", "--", "true"], 2, "No such file or directory"),
        (["--port", "TAKEN", "--", "true"], 2, "without --port a free one is taken"),
        (["--provider", "acme", "--", "true"], 2, "acme"),
        (["--egress", "nowhere.at/all", "--", "true"], 2, "--egress"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    words: list[str], status: int, say: str, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [PYTHON, "-m", "mockserver.cli", "exec", *(port if w == "TAKEN" else w for w in words)],
            cwd=tmp_path,
            env=surroundings(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == status
    assert say in done.stderr
    assert "Traceback" not in done.stderr


# Offers HTTP/2 alone, as gRPC does.
GREETING = """
import os, socket, ssl
host, port = os.environ["MOCKSERVER_PROXY"].split(":")
with socket.create_connection((host, int(port))) as client:
    client.sendall(b"CONNECT api.x.ai:443 HTTP/1.1\\r\\n\\r\\n")
    client.recv(1000)
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    try:
        context.wrap_socket(client, server_hostname="api.x.ai")
    except OSError:
        print("closed")
"""


def without(module: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A run of ours in a Python that lacks a module."""
    script = (
        f"import sys; sys.modules[{module!r}] = None\n"
        f"from mockserver.cli import main; sys.exit(main({['exec', '--', *words]!r}))"
    )
    return subprocess.run(
        [PYTHON, "-c", script],
        env=surroundings(TMPDIR=str(folder)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_without_trustme_it_says_what_to_install(tmp_path: Path) -> None:
    done = without("trustme", "true", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'mockserver[exec]'" in done.stderr
    assert os.listdir(tmp_path) == []


def test_without_grpc_a_client_of_grpc_is_told_what_to_install(tmp_path: Path) -> None:
    done = without("grpc", PYTHON, "-c", GREETING, folder=tmp_path)
    assert done.stdout == "closed\n"
    assert "refused: api.x.ai:443 (1 time): spoke HTTP/2 alone, as gRPC does" in done.stderr
    assert "pip install 'mockserver[grpc]'" in done.stderr
