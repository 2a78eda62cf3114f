"""A Learner who withdraws and grants again while faults are injected.

Checks that nothing is stored of an epoch that a withdrawal ended (I-1, I-2).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Thread
from uuid import UUID

from django.db import Error, connection
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from consent.grants import grants
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.scopes import ADAPT_SCOPES, scope
from demo.simulated_learners import people
from estimates.models import AffectEstimate, BehaviourEstimate
from privacy.erasure import erasure
from telemetry.models import Block
from tools.chaos.clients import EVERY_S, RandomPage
from tools.chaos.faults import Fault
from vault.errors import KeystoreBusy

SENT = tuple(scope(stream, "adapt") for stream in EVERY_S)
AWAY = (Error, KeystoreBusy, Refused)
HEAD_START_S, ALLOWED_WITHIN_S, SETTLED_WITHIN_S = 0.15, 3.0, 90.0


@dataclass(frozen=True, slots=True)
class Consents:
    """What one Learner did, how often the database was checked, and what was found.

    `unsure`: withdrawals that did not return. `blocks_since`: Blocks under the newest epochs of
    scopes that were ever withdrawn. The last three must be 0: rows of an ended epoch, scopes with
    an unfinished removal, and scopes that were granted again without receiving Blocks.
    """

    withdrawals: int
    unsure: int
    epochs_ended: int
    looks: int
    blocks_since: int
    dead_rows: int
    unremoved: int
    silent: int

    @property
    def broken(self) -> list[str]:
        """List the failed checks, and the actions that never happened and so prove nothing."""
        tried = ("withdrawals", "looks", "blocks_since")
        bad = [name for name in ("dead_rows", "unremoved", "silent") if getattr(self, name)]
        return bad + [name for name in tried if not getattr(self, name)]


@dataclass(slots=True)
class WithdrawingLearner:
    """A Learner with the lesson open all the time.

    `ended_epochs`: by scope, the last epoch ended by a withdrawal that returned. Whatever happens
    to the site, that epoch must not come back.
    """

    user: User
    page: RandomPage
    rng: Random
    ended_epochs: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def withdraw_some(self) -> None:
        """Withdraw some of the scopes the page sends, never all of them."""
        asked, now = self.rng.sample(SENT, self.rng.randint(1, len(SENT) - 1)), timezone.now()
        before = gate.permits(self.user.code, asked, now=now).granted
        try:
            erasure.withdraw(self.user.code, asked, now=now)
        except AWAY:
            self.counts["unsure"] += 1
        else:
            self.ended_epochs |= {name: permit.epoch for name, permit in before.items()}
            self.counts["epochs_ended"] += len(before)
            self.counts["withdrawals"] += bool(before)
        finally:
            connection.close()

    def allow(self, patience_s: float) -> bool:
        """Grant all scopes again; False if that fails for longer than `patience_s`.

        It fails while the database is away or something is still being removed.
        """
        until = time.monotonic() + patience_s
        while not self._try_to_allow():
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True

    def _try_to_allow(self) -> bool:
        try:
            people.allow(self.user, now=timezone.now())
        except AWAY:
            return False
        finally:
            connection.close()
        return True

    def count_rows(self) -> Counter[str]:
        """Count rows of ended epochs, unless a removal is running; return the live Blocks by
        scope.
        """
        try:
            removing = grants.find_clearing(self.user.code)
            dead, blocks = count_by_epoch(self._sitting(), self._find_live_permits())
        except AWAY:
            return Counter()
        finally:
            connection.close()
        if not removing:
            self.counts["looks"] += 1
            self.counts["dead_rows"] += dead
        return blocks

    def _sitting(self) -> UUID:
        assert self.page.sitting is not None  # noqa: S101 - it is open
        return self.page.sitting

    def _find_live_permits(self) -> dict[str, Permit]:
        """Return the Permits the gate grants, except those of ended epochs. Raises Refused."""
        answers = gate.permits(self.user.code, ADAPT_SCOPES, now=timezone.now())
        if answers.could_not_check:
            raise Refused("unavailable")
        found = answers.granted.items()
        return {
            name: permit for name, permit in found if permit.epoch > self.ended_epochs.get(name, -1)
        }

    def settle(self, revive: Callable[[], None], patience_s: float = SETTLED_WITHIN_S) -> Consents:
        """Check at the end, while the page still sends.

        Waits until all scopes are granted and Blocks of all of them arrived, or until `patience_s`
        is over.
        """
        until = time.monotonic() + patience_s
        while True:
            revive()
            self.allow(ALLOWED_WITHIN_S)
            blocks = self.count_rows()
            if self.ended_epochs.keys() <= blocks.keys() or time.monotonic() > until:
                return self._report_consents(blocks)
            time.sleep(0.5)

    def _report_consents(self, blocks: Mapping[str, int]) -> Consents:
        since = [blocks.get(name, 0) for name in self.ended_epochs]
        told = ("withdrawals", "unsure", "epochs_ended", "looks", "dead_rows")
        removing = grants.find_clearing(self.user.code)
        connection.close()
        return Consents(
            **{name: self.counts[name] for name in told},
            blocks_since=sum(since),
            unremoved=len(removing),
            silent=since.count(0),
        )


def count_by_epoch(sitting: UUID, living: Mapping[str, Permit]) -> tuple[int, Counter[str]]:
    """Return the number of rows of ended epochs, and the other Blocks by scope."""
    dead, blocks = 0, Counter[str]()
    kept = Block.objects.filter(sitting=sitting).order_by().values_list("stream", "epoch")
    for stream, epoch, count in kept.annotate(count=Count("seq")):
        name = scope(stream, "adapt")
        if gate.covers(living, [name], [epoch]):
            blocks[name] += count
        else:
            dead += count
    for model in (AffectEstimate, BehaviourEstimate):
        made = model.objects.filter(sitting=sitting).values_list("scopes", "epochs")
        dead += sum(not gate.covers(living, *under) for under in made)
    return dead, blocks


@dataclass(slots=True)
class Withdraw(Fault):
    """A withdrawal with another fault in the middle of it (possibly none), then a new grant."""

    person: WithdrawingLearner
    harm: Fault
    thread: Thread | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.kills, self.lasts_s = self.harm.kills, self.harm.lasts_s

    @property
    def name(self) -> str:
        return "Withdraw" if type(self.harm) is Fault else f"Withdraw, {self.harm.name}"

    def start(self) -> None:
        # This withdrawal would also remove what was stored since the previous one.
        self.person.count_rows()
        self.thread = Thread(target=self.person.withdraw_some)
        self.thread.start()
        time.sleep(self.site.rng.uniform(0, HEAD_START_S))
        self.harm.start()

    def stop(self) -> None:
        self.harm.stop()
        if self.thread is not None:
            self.thread.join()
        self.person.count_rows()
        self.person.allow(ALLOWED_WITHIN_S)
