"""The pytest plugin as a suite of somebody else's meets it: in processes of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
PLAIN = ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:asyncio")
CLIENT = """
import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

def order(mock, **more):
    body = {"prompt": "on", "duration": 2, "video": {"url": mock.source("64x64-8fps-2s-noaudio")}}
    headers = {"authorization": f"Bearer {mock.xai.key}", "content-type": "application/json"}
    sent = json.dumps({**body, **more}).encode()
    try:
        with urlopen(Request(mock.xai.base_url + "/v1/videos/extensions", sent, headers)) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code
"""


def run(pytester: pytest.Pytester, test: str, *args: str) -> pytest.RunResult:
    """A suite of one module, run as strictly as can be."""
    pytester.makepyfile(client=CLIENT, test_it=test)
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")
    return pytester.runpytest_subprocess(*PLAIN, *args)


def test_what_fails_a_test_and_what_does_not(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import socket
        import pytest
        from client import order

        def test_well(mock_providers):
            assert order(mock_providers) == 200

        def test_breaks(mock_providers):
            order(mock_providers, duration=99)

        def test_fails_of_itself(mock_providers):
            assert order(mock_providers, duration=98) == 200

        @pytest.mark.mock_allow_violations("it is what is tested")
        def test_allowed(mock_providers):
            assert order(mock_providers, duration=97) == 400

        @pytest.mark.mock_allow_violations("")
        def test_allowed_for_nothing(mock_providers):
            pass

        def test_escapes(mock_providers):
            try:
                socket.create_connection(("api.x.ai", 443))
            except RuntimeError:
                pass

        @pytest.fixture
        def late(mock_providers):
            yield
            order(mock_providers, duration=96)

        def test_breaks_afterwards(late):
            pass

        @pytest.mark.xfail(strict=True)
        def test_breaks_as_expected(mock_providers):
            order(mock_providers, duration=95)

        @pytest.mark.mock_scenario("slow", "xai:create-429")
        @pytest.mark.mock_scenario("xai:create-415")
        def test_plays(mock_providers):
            assert order(mock_providers) in (415, 429)

        @pytest.mark.mock_scenario("xai:create-428")
        def test_plays_what_is_not_there(mock_providers):
            pass

        @pytest.mark.mock_seed("seven")
        def test_bad_seed(mock_providers):
            pass

        def test_skipped(mock_providers):
            pytest.skip("no")

        def test_without():
            pass
        """,
    )
    result.assert_outcomes(passed=5, failed=3, errors=4, xfailed=1, skipped=1)
    result.stdout.fnmatch_lines_random(
        [
            "*FAILED test_it.py::test_breaks - *",
            "*FAILED test_it.py::test_fails_of_itself - *",
            "*FAILED test_it.py::test_escapes - *",
            "*ERROR test_it.py::test_breaks_afterwards - *",
            "mock_allow_violations wants a reason, in words",
            "POST /xai/v1/videos/extensions → 400: body/duration is 99, at most*",
            "*Captured mock providers call*",
            "POST /xai/v1/videos/extensions → 400: body/duration is 98, at most*",
            "*after the test, POST /xai/*body/duration is 96, at most*",
            "the code under test tried to reach api.x.ai, a real host of xai; give it *",
            "mock_scenario: *xai has no 'create-428'; did you mean 'create_429'?*",
            "mock_seed takes a whole number*",
            "* mock providers *",
            "xai  7 calls, 5 violations, would have cost 0.12 usd",
        ]
    )
    result.stdout.no_fnmatch_line("*duration is 97*")
    result.stdout.no_fnmatch_line("*duration is 95*")


def test_workers_have_a_server_each_and_one_summary(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest
        from client import order

        @pytest.mark.parametrize("number", range(12))
        def test_one(mock_providers, number):
            assert mock_providers.jobs == []
            for _ in range(3):
                assert order(mock_providers) == 200
            assert len(mock_providers.jobs) == 3

        def test_breaks(mock_providers):
            order(mock_providers, duration=99)
        """,
        "-n2",
    )
    result.assert_outcomes(passed=12, failed=1)
    result.stdout.fnmatch_lines(["xai  37 calls, 1 violation, would have cost 4.32 usd"])


def test_runs_repeat_in_any_order(pytester: pytest.Pytester) -> None:
    test = """
        import pytest
        from client import order

        @pytest.mark.parametrize("name", ["a", "b"])
        def test_one(mock_providers, name):
            order(mock_providers)
            (job,) = mock_providers.jobs
            with open("ids", "a") as file:
                file.write(f"{name} {mock_providers.seed} {job['id']}\\n")

        @pytest.mark.mock_seed(7)
        def test_seeded(mock_providers):
            assert mock_providers.seed == 7
    """
    run(pytester, test).assert_outcomes(passed=3)
    run(pytester, test, "test_it.py::test_one[b]", "test_it.py::test_one[a]").assert_outcomes(
        passed=2
    )
    a, b, *again = (pytester.path / "ids").read_text().splitlines()
    assert again == [b, a]
    assert a.split()[2] != b.split()[2]


def test_settings_environment_and_event_loops(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def mock_settings():
            return {"providers": ("xai", "kie"), "chosen": {"kie": {"status": "http"}}}
        """
    )
    result = run(
        pytester,
        """
        import asyncio
        import os
        import unittest
        import pytest
        from client import order

        def test_settings(mock_providers):
            assert sorted(one.name for one in mock_providers) == ["kie", "xai"]

        def test_environment(mock_env, mock_providers):
            assert os.environ["XAI_BASE_URL"] == mock_providers.xai.base_url + "/v1"
            assert "LTX_BASE_URL" not in mock_env

        def test_environment_is_put_back():
            assert "XAI_BASE_URL" not in os.environ

        def test_loop(mock_providers):
            async def story():
                assert await asyncio.to_thread(order, mock_providers) == 200
                await mock_providers.clock.advance_async(until="idle")
                return mock_providers.jobs
            (job,) = asyncio.run(story())
            assert job["ended"]

        @pytest.mark.usefixtures("mock_providers")
        class TestOld(unittest.TestCase):
            def test_old(self):
                pass

        def test_asked_for_late(request):
            order(request.getfixturevalue("mock_providers"), duration=99)
        """,
    )
    result.assert_outcomes(passed=5, failed=1)


LAZY = """
import sys

def test_nothing_is_imported():
    ours = {name for name in sys.modules if name.split(".")[0] == "mockserver"}
    assert ours == {"mockserver", "mockserver.pytest_plugin"}
    assert {"starlette", "uvicorn", "orjson", "av", "aiohttp"}.isdisjoint(sys.modules)
"""


def test_a_suite_that_asks_for_nothing_pays_nothing(pytester: pytest.Pytester) -> None:
    result = run(pytester, LAZY)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*mock providers*")


def test_the_fixtures_and_markers_are_listed(pytester: pytest.Pytester) -> None:
    listed = pytester.runpytest_subprocess(*PLAIN, "--markers").stdout.str()
    for one in ("mock_scenario(*names)", "mock_seed(number)", "mock_allow_violations(reason)"):
        assert f"@pytest.mark.{one}" in listed
    listed = pytester.runpytest_subprocess(*PLAIN, "--fixtures").stdout.str()
    for one in ("mock_providers", "mock_env", "mock_settings"):
        assert one in listed


MY_CODE = """
import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

known = set()

def call(url, key, body=None):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    with urlopen(Request(url, body and json.dumps(body).encode(), headers)) as answer:
        return json.loads(answer.read() or b"{}")

def extend(base_url, key, source="", hook="", sleep=None):
    if hook:
        return call(f"{base_url}/api/v1/veo/generate", key, {"prompt": "on", "callBackUrl": hook})
    body = {"prompt": "on", "duration": 2, "video": {"url": source}}
    id = call(f"{base_url}/v1/videos/extensions", key, body)["request_id"]
    while True:
        try:
            if call(f"{base_url}/v1/videos/{id}", key).get("status") == "done":
                return id
        except HTTPError as error:
            error.close()
        sleep(5)

def take_webhook(body):
    id = body["data"]["taskId"]
    said = "known" if id in known else "sold"
    known.add(id)
    return said
"""


def test_the_example_of_the_readme_runs(pytester: pytest.Pytester) -> None:
    section = README.read_text().partition("\n## In tests\n")[2]
    example = section.partition("```py\n")[2].partition("```")[0]
    pytester.makepyfile(my_code=MY_CODE, test_it=example)
    pytester.runpytest_subprocess(*PLAIN).assert_outcomes(passed=2)
