"""Node's own clients heed no proxy before version 24: a preloaded file leads them there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import orjson
import pytest

from mockserver.execution.surroundings import PRELOAD
from tests.exec.conftest import MODULES, NODE, PACKAGES, Execute

# Further Nodes to try, as paths between colons.
OTHERS = filter(None, os.environ.get("MOCKSERVER_TEST_NODES", "").split(os.pathsep))
NODES = [pytest.param("node", marks=NODE), *map(str, OTHERS)]

PROBES = """
import https from "node:https";
import http from "node:http";
import http2 from "node:http2";
import * as tls from "node:tls";

const found = {};
const say = (error) => `${error.message}${error.cause ? `: ${error.cause.message}` : ""}`;
const status = (promise) => promise.then((answer) => answer.status, say);
const get = (module, url, options = {}) => new Promise((done) => {
  module.get(url, options, (answer) => {
    answer.resume();
    answer.on("end", () => done(answer.statusCode));
  }).on("error", (error) => done(say(error)));
});
const URL_ = "https://api.x.ai/v1/nothing";
found.fetch = await status(fetch(URL_));
found.again = await status(fetch(URL_));
found.plainFetch = await status(fetch(URL_.replace("https", "http")));
found.body = await status(fetch(URL_, { method: "POST", body: Buffer.alloc(3_000_000) }));
found.https = await get(https, URL_);
found.http = await get(http, URL_.replace("https", "http"));
const agent = new https.Agent({ keepAlive: true });
found.agent = await get(https, URL_, { agent });
found.reused = await get(https, URL_, { agent });
found.noAgent = await get(https, URL_, { agent: false });
found.tls = await new Promise((done) => {
  const socket = tls.connect(443, "api.ltx.io", { servername: "api.ltx.io" }, () => {
    socket.end();
    done(socket.authorized);
  }).on("error", (error) => done(say(error)));
});
found.stranger = await status(fetch("https://stranger.example.com/"));
found.plainStranger = await status(fetch("http://stranger.example.com/"));
found.httpsStranger = await get(https, "https://stranger.example.com:8443/");
found.httpStranger = await get(http, "http://stranger.example.com/");
found.badCertificate = await new Promise((done) => {
  tls.connect({ host: "api.x.ai", port: 443, servername: "other.example.com" })
    .on("error", (error) => done(error.code));
});
found.local = await status(fetch(`${process.env.MOCKSERVER_URL}/_mock/health`));
const own = http.createServer((_, answer) => answer.end("own")).listen(0, "127.0.0.1");
await new Promise((done) => own.on("listening", done));
found.own = await get(http, `http://localhost:${own.address().port}/`);
own.close();
console.log(JSON.stringify(found));
const end = performance.now();
process.on("exit", () => console.log(performance.now() - end < 3500));
"""
REFUSED = "stranger.example.com belongs to no provider; --egress stranger.example.com opens it"


@pytest.mark.parametrize("node", NODES)
def test_every_client_of_node_is_led_to_the_simulator(node: str, execute: Execute) -> None:
    done = execute((), node, "--input-type=module", "-e", PROBES)
    assert done.status == 0, done.said
    assert "warning" not in done.said.lower()
    found, at_once = done.printed.splitlines()
    assert at_once == "true", "idle connections do not keep a program alive"
    assert orjson.loads(found) == {
        **dict.fromkeys("fetch again plainFetch body https http".split(), 404),
        **dict.fromkeys("agent reused noAgent".split(), 404),
        "tls": True,
        "stranger": f"fetch failed: mockserver exec: {REFUSED}",
        "plainStranger": 403,
        "httpsStranger": f"mockserver exec: {REFUSED}",
        "httpStranger": 403,
        "badCertificate": "ERR_TLS_CERT_ALTNAME_INVALID",
        "local": 200,
        "own": 200,
    }
    assert len(done.report["calls"]) == 9
    assert sum(one["times"] for one in done.report["refused"]) == 4


@PACKAGES
@pytest.mark.parametrize("node", NODES)
def test_axios_is_led_there_with_and_without_its_own_proxy(
    node: str, execute: Execute, tmp_path: Path
) -> None:
    (tmp_path / "node_modules").symlink_to(MODULES)
    script = tmp_path / "axios.mjs"
    script.write_text(
        """
        import axios from "axios";
        const options = { validateStatus: null };
        const url = "https://api.x.ai/v1/nothing";
        const first = await axios.get(url, options);
        const second = await axios.get(url, { ...options, proxy: false });
        const third = await axios.get("https://stranger.example.com/", options);
        console.log(first.status, second.status, third.status);
        """
    )
    done = execute((), node, script)
    assert done.printed == "404 404 403\n", done.said
    assert len(done.report["calls"]) == 2


@NODE
def test_a_program_of_old_modules_and_a_path_with_a_space(execute: Execute, tmp_path: Path) -> None:
    """CommonJS, in a worker, started by another program: all inherit it."""
    script = tmp_path / "old one.cjs"
    script.write_text(
        """
        const { Worker, isMainThread } = require("node:worker_threads");
        if (isMainThread) new Worker(__filename);
        else require("node:https").get("https://api.kie.ai/x", (answer) => {
          console.log(answer.statusCode, process.env.NODE_OPTIONS.includes("/a folder/"));
          answer.resume();
        });
        """
    )
    spaced = tmp_path / "a folder"
    shutil.copytree(
        PRELOAD.parents[1], spaced / "mockserver", ignore=shutil.ignore_patterns("*.pyc")
    )
    shutil.copytree(PRELOAD.parents[2] / "specs", spaced / "specs")
    done = execute((), "sh", "-c", f"node '{script}'", PYTHONPATH=str(spaced))
    assert done.printed == "200 true\n", done.said
