"""From a checked OpenAPI document to a Contract, with the chosen settings applied."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from urllib.parse import urlsplit

from mockserver.contract import files
from mockserver.contract import pointer as at
from mockserver.contract.errors import SpecError
from mockserver.contract.model import (
    Contract,
    Credits,
    ErrorEntry,
    Evidence,
    JobKind,
    Json,
    Operation,
    Parameter,
    Policy,
    Push,
    Response,
    Security,
    Setting,
    Signature,
)

METHODS = ("get", "put", "post", "delete", "head", "patch")
DEFAULT_BODY_LIMIT = 1024 * 1024


def load(name: str, chosen: Mapping[str, str] | None = None) -> Contract:
    """The contract of that name. SpecError for a wrong spec or a setting it does not offer."""
    return build(files.read(name), f"specs/{name}.yaml", chosen or {})


def build(document: Json, file: str, chosen: Mapping[str, str]) -> Contract:
    """A contract from a document that `check` found in order."""
    mock = document["x-mock"]
    settings = _settings(document, mock, chosen)
    document = _patched(document, settings)
    mock = document["x-mock"]
    own_hosts = _hosts(document.get("servers", ()))
    deliveries = mock.get("deliveries", {})
    policies = {name: _policy(name, row, settings) for name, row in deliveries.items()}
    prices = mock.get("prices", {})
    return Contract(
        name=mock["provider"],
        title=mock["title"],
        file=file,
        own=bool(mock.get("own")),
        hosts=own_hosts,
        operations=tuple(_operations(document, mock["provider"], own_hosts, policies)),
        errors={name: _error(document, name, row) for name, row in mock["errors"].items()},
        jobs={name: _job(name, row, settings) for name, row in mock.get("jobs", {}).items()},
        settings=settings,
        unit=prices.get("unit", ""),
        rates=prices.get("rates", {}),
        credits=_credits(mock.get("credits", {}), settings),
        client_env={name: row["value"] for name, row in mock.get("client-env", {}).items()},
        document=document,
    )


def evidence(document: Json, source: Json, keyword: str = "") -> Evidence | None:
    """What an `x-source` says of one keyword; None when it says nothing of it."""
    if isinstance(source, dict) and "kind" not in source:
        source = source.get(keyword)
    if isinstance(source, str):
        source = document["x-mock"].get("sources", {}).get(source)
    if not isinstance(source, dict):
        return None
    return Evidence(
        kind=source["kind"],
        where=source["where"],
        date=source["date"],
        ours=bool(source.get("ours")),
        note=source.get("note", ""),
    )


def evidence_at(document: Json, pointer: str) -> Evidence | None:
    """The evidence of the keyword at a pointer: of its own object, else of the nearest above."""
    steps = at.split(pointer)
    keyword = steps[-1] if steps else ""
    while steps:
        steps.pop()
        holder = at.follow(document, at.write(steps))
        if isinstance(holder, dict) and "x-source" in holder:
            found = evidence(document, holder["x-source"], keyword)
            if found:
                return found
    return None


def _settings(document: Json, mock: Json, chosen: Mapping[str, str]) -> dict[str, Setting]:
    rows = mock.get("settings", {})
    for name in chosen:
        if name not in rows:
            raise SpecError(f"--set {mock['provider']}.{name}", "", name, rows)
    return {
        name: _setting(document, mock["provider"], name, row, chosen.get(name))
        for name, row in rows.items()
    }


def _setting(document: Json, provider: str, name: str, row: Json, wanted: str | None) -> Setting:
    where = f"--set {provider}.{name}"
    values, span = row.get("values"), row.get("range")
    value: str | float = row["default"] if wanted is None else wanted
    if values is not None and str(value) not in values:
        raise SpecError(where, "", str(value), values)
    if span is not None:
        value = _number(where, value, span)
    return Setting(
        name=name,
        summary=row["summary"],
        default=row["default"],
        values={key: meaning["summary"] for key, meaning in (values or {}).items()},
        range=tuple(span) if span else None,
        text=bool(row.get("text")),
        evidence=evidence(document, row["x-source"], "default"),
        value=value,
    )


def _number(where: str, value: str | float, span: list[float]) -> float:
    say = f"{value!r} is not a number from {span[0]} to {span[1]}"
    try:
        number = float(value)
    except ValueError:
        raise SpecError(where, "", str(value), say=say) from None
    if not span[0] <= number <= span[1]:
        raise SpecError(where, "", str(value), say=say)
    return number


def _patched(document: Json, settings: Mapping[str, Setting]) -> Json:
    """The document with what the chosen values put in. The given one stays as it is."""
    rows = document["x-mock"].get("settings", {})
    patches: dict[str, Json] = {}
    for name, setting in settings.items():
        patches |= rows[name].get("values", {}).get(str(setting.value), {}).get("set", {})
    if not patches:
        return document
    document = copy.deepcopy(document)
    for target, value in patches.items():
        above, _, last = target.rpartition("/")
        holder = at.follow(document, above)
        holder[at.split("/" + last)[0]] = value
    return document


def _operations(
    document: Json, provider: str, own_hosts: tuple[str, ...], policies: Mapping[str, Policy]
) -> list[Operation]:
    return [
        _operation(document, provider, path, method, own_hosts, policies)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def _operation(
    document: Json,
    provider: str,
    path: str,
    method: str,
    own_hosts: tuple[str, ...],
    policies: Mapping[str, Policy],
) -> Operation:
    item = document["paths"][path]
    row = item[method]
    mock = row["x-mock"]
    where = at.write(["paths", path, method])
    body, body_at = at.resolve(document, row.get("requestBody", {}), where + "/requestBody")
    bodies = {
        media.lower(): f"{body_at}{at.write(['content', media])}/schema"
        for media in body.get("content", {})
    }
    return Operation(
        provider=provider,
        id=row["operationId"],
        method=method.upper(),
        path=path,
        pointer=where,
        does=mock["does"],
        hosts=_hosts(item.get("servers", ())) or own_hosts,
        parameters=tuple(_parameters(document, path, method)),
        bodies=bodies,
        body_required=bool(body.get("required")),
        responses={
            status: _response(document, answer, f"{where}/responses/{status}")
            for status, answer in row.get("responses", {}).items()
        },
        security=_security(document, row),
        job=mock.get("job", ""),
        jobs=tuple(mock.get("jobs", ())),
        job_id=mock.get("id", ""),
        body_limit=mock.get("body-limit", DEFAULT_BODY_LIMIT),
        stream=bool(mock.get("stream")),
        errors=tuple(mock.get("errors", ())),
        deprecated=bool(row.get("deprecated")),
        properties=_properties(document, next(iter(bodies.values()), "")),
        result=mock.get("result", "video"),
        pushes=tuple(_pushes(document, row, where, policies)),
    )


def _pushes(
    document: Json, operation: Json, where: str, policies: Mapping[str, Policy]
) -> list[Push]:
    found = []
    for name, choice in operation.get("callbacks", {}).items():
        choice, above = at.resolve(document, choice, where + at.write(["callbacks", name]))
        for expression, item in choice.items():
            for method in METHODS:
                if method in item:
                    spot = above + at.write([expression, method])
                    found.append(_push(document, item[method], spot, expression, method, policies))
    return found


def _push(
    document: Json,
    row: Json,
    where: str,
    expression: str,
    method: str,
    policies: Mapping[str, Policy],
) -> Push:
    body, body_at = at.resolve(document, row["requestBody"], where + "/requestBody")
    media = next(iter(body["content"]))
    schema = f"{body_at}{at.write(['content', media])}/schema" if "json" in media else ""
    return Push(
        name=row["operationId"],
        method=method.upper(),
        target=expression.removeprefix("{$request.body#").removesuffix("}"),
        media=media,
        schema=schema,
        policy=policies[row["x-mock"]["delivery"]],
    )


def _policy(name: str, row: Json, settings: Mapping[str, Setting]) -> Policy:
    signature = row.get("signature")
    success = range(200, 300) if row["success"] == "2xx" else row["success"]
    return Policy(
        name=name,
        timeout=row["timeout"],
        success=frozenset(success),
        retries=tuple(row["retries"]),
        headers=tuple(row.get("headers", {}).items()),
        signature=_signature(signature, settings) if signature else None,
    )


def _signature(row: Json, settings: Mapping[str, Setting]) -> Signature:
    return Signature(
        secret=str(settings[row["secret"]].value),
        algorithm=row["algorithm"],
        encoding=row["encoding"],
        message=row["message"],
        headers=tuple(row["headers"].items()),
    )


def _credits(row: Json, settings: Mapping[str, Setting]) -> Credits:
    """How balances are kept; a setting named `credits` says with what they start."""
    start = row.get("start")
    if "credits" in settings:
        start = float(settings["credits"].value)
    held = row.get("charge") == "done"
    return Credits(start, held, refunded=held or bool(row.get("refund")))


def _parameters(document: Json, path: str, method: str) -> list[Parameter]:
    found: dict[tuple[str, str], Parameter] = {}
    item = document["paths"][path]
    for above, rows in (
        (at.write(["paths", path, "parameters"]), item.get("parameters", [])),
        (at.write(["paths", path, method, "parameters"]), item[method].get("parameters", [])),
    ):
        for index, row in enumerate(rows):
            row, where = at.resolve(document, row, f"{above}/{index}")
            schema, _ = at.resolve(document, row.get("schema", {}), where)
            kinds = schema.get("type", "string")
            found[row["in"], row["name"]] = Parameter(
                name=row["name"],
                place=row["in"],
                required=bool(row.get("required")),
                type=kinds if isinstance(kinds, str) else kinds[0],
                schema=where + "/schema" if "schema" in row else "",
            )
    return list(found.values())


def _response(document: Json, row: Json, where: str) -> Response:
    row, where = at.resolve(document, row, where)
    return Response(
        media={
            media.lower(): f"{where}{at.write(['content', media])}/schema"
            if "schema" in row_
            else ""
            for media, row_ in row.get("content", {}).items()
        },
        headers=frozenset(
            name.lower()
            for name, header in row.get("headers", {}).items()
            if at.resolve(document, header, "")[0].get("required")
        ),
    )


def _security(document: Json, row: Json) -> tuple[Security, ...]:
    """The ways to say who calls, any of which will do; none: nobody asks."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    wanted = row.get("security", document.get("security", []))
    return tuple(_scheme(schemes[name]) for choice in wanted for name in choice)


def _scheme(scheme: Json) -> Security:
    if scheme["type"] == "http":
        return Security(header="authorization", scheme=scheme["scheme"].lower())
    return Security(header=scheme["name"].lower(), scheme="")


def _properties(document: Json, pointer: str) -> frozenset[str]:
    """The names a request body may have at its top, through `$ref` and `allOf`."""
    if not pointer:
        return frozenset()
    schema, where = at.resolve(document, at.follow(document, pointer), pointer)
    names = set(schema.get("properties", ()))
    for index in range(len(schema.get("allOf", ()))):
        names |= _properties(document, f"{where}/allOf/{index}")
    return frozenset(names)


def _error(document: Json, name: str, row: Json) -> ErrorEntry:
    return ErrorEntry(
        name=name,
        status=row["status"],
        code=row.get("code", ""),
        message=row["message"],
        media_type=row.get("media-type", "application/json"),
        headers=tuple(row.get("headers", {}).items()),
        evidence=evidence(document, row.get("x-source"), "message"),
    )


def _job(name: str, row: Json, settings: Mapping[str, Setting]) -> JobKind:
    """A kind of job; settings named `url-life` and `record-life` replace its own."""
    lives = {
        life: float(settings[life].value) if life in settings else row[life]
        for life in ("url-life", "record-life")
    }
    shares = [stage.get("share", 1.0) for stage in row["running"]]
    progress = row.get("progress")
    return JobKind(
        name=name,
        running=tuple(
            (stage["state"], share / sum(shares))
            for stage, share in zip(row["running"], shares, strict=True)
        ),
        done=row["done"],
        failed=row["failed"],
        after=row.get("after", ""),
        base=tuple(row["seconds"]["base"]),
        per_second=tuple(row["seconds"]["per-second"]),
        jumps=tuple(progress["jumps"]) if progress else None,
        last_progress=progress["last"] if progress else 0,
        url_life=lives["url-life"],
        record_life=lives["record-life"],
    )


def _hosts(servers: Json) -> tuple[str, ...]:
    return tuple(host for row in servers if (host := urlsplit(row["url"]).hostname))
