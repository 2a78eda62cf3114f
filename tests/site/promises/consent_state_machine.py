"""The consent of one minor as a state machine, on real PostgreSQL (I-1, I-2, I-5, I-6).

A page connects and captures, the server receives and commits, a worker loads and stores. Between
any two steps the Learner or the Guardian may consent or withdraw. A notice may change, a Grant may
expire, or the erasing process may be killed.

Pointer needs the consent of both, activity that of the Learner. The machine keeps its own account
of what is allowed and checks each new row.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from unittest import mock

from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from accounts.models import User
from accounts.people import make_guardian
from consent.grants import grant_verification, grants
from consent.models import Grant
from consent.notices import notices
from consent.permits import gate
from consent.permits.errors import Refused
from consent.stream_groups import group_of
from courses.models import Unit
from estimates.inference import affect
from estimates.inference.affect import SensedWindow
from estimates.models import AffectEstimate
from estimates.registry import predictors
from privacy.erasure import erasure
from privacy.retention import expired_grants
from telemetry import sittings, windows
from telemetry.blocks import group_commit, tracks
from telemetry.models import Block, Sitting, Window
from tests.fixtures import factories
from tests.platform.telemetry.conftest import sealed_row
from vault.encryption import Place, unseal
from vault.errors import KeyDestroyed

SCOPES = ("pointer:adapt", "activity:adapt")
BOTH, ALONE = SCOPES
scopes = st.sampled_from(SCOPES)


class NotAllowed(AssertionError):
    """Something was stored or read under an epoch that was not live."""


@dataclass(frozen=True)
class World:
    """Shared by all runs: a unit, functions to commit and reword, and the gate used.

    `planted` names the table whose guard was weakened; then only steps that lead there are taken.
    """

    unit: Unit
    commit: Callable[[list[group_commit.BlockRow]], object]
    reword: Callable[[str], None]
    asks_at: str = "receive"
    planted: str = ""


@dataclass(frozen=True)
class Copy:
    """Sealed bytes as in a stolen backup, and the epochs they were taken under."""

    sealed: bytes
    place: Place
    epochs: dict[str, int]


class ConsentMachine(RuleBasedStateMachine):
    world: World

    def _leads_to(self, table: str) -> bool:
        return self.world.planted in ("", table)

    @initialize()
    def begin(self) -> None:
        self.learner: User = factories.make_user(age_band="teen")
        self.guardian: User = factories.make_user(roles=["guardian"])
        make_guardian(self.guardian, self.learner, now=timezone.now())
        self.code = self.learner.code
        self.sitting: Sitting = sittings.open(
            self.learner, self.world.unit, scenario="course", page=uuid.uuid4(), now=timezone.now()
        )
        self.epoch = dict.fromkeys(SCOPES, 0)
        self.live = dict.fromkeys(SCOPES, False)
        self.current = dict.fromkeys(SCOPES, False)  # decided by the current notice
        self.words: set[str] = set()  # who has consented where both must
        self.gone = dict.fromkeys(SCOPES, 0)  # no data of this epoch or earlier may exist
        self.held: dict[str, gate.Permit] = {}
        self.outbox: list[tuple[str, int, int]] = []
        self.queue: list[group_commit.BlockRow] = []
        self.hand: list[SensedWindow] = []
        self.seen: set[object] = set()
        self.copies: list[Copy] = []
        self.number = 0
        self.killed = False
        self.clearing: set[str] = set()
        for scope in SCOPES:
            self.say_yes(scope)
        self.guardian_says_yes()
        self.connect()
        self._put(SCOPES[0], 0, self.epoch[SCOPES[0]])
        self.commit()
        self.number = 1
        self._put(SCOPES[0], 1, self.epoch[SCOPES[0]])

    # --- the Learner, the Guardian, and time ---

    def _held(self, scope: str) -> bool:
        return self.live[scope] or (scope == BOTH and bool(self.words))

    @precondition(lambda self: self._allowed() != set(SCOPES))
    @rule(scope=scopes)
    def say_yes(self, scope: str) -> None:
        self._say("learner", scope)

    @precondition(lambda self: self._allowed() != set(SCOPES) and not self.world.planted)
    @rule()
    def guardian_says_yes(self) -> None:
        self._say("guardian", BOTH)

    def _say(self, who: str, scope: str) -> None:
        now = timezone.now()
        actor = self.code if who == "learner" else self.guardian.code
        notice = notices.current(group_of(scope.split(":")[0]), "teen", now=now)
        try:
            grants.grant(self.code, [scope], notice=notice, now=now, actor=actor)
        except Refused:
            assert scope in self.clearing
            return
        assert scope not in self.clearing
        if not self.current[scope]:
            if scope == BOTH:
                self.words.clear()
            self.live[scope] = False
        said = who in self.words if scope == BOTH else self.live[scope]
        if not said:
            self.epoch[scope] += 1
            self.current[scope] = True
            if scope == BOTH:
                self.words.add(who)
            self.live[scope] = scope == ALONE or len(self.words) == 2

    @precondition(lambda self: any(map(self._held, SCOPES)))
    @rule(scope=scopes)
    def withdraw(self, scope: str) -> None:
        erasure.withdraw(self.code, [scope], now=timezone.now())
        self._no(scope)
        self._must_be_gone(scope)

    @precondition(lambda self: any(map(self._held, SCOPES)) and not self.world.planted)
    @rule(scope=scopes)
    def withdraw_and_the_process_is_killed(self, scope: str) -> None:
        with mock.patch.object(erasure, "STEPS", {}):
            erasure.withdraw(self.code, [scope], now=timezone.now())
        if self.epoch[scope]:
            self.clearing.add(scope)
        self._no(scope)
        self.killed = True

    @precondition(lambda self: self.words and not self.world.planted)
    @rule()
    def guardian_withdraws(self) -> None:
        how = {"verb": "guardian_withdraw", "actor": self.guardian.code}
        erasure.withdraw(self.code, list(SCOPES), now=timezone.now(), **how)
        self._fall(BOTH)
        self._must_be_gone(BOTH)

    @precondition(lambda self: not self.world.planted)
    @rule(scope=scopes)
    def the_text_changes(self, scope: str) -> None:
        self.world.reword(group_of(scope.split(":")[0]))
        self.current[scope] = False

    @precondition(lambda self: any(map(self._held, SCOPES)) and not self.world.planted)
    @rule()
    def everything_runs_out(self) -> None:
        self._end(timedelta(days=400), [scope for scope in SCOPES if self._held(scope)])

    @precondition(lambda self: any(map(self._held, SCOPES)) and not self.world.planted)
    @rule()
    def what_waits_or_was_told_otherwise_is_over(self) -> None:
        over = [s for s in SCOPES if self._held(s) and not (self.live[s] and self.current[s])]
        self._end(timedelta(days=15), over)

    def _end(self, later: timedelta, scopes: list[str]) -> None:
        expired_grants.end_due(now=timezone.now() + later)
        for scope in scopes:
            self._fall(scope)
            self._must_be_gone(scope)

    @precondition(lambda self: self.killed)
    @rule()
    def sweep(self) -> None:
        assert erasure.sweep(now=timezone.now())
        self.killed = False
        self.clearing.clear()
        for scope in SCOPES:
            self._must_be_gone(scope)

    def _no(self, scope: str) -> None:
        """The Learner withdraws; a Guardian's consent stays."""
        if self.live[scope] or (scope == BOTH and "learner" in self.words):
            self.epoch[scope] += 1
            self.live[scope] = False
        if scope == BOTH:
            self.words.discard("learner")
        self.gone[scope] = self.epoch[scope]

    def _fall(self, scope: str) -> None:
        """No consent of anyone is valid any more."""
        self.epoch[scope] += 1
        self.live[scope] = False
        if scope == BOTH:
            self.words.clear()
        self.gone[scope] = self.epoch[scope]

    # --- the page and its Blocks ---

    @rule()
    def connect(self) -> None:
        self.held = dict(self._ask())

    @precondition(lambda self: self.held and self._leads_to("blocks"))
    @rule(data=st.data())
    def capture(self, data: st.DataObject) -> None:
        scope = data.draw(st.sampled_from(sorted(self.held)))
        self.number += 1
        self.outbox.append((scope, self.number, self.held[scope].epoch))

    @precondition(lambda self: self.outbox)
    @rule()
    def receive(self) -> None:
        scope, number, epoch = self.outbox.pop(0)
        permits = self._permits()
        if scope in permits and permits[scope].epoch == epoch:
            self._put(scope, number, epoch)

    @precondition(lambda self: not self.world.planted)
    @rule(scope=scopes, epoch=st.integers(0, 6))
    def slip_past_the_gate(self, scope: str, epoch: int) -> None:
        """Store as code that forgot the gate; statement and trigger still check."""
        self.number += 1
        self._put(scope, self.number, min(epoch, self.epoch[scope] + 1))

    def _put(self, scope: str, number: int, epoch: int) -> None:
        stream = scope.split(":")[0]
        self.queue.append(sealed_row(self.sitting, stream, number, epoch, t0=5.0 * number))

    @precondition(lambda self: self.queue)
    @rule()
    def commit(self) -> None:
        rows, self.queue = self.queue, []
        self.world.commit(rows)
        self._look_at_new_rows()

    @precondition(lambda self: self.queue and not self.world.planted)
    @rule()
    def insert_by_another_path(self) -> None:
        row = self.queue.pop()
        try:
            with transaction.atomic():
                Block.objects.create(
                    day=row.day, sitting=row.sitting, stream=row.stream, seq=row.seq,
                    learner_id=row.learner, epoch=row.epoch, t0=row.t0, rate_hz=row.rate_hz,
                    rows=row.rows, channels=row.channels, sealed=row.sealed,
                )  # fmt: skip
        except OperationalError as error:
            if error.__cause__.sqlstate != "28000":
                raise
        self._look_at_new_rows()

    # --- the worker ---

    @precondition(lambda self: self.seen and self._leads_to("estimates"))
    @rule(back=st.integers(0, 3))
    def load(self, back: int) -> None:
        """Load a Window over one of the last Blocks under current Permits, for later use."""
        cut = max(0, self.number - back)
        window, _ = Window.objects.get_or_create(
            sitting=self.sitting, cut=cut, defaults={"due_at": timezone.now()}
        )
        permits = self._permits()
        sensed = SensedWindow(window, windows.load(window, permits.values()), permits, late=False)
        read = {f"{name}:adapt" for name in sensed.cut.streams}
        if not read <= self._allowed():
            raise NotAllowed(f"read {read}, allowed {self._allowed()}")
        if sensed.cut.streams and window.state == "pending":
            windows.finish([window], timezone.now())
            self.hand.append(sensed)

    @precondition(lambda self: self.hand)
    @rule()
    def store(self) -> None:
        sensed, now = self.hand.pop(0), timezone.now()
        guesses = affect.guess_each([sensed], predictors.load_active(predictors.SHOWN_KIND))
        affect.store_guess(sensed, guesses.get(sensed.row.pk), now=now)
        self._look_at_new_rows()

    # --- invariants ---

    def _allowed(self) -> set[str]:
        return {scope for scope in SCOPES if self.live[scope] and self.current[scope]}

    def _permits(self) -> dict[str, gate.Permit]:
        return self.held if self.world.asks_at == "connect" else self._ask()

    def _ask(self) -> dict[str, gate.Permit]:
        """Ask the gate; it agrees with the Learner's last decision."""
        granted = gate.permits(self.code, SCOPES, now=timezone.now()).granted
        said = {scope: permit.epoch for scope, permit in granted.items()}
        assert said == {scope: self.epoch[scope] for scope in self._allowed()}
        return dict(granted)

    def _look_at_new_rows(self) -> None:
        """Check that no new row has an epoch that is not live now (I-1)."""
        for name, copy in [*self._blocks(), *self._estimates()]:
            if name not in self.seen:
                for scope, epoch in copy.epochs.items():
                    if (self.live[scope], self.epoch[scope]) != (True, epoch):
                        raise NotAllowed(f"{name} was stored under {scope}, epoch {epoch}")
                self.seen.add(name)
                self.copies.append(copy)

    def _blocks(self) -> list[tuple[object, Copy]]:
        rows = Block.objects.filter(sitting=self.sitting.id)
        return [
            (
                (row.stream, row.seq),
                Copy(
                    bytes(row.sealed),
                    group_commit.place(row.sitting, row.stream, row.seq, self.code),
                    {f"{row.stream}:adapt": row.epoch},
                ),
            )
            for row in rows
        ]

    def _estimates(self) -> list[tuple[object, Copy]]:
        rows = AffectEstimate.objects.filter(sitting=self.sitting)
        return [
            (
                row.id,
                Copy(
                    bytes(row.sealed),
                    Place("estimates_affectestimate", "sealed", str(row.id), self.code),
                    dict(zip(row.scopes, row.epochs, strict=True)),
                ),
            )
            for row in rows
        ]

    def _must_be_gone(self, scope: str) -> None:
        """Check that no row or copy of an ended epoch can be read (I-2)."""
        last = self.gone[scope]
        for name, copy in [*self._blocks(), *self._estimates()]:
            assert copy.epochs.get(scope, last + 1) > last, name
        for copy in [copy for copy in self.copies if copy.epochs.get(scope, last + 1) <= last]:
            assert not self._opens(copy), copy.place
            self.copies.remove(copy)
        old = gate.Permit(self.code, scope, last - 1, timezone.now() + timedelta(1))
        assert not tracks.read(self.sitting, [old], 0.0, 5.0 * self.number + 5)

    def _opens(self, copy: Copy) -> bool:
        try:
            unseal(copy.sealed, place=copy.place)
        except KeyDestroyed:
            return False
        return True

    def teardown(self) -> None:
        """Check that the table of Grants agrees."""
        if not hasattr(self, "learner"):
            return
        told = {
            row.scope: (row.live, row.epoch) for row in Grant.objects.filter(learner=self.learner)
        }
        for scope, (live, epoch) in told.items():
            assert (live, epoch) == (self.live[scope], self.epoch[scope])
        assert grant_verification.find_differences(Q(learner=self.learner)) == []
