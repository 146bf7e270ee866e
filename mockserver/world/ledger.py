"""Credits: what each key of one provider has, what its running jobs hold, and what it paid."""

from __future__ import annotations

from collections import OrderedDict, deque
from heapq import heappop, heappush
from typing import NamedTuple

from mockserver.contract.model import Credits
from mockserver.jobs.job import DIGITS, Job
from mockserver.providers.base import Balance, Transaction

UNLIMITED = float("inf")
MOST_ACCOUNTS = 10_000
MOST_TRANSACTIONS = 1_000
MOST_TAKEN = 20_000  # jobs not entered yet: as many as are kept


class Due(NamedTuple):
    """What becomes of a job's cost when it ends: an amount is taken (above 0) or given back (below
    0), and what was held is released."""

    at: float
    amount: float
    job: str
    held: float = 0.0


class Account:
    """The credits of one key. Its readings follow from the jobs taken and the time asked for."""

    def __init__(self, amount: float) -> None:
        self.amount = amount
        self.spent = 0.0
        self.held = 0.0
        self.due: list[Due] = []
        self.past: deque[Transaction] = deque(maxlen=MOST_TRANSACTIONS)

    def move(self, at: float, amount: float, job: str) -> None:
        """Take an amount, or give it back when it is below 0."""
        self.amount = round(self.amount - amount, DIGITS)
        self.spent = round(self.spent + amount, DIGITS)
        kind = "debit" if amount > 0 else "credit"
        self.past.appendleft(Transaction(at, kind, abs(amount), job))

    def settle(self, now: float) -> None:
        """Do what has come due."""
        while self.due and self.due[0].at <= now:
            one = heappop(self.due)
            self.held = round(self.held - one.held, DIGITS)
            if one.amount:
                self.move(one.at, one.amount, one.job)


class Ledger:
    """The accounts of one provider, made when a key first pays. Bounded: the oldest goes first.

    Jobs are entered when an account is looked at: when a job ends is only then asked.
    """

    def __init__(self, credits: Credits) -> None:
        self._start = UNLIMITED if credits.start is None else credits.start
        self._accounts: OrderedDict[str, Account] = OrderedDict()
        self._taken: deque[tuple[Job, Credits]] = deque()
        self.total = 0.0

    def take(self, job: Job, credits: Credits) -> None:
        """Charge an accepted job to its key, as the provider charges at the time."""
        if not job.cost:
            return
        if job.owner not in self._accounts:
            self._account(job.owner)
        self._taken.append((job, credits))
        if len(self._taken) > MOST_TAKEN:
            self._enter(*self._taken.popleft())
        if job.failure is None or not credits.refunded:
            self.total += job.cost

    def free(self, owner: str, now: float) -> float:
        """What a key may spend at a reading of the clock."""
        account = self._accounts.get(owner)
        has = self._start if account is None else account.amount
        return has if has == UNLIMITED else self.balance(owner, now).free

    def balance(self, owner: str, now: float) -> Balance:
        """The credits of a key at a reading of the clock."""
        self._catch_up()
        account = self._accounts.get(owner)
        if account is None:
            return Balance(self._start, 0.0, 0.0)
        account.settle(now)
        return Balance(account.amount, account.held, account.spent)

    def transactions(self, owner: str, now: float) -> list[Transaction]:
        """What a key paid and got back until now, newest first."""
        self._catch_up()
        account = self._accounts.get(owner)
        if account is None:
            return []
        account.settle(now)
        return list(account.past)

    def put(self, amount: float, owner: str, now: float) -> None:
        """Set what a key has; without an owner, what every key has."""
        self._catch_up()
        accounts = [self._account(owner)] if owner else list(self._accounts.values())
        for account in accounts:
            account.settle(now)
            account.amount = amount
        if not owner:
            self._start = amount

    def _catch_up(self) -> None:
        """Enter every job that was taken."""
        while self._taken:
            self._enter(*self._taken.popleft())

    def _enter(self, job: Job, credits: Credits) -> None:
        """Charge a job to its account, after what came due before it."""
        account, fails = self._accounts[job.owner], job.failure is not None
        account.settle(job.created)
        if credits.held:
            heappush(account.due, Due(job.ends, 0.0 if fails else job.cost, job.id, job.cost))
            account.held = round(account.held + job.cost, DIGITS)
        else:
            account.move(job.created, job.cost, job.id)
            if fails and credits.refunded:
                heappush(account.due, Due(job.ends, -job.cost, job.id))

    def _account(self, owner: str) -> Account:
        account = self._accounts.get(owner)
        if account is None:
            while len(self._accounts) >= MOST_ACCOUNTS:
                self._catch_up()
                self._accounts.popitem(last=False)
            account = self._accounts[owner] = Account(self._start)
        return account
