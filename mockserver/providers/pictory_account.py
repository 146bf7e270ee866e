"""Pictory: quotas, the ledger of AI credits, and tokens of the older API."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from math import isinf

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Json
from mockserver.jobs.chance import uuid4_of
from mockserver.jobs.clock import iso
from mockserver.providers.base import Desk, Transaction

YEAR = 365 * 86400.0
TOKEN_SECONDS = 3600
PLAN = "API"
SOURCE = "AI Studio"


async def get_quota(desk: Desk, call: Call) -> Reply:
    """What is used, of how much. Other quotas than that of AI credits are never touched."""
    contract = desk.here.contract
    has, _, spent = desk.here.balance(call.owner)
    limit = contract.number("quota-limit") if isinf(has) else round(has + spent, 5)
    used = {"used": spent, "limit": max(limit, spent)}
    operation = contract.operation("get_quota")
    answer = contract.document["paths"][operation.path]["get"]["responses"]["200"]
    example = answer["content"]["application/json"]["examples"]["quota"]["value"]
    return Reply(200, {**example, "aiCredits": used})


async def get_credit_usage(desk: Desk, call: Call) -> Reply | Problem:
    """What changed the credits within twelve months, or within one of them."""
    year, month = call.query.get("year"), call.query.get("month")
    if year and not month:
        detail = "month is required when year is given"
        return Problem("invalid-request", {"detail": detail}, say=detail, pointer="/month")
    found = [
        one
        for one in desk.transactions(call.owner)
        if one.at > desk.here.now - YEAR and _within(one.at, year, month)
    ]
    return Reply(200, [_view(desk, one) for one in found])


async def create_token(desk: Desk, call: Call) -> Reply:
    """A credential of an hour. The account is that of the client id, as if that were the key."""
    client = str(call.body["client_id"])
    owner = hashlib.blake2b(client.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    draw = desk.chance("token")
    token = f"eyJ{draw.hex(29)}.eyJ{draw.hex(61)}.{draw.hex(64)}"
    desk.grant(token, owner, TOKEN_SECONDS)
    body = {"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}
    return Reply(200, body)


def _within(at: float, year: str | None, month: str | None) -> bool:
    moment = datetime.fromtimestamp(int(at), UTC)
    return (not year or moment.year == int(year)) and (not month or moment.month == int(month))


def _view(desk: Desk, one: Transaction) -> Json:
    word = hashlib.blake2b(f"{one.job}:{one.kind}".encode(), digest_size=16).hexdigest()
    return {
        "transactionId": uuid4_of(word),
        "type": one.kind,
        "amount": one.amount,
        "source": SOURCE,
        "description": _description(desk, one),
        "plan": PLAN,
        "transactionDate": iso(one.at),
    }


def _description(desk: Desk, one: Transaction) -> str:
    job = desk.job(one.job)
    if job is None:
        return "AI Studio"
    words = (job.kind.capitalize(), job.facts["model"], job.facts.get("duration", ""))
    return " ".join(filter(None, words))
