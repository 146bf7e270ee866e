"""Pictory: from a request to a job: its sources, what is made of them, and what it costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from mockserver.contract import pointer as at
from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Contract, Json, Operation
from mockserver.jobs.job import Failure
from mockserver.media import model, sources
from mockserver.media.model import Clip, Still, Trouble, Wish
from mockserver.providers.base import Accepted, Found, Here, Input

Asked: TypeAlias = Mapping[str, Json]

MINUTE = 60.0
SCHEMES = ("http", "https")
# Per kind of job: field of the body → its part in the rendering and its kind of file.
FIELDS = {
    "video": {"firstFrameImageUrl": ("first", "image"), "extendVideoUrl": ("source", "video")},
    "image": {"referenceImageUrl": ("first", "image")},
}
REFERENCES = "referenceImageUrls"
UNREADABLE = frozenset({*model.TROUBLES, "too-large"})
# What makes up the schemas' names for the limits of a model.
FAMILIES = {"veo3.1": "Veo", "veo3.1_fast": "Veo", "pixverse5.5": "Pixverse"}


def crowded(call: Call, here: Here) -> Problem | None:
    """Whether this key asks too often (A5): off unless the setting says otherwise."""
    limit = here.contract.number("creates-per-minute")
    if not limit or sum(1 for _ in here.recent(call.owner, MINUTE)) < limit:
        return None
    say = f"this key has made {limit:g} jobs within a minute (setting creates-per-minute)"
    return Problem("rate-limit", say=say)


def references(operation: Operation, call: Call, here: Here) -> Sequence[Input]:
    """Every file a request names. Reference images are looked at and not shown."""
    wanted = [
        (name, f"/{field}", call.body[field], kind)
        for field, (name, kind) in FIELDS[operation.job].items()
        if field in call.body
    ]
    if operation.job == "video":
        wanted += [
            (f"reference-{index}", f"/{REFERENCES}/{index}", url, "image")
            for index, url in enumerate(call.body.get(REFERENCES, ()))
        ]
    return [_input(here.contract, *one) for one in wanted]


def order(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    """The job that a request becomes. A source that is no use fails it, or is refused (A10)."""
    contract = here.contract
    asked = filled(contract, operation.job, call.body)
    made = _video(asked, found, contract) if operation.job == "video" else _image(asked, contract)
    wanted = {one.name: one for one in references(operation, call, here)}
    problems = [
        problem
        for name, clip in found.items()
        if (problem := _trouble(wanted[name], clip)) is not None
    ]
    if problems and contract.setting("source-errors") == "create":
        return problems[0]
    if problems:
        return _doomed(made, problems[0], contract)
    free = here.balance(call.owner).free
    if made.cost > free and contract.setting("no-credits") == "job":
        fields = {"cost": f"{made.cost:g}", "balance": f"{free:g}"}
        return _doomed(made, Problem("no-credits", fields), contract)._replace(cost=0.0)
    return made


def filled(contract: Contract, kind: str, body: Asked) -> dict[str, Json]:
    """What was asked, with the defaults of the contract and of the model where it is silent."""
    shapes = contract.document["components"]["schemas"]
    rows = shapes["VideoRequest" if kind == "video" else "ImageRequest"]["properties"]
    known = {name: value for name, value in body.items() if name in rows}
    asked = {name: row["default"] for name, row in rows.items() if "default" in row} | known
    if kind == "video":
        family = FAMILIES[asked["model"]]
        asked.setdefault("aspectRatio", shapes[f"{family}Ratio"]["enum"][0])
        asked.setdefault("duration", shapes[f"{family}Duration"]["enum"][0])
        if _is_storyboard(contract, asked):
            asked["duration"] = "8s"
    return asked


def size(contract: Contract, family: str, ratio: str) -> tuple[int, int]:
    """Width and height of a ratio."""
    rows = contract.document["components"]["schemas"][f"{family}Sizes"]["properties"]
    width, height = rows[ratio]["const"]
    return width, height


def made_with(contract: Contract, name: str, keyword: str) -> int:
    """A number of the schema Made."""
    where = at.write(["components", "schemas", "Made", "properties", name, keyword])
    return int(at.follow(contract.document, where))


def _is_storyboard(contract: Contract, asked: Asked) -> bool:
    """Whether the other rule of references holds, by which Veo makes 8 seconds (A2)."""
    storyboard = contract.setting("reference-images") == "storyboard"
    return storyboard and REFERENCES in asked and FAMILIES[asked["model"]] == "Veo"


def _video(asked: Asked, found: Found, contract: Contract) -> Accepted:
    """A segment of its own. With a source it begins where that ends, and does not contain it."""
    width, height = size(contract, FAMILIES[asked["model"]], asked["aspectRatio"])
    rate, seconds = made_with(contract, "fps", "const"), int(asked["duration"].removesuffix("s"))
    source = found.get("source")
    end = source.frames if isinstance(source, Clip) else 0
    wish = Wish(
        "",
        0,
        asked["prompt"],
        width,
        height,
        Fraction(rate),
        seconds * rate,
        cut=(end, end) if end else None,
        sound="generate",
        alone=bool(end),
    )
    others = {
        "thumbnail": Still(at="middle", width=made_with(contract, "thumbnail_width", "const")),
        "preview": Still(at="first"),
        "last-frame": Still(at="last", format="png"),
    }
    cost = round(seconds * contract.rates["video"][asked["model"]], 4)
    return Accepted(wish, float(seconds), cost, facts=asked, others=others)


def _image(asked: Asked, contract: Contract) -> Accepted:
    """A picture: the only frame of a video that nobody is shown."""
    width, height = size(contract, "Image", asked["aspectRatio"])
    prompt = ", ".join(filter(None, (asked["prompt"], asked.get("style"))))
    rate = Fraction(made_with(contract, "fps", "const"))
    wish = Wish("", 0, prompt, width, height, rate, 1, sound="none")
    cost = contract.rates["image"][asked["model"]]
    others = {"image": Still(at="first", format="png")}
    return Accepted(wish, 0.0, cost, facts=asked, others=others)


def _input(contract: Contract, name: str, pointer: str, url: str, kind: str) -> Input:
    return Input(
        name=name,
        pointer=pointer,
        reference=url,
        kind=kind,
        byte_limit=made_with(contract, "source_bytes", "maximum"),
        seconds_limit=made_with(contract, "source_seconds_to_fetch", "maximum"),
        redirects=made_with(contract, "source_redirects", "maximum"),
    )


def _trouble(wanted: Input, found: Clip | Trouble) -> Problem | None:
    """What keeps a file from being used."""
    fields = {"field": wanted.pointer[1:].replace("/", ".")}
    scheme = sources.scheme_of(wanted.reference)
    if scheme not in SCHEMES:
        say = f"nothing can be fetched by {scheme}:"
        return Problem("source-unreachable", fields, say=say, pointer=wanted.pointer)
    if isinstance(found, Trouble):
        name = "source-unreadable" if found.kind in UNREADABLE else "source-unreachable"
        return Problem(name, fields, say=found.detail, pointer=wanted.pointer)
    if found.kind == wanted.kind:
        return None
    say = f"the file is no {wanted.kind} but {found.kind}"
    return Problem("source-unreadable", fields, say=say, pointer=wanted.pointer)


def _doomed(made: Accepted, problem: Problem, contract: Contract) -> Accepted:
    """The job all the same, which fails of a problem."""
    text = contract.errors[problem.name].message.format_map(problem.fields)
    wish = Wish("", 0, made.wish.prompt, 0, 0, Fraction(0), 0)
    return made._replace(wish=wish, others={}, failure=Failure(problem.name, text))
