from __future__ import annotations

import base64
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from conformance import commands
from conformance.exchange import Secrets
from tests.conformance.conftest import Judge
from tests.conformance.servers import Reply, answering, as_json

KEY, OTHER = 'first/key+"0123456789', "second-key-abcdefgh"
HOOK = "webhook-secret-xyz"
KINDS = ("json", "junit", "html", "ctrf")


def spelt(secret: str) -> list[bytes]:
    return [secret.encode(), base64.b64encode(secret.encode())]


def echo(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
    """Repeats the key wherever an answer can."""
    told = request.headers.get("authorization", "")
    given = {"x-seen": told, "x-encoded": base64.b64encode(told.removeprefix("Bearer ").encode())}
    status, headers, content = as_json(404, {"error": f"no {told}", "code": told})
    named = {name: str(text) for name, text in given.items()}
    return status, {**headers, **named}, content


def test_no_key_is_in_any_output(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRST", KEY)
    reports = [word for one in KINDS for word in ("--report", f"{one}={tmp_path / one}")]
    with answering(echo) as target:
        said = judge(
            "run", "--provider", "xai", "--target", target, "--key-env", "FIRST",
            "--other-key", OTHER, "--webhook-key", HOOK, "--cassette", str(tmp_path / "tapes"),
            "--case", "authentication.*", "--case", "poll.*", "--case", "reject.extend.*",
            "--case", "isolation.*", "--json", *reports,
        )  # fmt: skip
    assert said.status == 1
    left = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    left |= {Path("out"): said.out.encode(), Path("err"): said.err.encode()}
    assert len(left) >= len(KINDS) + 3
    for file, content in left.items():
        for secret in (KEY, OTHER, HOOK):
            assert not any(one in content for one in spelt(secret)), file
    assert b"<key>" in left[tmp_path / "json"]


def test_no_key_is_in_what_is_told_of_a_crash(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"something with {KEY} in it")

    monkeypatch.setattr(commands, "options", broken)
    said = judge("run", "--provider", "xai", "--key", KEY)
    assert said.status == 2
    assert "something with <key> in it" in said.err
    assert KEY not in said.err
    assert "a fault of its own" in said.err


def test_no_key_is_in_a_case_that_is_a_fault_of_ours(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, *_: object) -> None:
        raise RuntimeError(f"cannot read {KEY}")

    monkeypatch.setattr("conformance.dialects.xai.view", broken)
    with answering(lambda request, body: as_json(200, {"request_id": "r"})) as target:
        said = judge(
            "run", "--provider", "xai", "--target", target, "--key", KEY, "--case", "poll.schema.*"
        )
    assert said.status == 2
    assert "cannot read <key>" in said.out
    assert KEY not in said.out + said.err


def test_secrets_are_replaced_once_and_however_they_are_written() -> None:
    secrets = Secrets([("key-key", "<key>"), ("key-key-2", "<other key>"), ("abc", "<short>")])
    assert secrets.text("key-key-2 key-key abc") == "<other key> <key> abc"
    assert secrets.bytes(base64.b64encode(b"key-key")) == b"<key>"
    assert Secrets().text("as it is") == "as it is"


def test_a_refused_option_does_not_repeat_a_key(judge: Judge) -> None:
    said = judge(
        "run",
        "--provider",
        "xai",
        "--key",
        KEY,
        "--other-key",
        KEY,
        "--target",
        "http://127.0.0.1:1",
    )
    assert said.status == 2
    assert KEY not in said.err
