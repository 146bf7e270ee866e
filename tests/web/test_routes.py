"""A call finds its operation: exact paths before patterns, one segment per parameter."""

from __future__ import annotations

import pytest

from mockserver.contract import document
from mockserver.contract.pointer import fill
from mockserver.web.routes import Router
from tests.contract.test_check import spec


def router() -> Router:
    text = spec()
    post = text["paths"].pop("/v1/extend")["post"]
    paths = {"/v1/jobs": "list", "/v1/jobs/{id}": "one", "/v1/jobs/latest": "latest"}
    paths |= {"/out/video-{token}.mp4": "result", "/v1/jobs/{id}/log": "log"}
    for path, name in paths.items():
        text["paths"][path] = {"get": {**post, "operationId": name}}
    text["paths"]["/v1/jobs"]["post"] = {**post, "operationId": "create"}
    return Router(document.build(text, "specs/toy.yaml", {}))


@pytest.mark.parametrize(
    ("method", "path", "operation", "params"),
    [
        ("GET", "/v1/jobs", "list", {}),
        ("POST", "/v1/jobs", "create", {}),
        ("HEAD", "/v1/jobs", "list", {}),
        ("GET", "/v1/jobs/latest", "latest", {}),
        ("GET", "/v1/jobs/7", "one", {"id": "7"}),
        ("GET", "/v1/jobs/7/log", "log", {"id": "7"}),
        ("GET", "/out/video-ab.mp4", "result", {"token": "ab"}),
    ],
)
def test_a_call_finds_its_operation(
    method: str, path: str, operation: str, params: dict[str, str]
) -> None:
    route = router().find(method, path)
    assert route.operation is not None
    assert route.operation.id == operation
    assert route.params == params


@pytest.mark.parametrize(
    "path", ["/", "", "/v1", "/v1/jobs/", "/v1/jobs/a/b", "/v1//jobs", "/out/video-.mp4", "/../x"]
)
def test_a_path_that_is_not_there_has_no_route(path: str) -> None:
    assert router().find("GET", path).problem == "no-route"


def test_a_wrong_method_says_which_are_right() -> None:
    assert router().find("DELETE", "/v1/jobs").allowed == ("GET", "POST")
    route = router().find("POST", "/v1/jobs/7")
    assert (route.problem, route.allowed) == ("no-method", ("GET",))


def test_a_template_is_filled_in() -> None:
    assert fill("/a/{id}.mp4", {"id": "7", "token": "x"}) == "/a/7.mp4"
