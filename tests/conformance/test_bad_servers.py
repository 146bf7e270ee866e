"""What is no API, or stops being one, is told in a sentence with exit status 2, and in time."""

from __future__ import annotations

from collections import Counter
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.conformance.conftest import Judge, could_not_run
from tests.conformance.servers import Reply, answering, as_json, nobody, self_signed, silent

PAGE = b"<!doctype html><html><head><title> Sign in </title></head><body>...</body></html>"


def run(target: str, *more: str) -> tuple[str, ...]:
    return ("run", "--provider", "xai", "--target", target, "--key", "a-key-to-try", *more)


def test_a_dead_port(judge: Judge) -> None:
    target = nobody()
    told = could_not_run(judge(*run(target)))
    assert told.startswith(f"GET {target}/v1/video-generation-models found nobody there")


def test_a_host_that_does_not_exist(judge: Judge) -> None:
    assert "found nobody there" in could_not_run(judge(*run("http://nowhere.invalid")))


def test_a_certificate_that_is_not_trusted(judge: Judge, tmp_path: Path) -> None:
    def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        return as_json(200, {})

    with answering(answer, self_signed(tmp_path)) as target:
        told = could_not_run(judge(*run(target)))
    assert "found no TLS that can be trusted" in told
    assert "_ssl.c" not in told


def test_plain_http_where_tls_is_asked_for(judge: Judge) -> None:
    with answering(lambda request, body: as_json(200, {})) as target:
        told = could_not_run(judge(*run(target.replace("http:", "https:"))))
    assert "found no TLS that can be trusted" in told


def test_a_page_to_log_in(judge: Judge) -> None:
    with answering(lambda request, body: (200, {"content-type": "text/html"}, PAGE)) as target:
        told = could_not_run(judge(*run(target)))
    assert "a page of HTML ('Sign in'): give the address of the API" in told


def test_an_endless_redirect(judge: Judge) -> None:
    asked: Counter[str] = Counter()

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        asked[request.path] += 1
        return 302, {"location": request.path}, b""

    with answering(answer) as target:
        told = could_not_run(judge(*run(target)))
    assert "is redirected to /v1/video-generation-models: give the address where" in told
    assert asked.total() == 1


def test_a_server_that_hangs(judge: Judge) -> None:
    with silent() as target:
        told = could_not_run(judge(*run(target, "--timeout", "0.3")))
    assert told.endswith("was not answered in time")


def test_a_server_that_never_ends_its_answer(judge: Judge) -> None:
    def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        return 200, {"content-type": "application/json", "content-length": "100"}, b"{}"

    with answering(answer) as target:
        told = could_not_run(judge(*run(target, "--timeout", "0.3")))
    assert told.endswith("was not answered in time")


def test_a_key_that_is_refused(judge: Judge) -> None:
    with answering(lambda request, body: as_json(401, {"error": "no such key"})) as target:
        told = could_not_run(judge(*run(target)))
    assert "is refused with 401, 'no such key': give a key that is good" in told


def test_a_gateway_without_a_server_behind_it(judge: Judge) -> None:
    with answering(lambda request, body: as_json(503, {})) as target:
        assert "503: the API is not there at present" in could_not_run(judge(*run(target)))


@pytest.mark.parametrize("noise", [b"\x00" * 64, b"HTTP/9.9 what\r\n\r\n"])
def test_what_is_no_http(judge: Judge, noise: bytes) -> None:
    def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        request.wfile.write(noise)
        request.close_connection = True
        raise ConnectionAbortedError

    with answering(answer) as target:
        assert "got no whole answer" in could_not_run(judge(*run(target)))


def test_a_server_that_dies_under_way_ends_the_run_and_says_where(
    judge: Judge, tmp_path: Path
) -> None:
    asked: Counter[str] = Counter()

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        asked["all"] += 1
        if asked["all"] > 4:
            request.close_connection = True
            raise ConnectionAbortedError
        return as_json(404, {"error": "not here", "code": "not-found"})

    report = tmp_path / "out.json"
    with answering(answer) as target:
        said = judge(*run(target, "--report", f"json={report}"))
    assert said.status == 2
    assert "could not run to the end: the target stopped answering at" in said.out
    assert '"status": 2' in report.read_text()


def test_one_call_that_is_not_answered_is_a_finding_of_its_case(judge: Judge) -> None:
    def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        if request.command == "PATCH":
            request.close_connection = True
            raise ConnectionAbortedError
        return as_json(404, {"error": "not here", "code": "not-found"})

    with answering(answer) as target:
        said = judge(*run(target, "--case", "method.on-poll", "--case", "poll.unknown-job"))
    assert said.status == 1
    assert "expected: an answer" in said.out
    assert "1 pass, 1 fail" in said.out
