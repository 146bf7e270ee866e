"""What the commands do that need the application. Imported when one of them runs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from mockserver import egress, providers
from mockserver.app import App
from mockserver.contract import document
from mockserver.contract.contracts import Contracts
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json, Setting
from mockserver.jobs.chance import fresh_seed
from mockserver.scenario.book import Book
from mockserver.scenario.model import Scenario
from mockserver.serve import Server, bound, server, url_of
from mockserver.settings import Settings, UserError

HERE = ("127.0.0.1", "::1", "localhost")
KEPT = {
    "jobs": "job_limit",
    "entries": "journal_limit",
    "files": "file_limit",
    "upload-bytes": "upload_bytes",
    "render-bytes": "render_bytes",
}

SHAPES = {
    "use": 'names: use = ["failed"]',
    "rule": "tables: [[rule]]",
    "scenario": "tables: [scenario.NAME]",
}


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings that the options ask for. UserError when they cannot be meant."""
    try:
        policy = egress.parse(args.egress)
    except egress.PolicyError as error:
        raise UserError(f"--egress: {error}") from None
    settings = Settings(
        seed=fresh_seed() if args.seed is None else args.seed,
        clock=args.clock,
        speed=args.speed,
        step=args.step,
        providers=tuple(args.provider),
        keys=frozenset(filter(None, getattr(args, "keys", "").split(","))),
        sources=args.sources,
        limits=args.limits,
        policy=policy,
        public_url=getattr(args, "public_url", ""),
        chosen=_chosen(args.config, args.set),
        triggers=not args.no_triggers,
        hostile=args.hostile or "",
        setup=setup_of(args.scenario),
    )
    _judge(args.scenario, settings)
    return replace(settings, **_kept(getattr(args, "keep", [])))


def setup_of(words: list[str]) -> Json:
    """The rules in force from the start: names of scenarios, and files of rules."""
    setup: Json = {"use": [], "rule": [], "scenario": {}}
    for word in words:
        if not word.endswith(".toml"):
            setup["use"].append(word)
            continue
        found = _rules_in(word)
        setup["use"] += found["use"]
        setup["rule"] += found["rule"]
        setup["scenario"] |= found["scenario"]
    return setup if any(setup.values()) else {}


def _rules_in(file: str) -> Json:
    """What a file of rules says. UserError where it has another shape."""
    found = {"use": [], "rule": [], "scenario": {}, **_tables("--scenario", file)}
    for name, value in found.items():
        if name not in ("use", "rule", "scenario"):
            raise UserError(f"--scenario {file}: {name!r} is neither use, rule nor scenario")
        shape = dict if name == "scenario" else list
        if not isinstance(value, shape) or (name == "use" and not all(map(_is_text, value))):
            raise UserError(f"--scenario {file}: {name} is {value!r}; write {SHAPES[name]}")
    return found


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _judge(words: list[str], settings: Settings) -> None:
    """UserError where a file of rules names nothing real, with the place in that file."""
    served = settings.providers or providers.NAMES
    for file in words:
        if not file.endswith(".toml"):
            continue
        try:
            book = Book(Contracts(served, settings.chosen, providers.NAMES))
            book.put({**_rules_in(file), "use": []}, file)
        except SpecError as error:
            raise UserError(f"--scenario {error}") from None


def application(settings: Settings) -> App:
    """The application. UserError when a spec or a setting is wrong."""
    try:
        return App(settings)
    except SpecError as error:
        raise UserError(str(error)) from None


def serve(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    app = application(settings_of(args))
    try:
        listener = bound(args.host, args.port)
    except OSError as error:
        app.close()
        raise UserError(
            f"cannot listen on {args.host}:{args.port}: {error.strerror}; "
            "--port 0 picks a free port"
        ) from None
    try:
        url = url_of(listener)
        one = server(app, listener, lambda: _announce(one, app, url), args.log_level)
        if args.grpc_port is not None:
            one.grpc = (args.host, args.grpc_port)
        one.run(sockets=[listener])
        _farewell(app)
    finally:
        listener.close()
        app.close()
    return 0


def _announce(one: Server, app: App, url: str) -> None:
    print(f"listening on {url}", flush=True)
    width = max(map(len, app.providers))
    for name in app.providers:
        print(f"  {name:<{width}}  {app.address}/{name}")
    if one.grpc is not None and one.rpc is not None:
        host = "localhost" if one.grpc[0] in HERE else one.grpc[0]
        print(f"  {'grpc':<{width}}  {host}:{one.rpc.port} for {', '.join(one.rpc.providers)}")
    clock = app.world.clock
    pace = {
        "real": f"speed {clock.speed:g}",
        "virtual": "clock virtual",
        "stepped": f"clock stepped by {clock.step:g} s",
    }[clock.kind]
    print(f"  seed {app.settings.seed}, {pace}; control API at {app.address}/_mock", flush=True)


def _farewell(app: App) -> None:
    """The last line: what the run would have cost."""
    costs = app.costs().items()
    bill = ", ".join(f"{name} {cost:.2f} {app.providers[name].unit}" for name, cost in costs)
    print(f"stopped; this would have cost: {bill or 'nothing'}", flush=True)


def list_providers(args: argparse.Namespace) -> int:
    """Print the providers, for people or as JSON."""
    contracts = [document.load(name) for name in providers.NAMES]
    if args.json:
        sys.stdout.write(orjson.dumps([_view(one) for one in contracts]).decode() + "\n")
        return 0
    for contract in contracts:
        print(f"{contract.name}  {contract.title}  ({', '.join(contract.hosts)})")
        for operation in contract.operations if args.operations else ():
            old = "  deprecated" if operation.deprecated else ""
            print(f"    {operation.method:<6} {operation.path}  {operation.id}{old}")
        for setting in contract.settings.values() if args.settings else ():
            _print_setting(contract, setting)
    return 0


def list_scenarios(args: argparse.Namespace) -> int:
    """Print the scenarios, for people or as JSON."""
    from mockserver.scenario.catalogue import Catalogue
    from mockserver.web.scenarios import shown_scenario

    names = args.provider or providers.NAMES
    for name in names:
        if name not in providers.NAMES:
            raise UserError(str(SpecError("--provider", "", name, providers.NAMES)))
    catalogue = Catalogue()
    contracts = [document.load(name) for name in names]
    found = [
        (one, catalogue.find(name, one)) for one in contracts for name in catalogue.names(one.name)
    ]
    if args.json:
        shown = [shown_scenario(scenario, contract.name) for contract, scenario in found]
        sys.stdout.write(orjson.dumps(shown).decode() + "\n")
        return 0
    common = {scenario.name: scenario for _, scenario in found if not scenario.provider}
    print("Of every provider that can:")
    for scenario in common.values():
        _print_scenario(scenario)
    for contract in contracts:
        print(f"\nOf {contract.title} ({contract.name}):")
        for owner, scenario in found:
            if owner is contract and scenario.provider:
                _print_scenario(scenario)
    return 0


def _print_scenario(scenario: Scenario) -> None:
    print(f"  {scenario.name}")
    print(f"      what happens   {scenario.what}")
    print(f"      a good client  {scenario.client}")
    if scenario.evidence:
        print(f"      evidence       {scenario.evidence}")


def _print_setting(contract: Contract, setting: Setting) -> None:
    print(f"    {contract.name}.{setting.name} = {setting.default}   {setting.summary}")
    for value, summary in setting.values.items():
        print(f"        {value:<16} {summary}")
    if setting.text:
        print("        any text")
    if setting.range:
        print(f"        from {setting.range[0]:g} to {setting.range[1]:g}")
    if one := setting.evidence:
        print(f"        evidence: {one.kind}, {one.where}, {one.date}")


def _view(contract: Contract) -> Json:
    return {
        "name": contract.name,
        "title": contract.title,
        "hosts": list(contract.hosts),
        "operations": [
            {"id": one.id, "method": one.method, "path": one.path, "does": one.does}
            for one in contract.operations
        ],
        "settings": [
            {"name": one.name, "default": one.default, "values": dict(one.values)}
            for one in contract.settings.values()
        ],
    }


def _kept(words: list[str]) -> dict[str, Any]:
    """The bounds that `--keep` sets, by their names in the settings."""
    kept: dict[str, Any] = {}
    for word in words:
        name, _, text = word.partition("=")
        if name not in KEPT:
            raise UserError(f"--keep {word}: write WHAT=N, where WHAT is one of {', '.join(KEPT)}")
        if not text.isdigit() or int(text) < 1:
            raise UserError(f"--keep {word}: {text!r} is not a whole number above 0")
        kept[KEPT[name]] = int(text)
    return kept


def _chosen(file: str, words: list[str]) -> dict[str, dict[str, str]]:
    """The providers' switches: those of a file, then those of `--set`."""
    chosen = _configured(file) if file else {}
    for word in words:
        name, equals, value = word.partition("=")
        provider, dot, setting = name.partition(".")
        if not equals or not dot or not setting:
            raise UserError(f"--set {word}: write PROVIDER.NAME=VALUE")
        chosen.setdefault(provider, {})[setting] = value
    return chosen


def _configured(file: str) -> dict[str, dict[str, str]]:
    """The switches in a file: a table for each provider. UserError says what cannot be meant."""
    tables = _tables("--config", file)
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UserError(f"--config {file}: write [PROVIDER] above {name} = {table!r}")
        for switch, value in table.items():
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise UserError(f"--config {file}: {name}.{switch} is neither text nor a number")
    return {
        name: {switch: str(value) for switch, value in table.items()}
        for name, table in tables.items()
    }


def _tables(option: str, file: str) -> Json:
    """The tables of the file that an option names. UserError when there are none."""
    from mockserver.scenario.load import tables

    try:
        return tables(Path(file))
    except SpecError as error:
        raise UserError(f"{option} {error}") from None
