"""`pytest --pyargs conformance`: the cases as tests, in any folder, and in no other run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conformance.servers import answering, as_json, nobody

ROOT = Path(__file__).parents[2]


def pytest_(folder: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    bare = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        command, cwd=folder, env=bare, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def test_cases_are_tests_with_their_ids_in_their_order(tmp_path: Path) -> None:
    asked = ("--pyargs", "conformance", "--provider", "xai", "--case", "poll.*", "-v")
    status, said = pytest_(tmp_path, *asked)
    assert status == 0, said
    ids = re.findall(r"::test_conformance\[(\S+)\] PASSED", said)
    assert ids[0] == "poll.unknown-job"
    assert "poll.schema.extend" in ids
    assert len(ids) == len(set(ids))


def test_findings_fail_and_say_how_to_run_the_case_alone(tmp_path: Path) -> None:
    with answering(lambda request, body: as_json(200, {"status": "pending"})) as target:
        status, said = pytest_(
            tmp_path, "--pyargs", "conformance", "--provider", "xai", "--target", target,
            "--case", "poll.unknown-job", "--case", "webhook.*", "--patience", "1", "-rs",
        )  # fmt: skip
    assert status == 1
    assert "MUST poll.unknown-job" in said
    assert f"again: conformance run --provider xai --target {target}" in said
    assert "Traceback" not in said


def test_what_could_not_run_ends_the_session(tmp_path: Path) -> None:
    asked = ("--pyargs", "conformance", "--provider", "xai", "--target", nobody())
    status, said = pytest_(tmp_path, *asked)
    assert status == 2
    assert "could not run: GET http://127.0.0.1" in said
    status, said = pytest_(tmp_path, "--pyargs", "conformance")
    assert status == 2
    assert "say whose contract is to be kept" in said


def test_no_other_run_has_the_cases_or_the_options(tmp_path: Path) -> None:
    status, said = pytest_(ROOT, "conformance", "--collect-only", "-q")
    assert status == 5, said
    assert "test_conformance" not in said
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--provider')\n"
    )
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")
    status, said = pytest_(tmp_path, "--provider", "mine")
    assert status == 0, said
