"""What holds for every provider, a sixth one invented for this included (tests/invented)."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mockserver import providers
from mockserver.contract import document, files
from mockserver.contract import pointer as at
from mockserver.contract.check import problems
from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Contract, Json, Operation
from mockserver.contract.pointer import fill
from mockserver.contract.validate import Checker
from mockserver.jobs.job import Failure, Job
from mockserver.jobs.timeline import Timeline
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from tests.conftest import MakeMock, Mock, blind
from tests.invented import acme

INVENTED = Path(acme.__file__).with_suffix(".yaml")
NAMES = (*providers.NAMES, INVENTED.stem)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A provider's name. The invented one is put where the others are, for one test."""
    chosen = str(request.param)
    if chosen == INVENTED.stem:
        spec = files.compile_spec(INVENTED)
        read = files.read
        monkeypatch.setattr(providers, "NAMES", NAMES)
        monkeypatch.setitem(sys.modules, f"mockserver.providers.{chosen}", acme)
        monkeypatch.setattr(files, "read", lambda one: spec if one == chosen else read(one))
    return chosen


@pytest.fixture
def contract(name: str) -> Contract:
    return document.load(name)


@pytest.fixture
async def mock(name: str, make_mock: MakeMock) -> AsyncIterator[Mock]:
    async with make_mock(providers=(name,)) as one:
        yield one


def example(contract: Contract, operation: Operation) -> Json:
    """A body that the contract itself gives as an example; None where it takes none."""
    schema = operation.bodies.get("application/json")
    if schema is None:
        return None
    media = at.follow(contract.document, schema.rpartition("/")[0])
    return next(iter(media["examples"].values()))["value"]


async def created(mock: Mock, contract: Contract) -> tuple[Operation, Job]:
    """A job made by the first example that makes one, and the operation that did."""
    for operation in contract.operations:
        if operation.does == "create" and operation.method == "POST":
            body = example(contract, operation)
            answer = await mock.post(f"/{contract.name}{operation.path}", json=body)
            assert str(answer.status_code) in operation.responses
            if jobs := list(mock.app.world.jobs):
                return operation, jobs[-1]
    raise AssertionError("no example makes a job")


def poll_of(contract: Contract, job: Job) -> str:
    """The path of the call that shows a job."""
    show = next(one for one in contract.operations if job.kind in one.jobs)
    path = fill(show.path, {show.job_id: job.id})
    asked = "" if f"{{{show.job_id}}}" in show.path else f"?{show.job_id}={job.id}"
    return f"/{contract.name}{path}{asked}"


def test_its_spec_is_in_order(name: str) -> None:
    home = INVENTED if name == INVENTED.stem else files.CHECKOUT / f"{name}.yaml"
    assert list(problems(files.parse(home), home.name, files.vocabulary())) == []


async def test_a_job_is_shown_at_every_step_of_its_life(mock: Mock, contract: Contract) -> None:
    """Whatever breaks the contract fails in `Mock`; what is shown changes as the job does."""
    _, job = await created(mock, contract)
    seen = []
    for step in job.timeline.steps:
        await mock.advance(max(0.0, job.created + step.at - mock.app.world.clock.now()))
        answer = await mock.get(poll_of(contract, job))
        assert answer.status_code < 400, answer.text
        seen.append(answer.text)
    assert seen[0] != seen[-1]


async def test_its_results_can_be_fetched_until_they_expire(
    mock: Mock, contract: Contract, tmp_path: Path
) -> None:
    _, job = await created(mock, contract)
    paths = contract.results()
    await mock.advance(job.timeline.end.at)
    for part in ("video", *job.others):
        if part not in paths:
            continue
        url = f"/{contract.name}{fill(paths[part], job.words)}"
        answer = await mock.get(url, key="")
        assert answer.status_code == 200, answer.text
        file = tmp_path / part
        file.write_bytes(answer.content)
        assert isinstance(probe(file), Clip)
    await mock.advance(job.timeline.url_until - job.timeline.end.at)
    url = f"/{contract.name}{fill(paths['video'], job.words)}"
    assert (await mock.get(url, key="")).status_code == contract.errors["link-expired"].status


async def test_a_failed_job_is_shown_as_failed(mock: Mock, contract: Contract) -> None:
    """No result, no link; the poll says so in the provider's way, within its contract."""
    _, job = await created(mock, contract)
    mock.app.world.jobs.add(broken(contract, job), mock.app.world.clock.now())
    await mock.advance(job.timeline.end.at)
    done = await mock.get(poll_of(contract, job))
    assert str(done.status_code) in {
        status for one in contract.operations if job.kind in one.jobs for status in one.responses
    }
    assert job.token not in done.text


def broken(contract: Contract, job: Job) -> Job:
    """The same job, ending in failure with a row of the catalogue that jobs may end with."""
    names = [one for one in contract.errors if one.startswith(("job-", "failed"))]
    end = job.timeline.end
    before = tuple(one for one in job.timeline.steps if one.at < end.at)
    last = end._replace(state=contract.jobs[job.kind].failed, progress=None)
    life = Timeline((*before, last), job.timeline.url_until, job.timeline.record_until)
    failure = Failure((names or ["internal"])[0], "it broke")
    return job._replace(timeline=life, failure=failure)


async def test_another_key_does_not_know_the_job(mock: Mock, contract: Contract) -> None:
    _, job = await created(mock, contract)
    mine = await mock.get(poll_of(contract, job))
    other = await mock.get(poll_of(contract, job), key="another-key")
    unknown = contract.errors["not-found"]
    assert other.status_code == unknown.status
    assert other.text != mine.text


async def test_without_credentials_nothing_is_done(mock: Mock, contract: Contract) -> None:
    for operation in contract.operations:
        if operation.security and operation.does == "create":
            answer = await mock.request(
                operation.method,
                f"/{contract.name}{operation.path}",
                key="",
                json=example(contract, operation),
            )
            assert answer.status_code == contract.errors["unauthenticated"].status
            assert "no " in answer.headers["x-mock-diagnosis"]
    assert len(mock.app.world.jobs) == 0


async def test_unknown_paths_and_methods_are_refused(mock: Mock, contract: Contract) -> None:
    lost = await mock.get(f"/{contract.name}/no/such/path")
    assert lost.status_code == contract.errors["no-route"].status
    path = next(one.path for one in contract.operations if one.does == "create")
    wrong = await mock.request("PATCH", f"/{contract.name}{path}")
    assert wrong.status_code == contract.errors["no-method"].status


async def test_a_key_without_credits_makes_no_job(mock: Mock, contract: Contract) -> None:
    operation, job = await created(mock, contract)
    if not job.cost:
        pytest.fail("an example that costs nothing shows nothing about credits")
    body = {"provider": contract.name, "balance": 0}
    assert (await mock.request("PUT", "/_mock/credits", json=body)).status_code == 200
    answer = await mock.post(
        f"/{contract.name}{operation.path}", json=example(contract, operation), key="poor-key"
    )
    assert answer.status_code == contract.errors["no-credits"].status
    assert len(mock.app.world.jobs) == 1


async def test_every_push_it_sends_keeps_its_contract(mock: Mock, contract: Contract) -> None:
    operation, job = await created(mock, contract)
    provider, checker = providers.get(contract.name), Checker(contract)
    for push in operation.pushes:
        for one in (job, broken(contract, job)):
            said = provider.notice(one, one.timeline.end, push.name, blind(contract))
            if said is not None and not said.result:
                assert checker.push(push, said.body) == ()


def test_every_error_of_its_catalogue_has_words(contract: Contract) -> None:
    """No template is left unfilled, whatever the core says of a problem."""
    provider = providers.get(contract.name)
    call = Call(1, 0.0, "POST", contract.operations[0].path, "", {}, id="0" * 32, owner="o")
    texts = [
        text
        for row in contract.errors.values()
        for text in (row.message, *(value for _, value in row.headers))
    ]
    fields = {name: "1" for text in texts for name in _names(text)}
    for name, row in contract.errors.items():
        reply = provider.refuse(Problem(name, fields, say="why"), call, blind(contract))
        assert reply.status == row.status
        assert "{" not in str(reply.body).replace("{'", "").replace("{}", ""), name


def _names(template: str) -> list[str]:
    return [part.split("}")[0] for part in template.split("{")[1:]]


async def test_a_key_sent_to_the_download_host_is_noted(mock: Mock, contract: Contract) -> None:
    _, job = await created(mock, contract)
    await mock.advance(job.timeline.end.at)
    url = f"/{contract.name}{fill(contract.results()['video'], job.words)}"
    await mock.get(url)
    assert "credentials to the download host" in str(mock.last())
    await mock.get(url, key="")
    assert "credentials to the download host" not in str(mock.last())


def test_the_invented_one_is_small() -> None:
    assert len(Path(acme.__file__).read_text().splitlines()) < 120
