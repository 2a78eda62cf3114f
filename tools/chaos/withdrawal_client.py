"""One person who takes back what they allow, and allows it again, while the site is harmed; and
what must not stand then: nothing of an epoch that a withdrawal ended (I-1, I-2)."""

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
from tools.chaos.clients import EVERY_S, ScribblingPage
from tools.chaos.faults import Fault
from vault.errors import KeystoreBusy

SENT = tuple(scope(stream, "adapt") for stream in EVERY_S)
AWAY = (Error, KeystoreBusy, Refused)
HEAD_START_S, ALLOWED_WITHIN_S, SETTLED_WITHIN_S = 0.15, 3.0, 90.0


@dataclass(frozen=True, slots=True)
class Consents:
    """What one person did, how often it was looked, and what stood. `unsure` = withdrawals that
    did not come back; `blocks_since` = Blocks under the newest epochs of what was ever withdrawn.

    The last three must be 0: rows of an epoch that is over, scopes of which something is still to
    be removed, and scopes that were allowed again and under which no Block came.
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
        """What was never tried has not held either."""
        tried = ("withdrawals", "looks", "blocks_since")
        bad = [name for name in ("dead_rows", "unremoved", "silent") if getattr(self, name)]
        return bad + [name for name in tried if not getattr(self, name)]


@dataclass(slots=True)
class Waverer:
    """They have the lesson open all the time. `ended` = of each scope the last epoch ended by a
    withdrawal that came back: whatever becomes of the site, it does not live again."""

    user: User
    page: ScribblingPage
    rng: Random
    ended: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def take_back(self) -> None:
        """Some of what the page sends, never all of it."""
        asked, now = self.rng.sample(SENT, self.rng.randint(1, len(SENT) - 1)), timezone.now()
        before = gate.permits(self.user.code, asked, now=now).granted
        try:
            erasure.withdraw(self.user.code, asked, now=now)
        except AWAY:
            self.counts["unsure"] += 1
        else:
            self.ended |= {name: permit.epoch for name, permit in before.items()}
            self.counts["epochs_ended"] += len(before)
            self.counts["withdrawals"] += bool(before)
        finally:
            connection.close()

    def allow(self, patience_s: float) -> bool:
        """Yes to all of it again; False where the database is away, or something is still being
        removed, for longer than that."""
        until = time.monotonic() + patience_s
        while not self._allowed():
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True

    def _allowed(self) -> bool:
        try:
            people.allow(self.user, now=timezone.now())
        except AWAY:
            return False
        finally:
            connection.close()
        return True

    def look(self) -> Counter[str]:
        """Count what stands of an epoch that is over, unless something is still being removed;
        the living Blocks by scope."""
        try:
            removing = grants.find_clearing(self.user.code)
            dead, blocks = standing(self._sitting(), self._living())
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

    def _living(self) -> dict[str, Permit]:
        """What the gate allows, as far as no withdrawal ended it. Raises Refused."""
        answers = gate.permits(self.user.code, ADAPT_SCOPES, now=timezone.now())
        if answers.could_not_check:
            raise Refused("unavailable")
        found = answers.granted.items()
        return {name: permit for name, permit in found if permit.epoch > self.ended.get(name, -1)}

    def settle(self, revive: Callable[[], None], patience_s: float = SETTLED_WITHIN_S) -> Consents:
        """After the storm, while the page still sends: once all is allowed and sent again, or
        patience is over."""
        until = time.monotonic() + patience_s
        while True:
            revive()
            self.allow(ALLOWED_WITHIN_S)
            blocks = self.look()
            if self.ended.keys() <= blocks.keys() or time.monotonic() > until:
                return self._consents(blocks)
            time.sleep(0.5)

    def _consents(self, blocks: Mapping[str, int]) -> Consents:
        since = [blocks.get(name, 0) for name in self.ended]
        told = ("withdrawals", "unsure", "epochs_ended", "looks", "dead_rows")
        removing = grants.find_clearing(self.user.code)
        connection.close()
        return Consents(
            **{name: self.counts[name] for name in told},
            blocks_since=sum(since),
            unremoved=len(removing),
            silent=since.count(0),
        )


def standing(sitting: UUID, living: Mapping[str, Permit]) -> tuple[int, Counter[str]]:
    """How many rows hold something of an epoch that is over; of the others, the Blocks by scope."""
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
    """A withdrawal, and in the middle of it another harm, which may be none; then yes again."""

    person: Waverer
    harm: Fault
    thread: Thread | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.kills, self.lasts_s = self.harm.kills, self.harm.lasts_s

    @property
    def name(self) -> str:
        return "Withdraw" if type(self.harm) is Fault else f"Withdraw, {self.harm.name}"

    def start(self) -> None:
        # What landed since the time before would go with this one.
        self.person.look()
        self.thread = Thread(target=self.person.take_back)
        self.thread.start()
        time.sleep(self.site.rng.uniform(0, HEAD_START_S))
        self.harm.start()

    def stop(self) -> None:
        self.harm.stop()
        if self.thread is not None:
            self.thread.join()
        self.person.look()
        self.person.allow(ALLOWED_WITHIN_S)
