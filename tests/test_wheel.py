"""The wheel: built, installed from the package index into an empty environment, and used there.

Nothing of the checkout is in reach of what runs here: another folder, another interpreter, and an
environment that holds no more than PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPECS = sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))
KEY = "wheel-key-0123456789"
SOURCE = "640x360-24fps-3s.mp4"
SOME = ("--max-examples", "0", "--case", "poll.*", "--case", "media.*.extend")
PIP = ("-m", "pip", "--disable-pip-version-check")

direct = build_opener(ProxyHandler({}))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, alone in its folder."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of an environment with the wheel, its dependencies, and nothing else."""
    home = tmp_path_factory.mktemp("elsewhere")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    run(sys.executable, *PIP, "--python", python, "install", "--quiet", "--no-compile", wheel)
    yield programs
    shutil.rmtree(home)  # pytest would keep 200 MB of every run


@pytest.fixture(scope="module")
def judging(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of an environment with the wheel and what judging needs."""
    home = tmp_path_factory.mktemp("court")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    asked = f"{wheel}[conformance]"
    run(sys.executable, *PIP, "--python", programs / "python", "install", "--quiet", asked)
    yield programs
    shutil.rmtree(home)


def run(*command: str | Path) -> str:
    """What a command printed that may reach the package index. It must succeed."""
    return printed(subprocess.run(command, capture_output=True, text=True, timeout=300))


def away(*command: str | Path, folder: Path) -> str:
    """What a command printed that knows nothing of the checkout. It must succeed."""
    return printed(
        subprocess.run(command, cwd=folder, env=bare(), capture_output=True, text=True, timeout=60)
    )


def printed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def bare() -> dict[str, str]:
    kept = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP")
    return {name: os.environ[name] for name in kept if name in os.environ}


@pytest.fixture
def address(installed: Path, tmp_path: Path) -> Iterator[str]:
    """The base URL of an installed `mockserver serve`, in virtual time. It must end well."""
    server = subprocess.Popen(
        [installed / "mockserver", "serve", "--port", "0", "--seed", "7", "--clock", "virtual"],
        cwd=tmp_path,
        env=bare(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    first = server.stdout.readline()
    try:
        yield first.removeprefix("listening on ").strip()
    finally:
        server.terminate()
        rest, errors = server.communicate(timeout=30)
    assert (server.returncode, errors) == (0, "")
    assert "stopped; this would have cost" in rest


def ask(url: str, body: dict[str, Any] | None = None) -> bytes:
    """The body of an answer, which must not be an error."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    with direct.open(Request(url, data, headers), timeout=30) as answer:
        content: bytes = answer.read()
    return content


def test_the_wheel_holds_the_package_with_its_compiled_specs_and_nothing_beside_it(
    wheel: Path,
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        compiled = {name for name in names if name.startswith("mockserver/_specs/")}
        assert compiled == {f"mockserver/_specs/{name}.json" for name in [*SPECS, "x-mock.schema"]}
        judged = {name for name in names if name.startswith("conformance/_specs/")}
        assert judged == {f"conformance/_specs/{name}.json" for name in set(SPECS) - {"mock"}}
        for name in compiled | judged:
            assert isinstance(json.loads(archive.read(name)), dict), name
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mockserver", "conformance"}
    assert {"mockserver/py.typed", "mockserver/execution/preload.cjs"} <= set(names)
    assert {name for name in names if name.startswith("conformance/requirements/")} == {
        f"conformance/requirements/{name}.toml" for name in set(SPECS) - {"mock"}
    }
    assert "conformance/reports/report.schema.json" in names


def test_a_build_leaves_nothing_but_the_wheel(wheel: Path) -> None:
    assert [path.name for path in wheel.parent.iterdir()] == [wheel.name]


def test_an_installed_package_does_not_see_the_checkout(installed: Path, tmp_path: Path) -> None:
    say = "import mockserver, sys; print(mockserver.__file__, *sys.path, sep='\\n')"
    module, *path = away(installed / "python", "-I", "-c", say, folder=tmp_path).splitlines()
    assert Path(module).is_relative_to(installed.parent)
    assert [one for one in path if Path(one).is_relative_to(ROOT)] == []


def test_an_installed_package_lists_every_provider(installed: Path, tmp_path: Path) -> None:
    listed = json.loads(away(installed / "mockserver", "providers", "--json", folder=tmp_path))
    assert sorted(one["name"] for one in listed) == sorted(set(SPECS) - {"mock"})


def test_an_installed_server_extends_a_clip_and_its_own_tool_finds_it_sound(
    installed: Path, address: str, tmp_path: Path
) -> None:
    assert address.startswith("http://127.0.0.1:")
    order = {
        "model": "grok-imagine-video",
        "prompt": "The kite climbs.",
        "duration": 2,
        "video": {"url": f"{address}/_mock/sources/{SOURCE}"},
    }
    job = json.loads(ask(f"{address}/xai/v1/videos/extensions", order))["request_id"]
    assert json.loads(ask(f"{address}/xai/v1/videos/{job}"))["status"] == "pending"
    ask(f"{address}/_mock/clock/advance", {"seconds": 3600})
    view = json.loads(ask(f"{address}/xai/v1/videos/{job}"))
    assert (view["status"], view["video"]["duration"]) == ("done", 5)
    file = tmp_path / "longer.mp4"
    file.write_bytes(ask(view["video"]["url"]))
    tool = installed / "mockserver"
    report = json.loads(away(tool, "media", "verify", file, "--json", folder=tmp_path))
    assert report["ok"] is True


def test_an_installed_judge_judges(judging: Path, tmp_path: Path) -> None:
    said = away(judging / "conformance", "run", "--provider", "xai", *SOME, folder=tmp_path)
    assert "xai conforms" in said


def test_an_installed_judge_is_a_suite_for_pytest(judging: Path, tmp_path: Path) -> None:
    asked = ("--pyargs", "conformance", "--provider", "xai", *SOME[2:], "-q")
    assert "passed" in away(judging / "pytest", *asked, folder=tmp_path)


def test_without_what_judging_needs_the_judge_says_what_to_install(
    installed: Path, tmp_path: Path
) -> None:
    away(installed / "conformance", "list", "--provider", "xai", folder=tmp_path)
    done = subprocess.run(
        [installed / "conformance", "run", "--provider", "xai"],
        cwd=tmp_path,
        env=bare(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'mockserver[conformance]'" in done.stderr
    assert "Traceback" not in done.stderr
