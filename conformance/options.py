"""What a run is asked for, on the command line or through pytest: read, checked, and written down
again as a command."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.connection import KEYS
from conformance.dialects import NAMES, dialect_of
from conformance.live import is_loopback, is_real, open_to
from conformance.model import LEVELS, CannotRun, Json, Level

Add = Callable[..., Any]
"""Adds an option, as `ArgumentParser.add_argument` does."""

PATIENCE, INTERVAL = 900.0, 5.0
UPTO: Mapping[str, Sequence[Level]] = {
    "must": ("must",),
    "should": ("must", "should"),
    "all": LEVELS,
}
LISTEN = ("127.0.0.1", 8901)
MAX_EXAMPLES = 12
ONCE = ("case", "report", "baseline", "profile", "json", "workers", "dry_run")
"""What does not matter to how a case turns out when it is run alone."""
DEFAULTS = {"level": "all", "seed": 0}
SECRETS = ("key", "other_key", "webhook_key")


def add_options(add: Add) -> None:
    """What both forms of a run know."""
    add("--provider", choices=NAMES, help="whose contract is to be kept")
    add(
        "--target",
        metavar="URL",
        help="where the paths of the provider begin; without it our "
        "simulator is started in this process, in virtual time",
    )
    add(
        "--key",
        metavar="KEY",
        help="the account to judge with; others see it in the list of "
        "processes, so prefer --key-env",
    )
    add("--key-env", metavar="NAME", help="the variable that holds the key")
    add("--other-key", metavar="KEY", help="a second account, for what one must not see of another")
    add("--other-key-env", metavar="NAME", help="the variable that holds it")
    add("--webhook-key", metavar="KEY", help="the secret that webhooks are signed with")
    add("--webhook-key-env", metavar="NAME", help="the variable that holds it")
    add(
        "--case",
        action="append",
        default=[],
        metavar="ID|GLOB",
        help="only these cases; may be repeated (see 'conformance list')",
    )
    add(
        "--level",
        choices=tuple(UPTO),
        default="all",
        help="must: only what is documented; should: "
        "what was observed too; all: also what is inferred, which is only reported (default: all)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="of our simulator, and of whatever is drawn (default: 0)",
    )
    add(
        "--patience",
        "--timeout",
        dest="patience",
        type=float,
        metavar="SECONDS",
        help=f"the most to wait for one thing, in the target's time (default: {PATIENCE:g})",
    )
    add(
        "--poll-interval",
        type=float,
        metavar="SECONDS",
        help=f"between two polls, in the target's time (default: {INTERVAL:g})",
    )
    add(
        "--speed",
        type=float,
        metavar="X",
        help="how many of the target's seconds pass in one of "
        "ours; without --target our simulator is served at that speed (default: 1)",
    )
    add("--live", action="store_true", help="the target is the provider itself, and costs money")
    add(
        "--budget",
        metavar="AMOUNT",
        help="the most to spend, as in 2.00usd; no job is started that would pass it",
    )
    add(
        "--callback-url",
        metavar="URL",
        help="how the target reaches the judge, which takes "
        "webhooks and serves clips there; a target on this machine needs none",
    )
    add(
        "--listen",
        metavar="HOST:PORT",
        help="where the judge listens for what comes to "
        f"--callback-url (default: {LISTEN[0]}:{LISTEN[1]})",
    )
    add(
        "--source",
        metavar="URL",
        help="a clip to be extended, where the judge's own cannot be fetched: --input source=URL",
    )
    add(
        "--input",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what only an account has; 'conformance explain PROVIDER' tells what there is",
    )
    add("--profile", metavar="FILE", help="known deviations of the target, a TOML file")


@dataclass(frozen=True, slots=True)
class Options:
    """A run as it was asked for. `budget` is in US dollars; `given` are the words it came in."""

    provider: str
    target: str = ""
    keys: tuple[str, ...] = KEYS
    webhook_key: str = ""
    cases: tuple[str, ...] = ()
    level: str = "all"
    seed: int = 0
    patience: float = PATIENCE
    interval: float = INTERVAL
    speed: float | None = None
    live: bool = False
    budget: float | None = None
    callback_url: str = ""
    listen: tuple[str, int] = LISTEN
    inputs: Mapping[str, Json] = field(default_factory=dict)
    profile: Path | None = None
    baseline: Path | None = None
    workers: int = 1
    max_examples: int = MAX_EXAMPLES
    dry_run: bool = False
    cassette: Path | None = None
    replay: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def levels(self) -> Sequence[Level]:
        return UPTO[self.level]

    @property
    def local(self) -> bool:
        """Whether the target is on this machine, our simulator or another's."""
        return not self.target or is_loopback(urlsplit(self.target).hostname or "")

    def again(self, case: str) -> str:
        """The command that runs one case alone, without its secrets."""
        words = ["conformance", "run"]
        for name, value in self.given.items():
            if value in (None, False, []) or name in ONCE or DEFAULTS.get(name) == value:
                continue
            for one in value if isinstance(value, list) else [value]:
                words.append(f"--{name.replace('_', '-')}")
                if name in SECRETS:
                    words.append(f'"${name.upper()}"')
                elif one is not True:
                    words.append(shlex.quote(f"{one:g}" if isinstance(one, float) else str(one)))
        return " ".join([*words, "--case", shlex.quote(case)])


def options(given: Mapping[str, Any]) -> Options:
    """What was asked for, checked. CannotRun, with what to do, for what does not go together."""
    told = {"patience": None, "poll_interval": None, **given}
    if not told.get("provider"):
        raise CannotRun(f"say whose contract is to be kept: --provider {'|'.join(NAMES)}")
    target = str(told.get("target") or "")
    found = Options(
        provider=told["provider"],
        target=target.rstrip("/"),
        webhook_key=_secret(told, "webhook_key"),
        cases=tuple(told.get("case") or ()),
        level=told.get("level") or "all",
        seed=told.get("seed") or 0,
        patience=_positive(told, "patience", PATIENCE),
        interval=_positive(told, "poll_interval", INTERVAL),
        speed=_positive(told, "speed", 1.0) if told.get("speed") is not None else None,
        live=bool(told.get("live")),
        budget=_budget(told.get("budget")),
        callback_url=str(told.get("callback_url") or ""),
        listen=_listen(told.get("listen")),
        inputs=_inputs(told),
        profile=_path(told, "profile"),
        baseline=_path(told, "baseline"),
        workers=1 if told.get("workers") is None else told["workers"],
        max_examples=_examples(told.get("max_examples")),
        dry_run=bool(told.get("dry_run")),
        cassette=_path(told, "cassette"),
        replay=bool(told.get("replay")),
        given=dict(given),
    )
    _check(found)
    return replace(found, keys=_keys(told, target))


def _check(asked: Options) -> None:
    """That options go together, and that nobody pays unasked."""
    if asked.replay:
        if asked.cassette is None:
            raise CannotRun("say what to replay: --cassette DIR")
        return
    if asked.target:
        parts = urlsplit(asked.target)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CannotRun(f"{asked.target!r} is no target: give http://host:port/path")
        if why := open_to(asked.live, parts.hostname):
            raise CannotRun(f"{why}; it would cost money, so give --live and --budget too")
        if asked.live and not is_real(parts.hostname):
            raise CannotRun(f"{parts.hostname} is no host of {asked.provider}: leave out --live")
    elif asked.live:
        raise CannotRun("say where the provider is: --target URL")
    if asked.live and asked.budget is None:
        raise CannotRun("say how much may be spent: --budget 2.00usd (--dry-run shows an estimate)")
    if asked.live and asked.speed not in (None, 1.0):
        raise CannotRun("a provider's seconds are ours: leave out --speed")
    if asked.workers < 1:
        raise CannotRun(f"--workers {asked.workers} is none")
    if asked.workers > 1 and not asked.target and asked.speed is None:
        raise CannotRun(
            "virtual time takes one case at a time: leave out --workers, or give "
            "--target or --speed"
        )


def _keys(told: Mapping[str, Any], target: str) -> tuple[str, ...]:
    """The keys. A target on this machine, and one that is not asked, need none."""
    first, second = _secret(told, "key"), _secret(told, "other_key")
    asked = target and not told.get("replay") and not told.get("dry_run")
    if not first and asked and not is_loopback(urlsplit(target).hostname or ""):
        raise CannotRun("say with which key: --key-env NAME, or --key KEY")
    if not first:
        return KEYS
    if first == second:
        raise CannotRun("--other-key is the same key: it has to be another account's")
    return tuple(one for one in (first, second) if one)


def _secret(told: Mapping[str, Any], name: str) -> str:
    """A secret, given as it is or in a variable."""
    option, plain = name.replace("_", "-"), told.get(name)
    variable = told.get(f"{name}_env")
    if plain and variable:
        raise CannotRun(f"give --{option} or --{option}-env, not both")
    if variable:
        found = os.environ.get(variable, "")
        if not found and not told.get("replay"):
            raise CannotRun(f"--{option}-env: the variable {variable} is empty")
        return found
    return str(plain or "")


def _positive(told: Mapping[str, Any], name: str, default: float) -> float:
    value = told.get(name)
    if value is None:
        return default
    if not value > 0:
        raise CannotRun(f"--{name.replace('_', '-')} {value:g} is no time: give more than 0")
    return float(value)


def _examples(told: int | None) -> int:
    if told is None:
        return MAX_EXAMPLES
    if told < 0:
        raise CannotRun(f"--max-examples {told} is no number of examples")
    return told


def _budget(told: object) -> float | None:
    """US dollars. CannotRun for an amount without its unit: nobody shall spend a hundredfold."""
    if told is None:
        return None
    amount = str(told).strip().lower()
    number = amount.removesuffix("usd").strip()
    if not amount.endswith("usd") or not number.replace(".", "", 1).isdigit():
        raise CannotRun(f"--budget {told!r} is no amount: give US dollars, as in 2.00usd")
    return float(number)


def _listen(told: object) -> tuple[str, int]:
    if told is None:
        return LISTEN
    host, _, port = str(told).rpartition(":")
    if not port.isdigit():
        raise CannotRun(f"--listen {told!r} is no place: give HOST:PORT, as in 0.0.0.0:8901")
    return host.strip("[]") or LISTEN[0], int(port)


def _inputs(told: Mapping[str, Any]) -> dict[str, Json]:
    """What was given of the account's. CannotRun for what its provider does not know."""
    known = {"source": "", **dialect_of(told["provider"]).INPUTS}
    found: dict[str, Json] = {"source": told["source"]} if told.get("source") else {}
    for one in told.get("input") or ():
        name, sign, value = one.partition("=")
        if not sign or name not in known:
            listed = ", ".join(known)
            raise CannotRun(f"--input {one!r}: give NAME=VALUE with a name of {listed}")
        found[name] = json.loads(value) if value[:1] in ("{", "[") else value
    return found


def _path(told: Mapping[str, Any], name: str) -> Path | None:
    return Path(told[name]) if told.get(name) else None
