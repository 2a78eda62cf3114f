"""The Blocks of one socket: looked at under a live Permit, handed to the writer, acknowledged.

Each number is answered once: by an `ack` after its commit, or by an `error`, which settles it too.
Plain keys stand here no longer than they may (I-2): a timer takes them, a changed Grant at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.utils import timezone

from consent.permits.gate import PERMIT_LIFETIME
from push.close_codes import BROKEN, NOT_SIGNED_IN
from realtime.blocks.backpressure import Slowing
from realtime.blocks.permit_cache import SCOPES, Allowed, Pass, allowed, desk
from realtime.connection_state import Standing, Unacked, standing
from telemetry import sittings
from telemetry.blocks import block_store, block_validation
from telemetry.blocks.batch_writer import writer
from telemetry.blocks.block_validation import BadBlock
from telemetry.blocks.frame_parser import Frame, parse
from telemetry.blocks.group_commit import Fate, Row
from telemetry.blocks.sequence_tracker import Ledger
from telemetry.models import Sitting
from telemetry.windows import HOP_S

NEVER = datetime.min.replace(tzinfo=UTC)
PAUSED = "paused"
EXAM_CODE = "exam"
GUESSED_HERE = "guessed_here"
ELSEWHERE = "Another source sends this stream to the same lesson page. Only one can send at a time."
DETAILS = {
    Fate.NO_GRANT: "This stream is switched off.",
    Fate.STALE_EPOCH: "This data was collected under an earlier consent.",
    Fate.CONFLICT: "This number was stored with other content.",
}
# What ends the socket, with its code.
CLOSES = {Fate.FAILED: BROKEN, Fate.SIGNED_OUT: NOT_SIGNED_IN}
# A message, or the text of one.
Say = Callable[[Mapping[str, Any] | str], Awaitable[None]]
Leave = Callable[[int], Awaitable[None]]
Later = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


@dataclass(slots=True)
class Lane:
    """One Stream of one socket; its `shelf` goes with the Passes."""

    ledger: Ledger = field(default_factory=Ledger)
    clock: block_validation.Clock = field(default_factory=block_validation.Clock)
    shelf: block_store.Shelf | None = None


@dataclass(frozen=True, slots=True)
class Lent:
    """What a token may send: the epoch of each Stream that it was made under, and which of these
    are sent from another place."""

    epochs: Mapping[str, int]
    elsewhere: frozenset[str]


class BlockRoad:
    """The Blocks of one socket. `say` and `leave` are the socket's; `later` sets a timer. `bearer`:
    the log-in or token it was opened with. `lent`: it is a token's, and only that may come."""

    def __init__(
        self,
        sitting: Sitting,
        say: Say,
        leave: Leave,
        later: Later | None = None,
        *,
        bearer: UUID,
        lent: Lent | None = None,
    ) -> None:
        self.sitting = sitting
        self.bearer = bearer
        self.lent = lent
        self.elsewhere = lent.elsewhere if lent else frozenset()
        self.say = say
        self.leave = leave
        self.later: Later = later or asyncio.get_running_loop().call_later
        self.lanes: defaultdict[str, Lane] = defaultdict(Lane)
        self.slowing = Slowing()
        self.writer = writer()
        self.passes: Mapping[str, Pass] = {}
        self.silent = self.guessed_here = False
        self.fresh_until = NEVER
        self.forgetting: asyncio.TimerHandle | None = None
        self.alive_cut = -1
        self.settled: set[str] = set()
        self.errors: list[Mapping[str, Any]] = []
        self.broken: int | None = None
        self.news = asyncio.Event()
        self.speaker: asyncio.Task[None] | None = asyncio.create_task(self._speak())
        desk().join()

    async def open(self, now: datetime) -> list[dict[str, Any]]:
        """The `streams` of `welcome`, once the numbers were taken up."""
        await self._renew(now)
        return [
            {
                "stream": name,
                "epoch": held.permit.epoch & 0xFFFF,
                "next_seq": self.lanes[name].ledger.next_seq,
            }
            for name, held in self.passes.items()
        ]

    async def take_up(self, unacked: Unacked) -> Standing:
        """Where the numbers stand, and whatever else does."""
        found = await standing(self.sitting, unacked)
        for name, (seq, t0) in found.newest.items():
            self.lanes[name].ledger.settle(seq)
            self.lanes[name].clock.check(seq, t0)
        for name, numbers in found.lacking.items():
            self.lanes[name].ledger.announce(numbers)
        return found

    def close(self) -> None:
        self._forget()
        if self.speaker is not None:
            self.speaker.cancel()
            # Not kept: a task that was cancelled holds this road by what it was cancelled with.
            self.speaker = None
            desk().leave()

    def changed(self, scope: str) -> dict[str, Any]:
        """A Grant changed: forget the Permits; what `consent.changed` says besides."""
        self._forget()
        name = SCOPES.get(scope)
        return {} if name is None else {"next_seq": self.lanes[name].ledger.next_seq}

    async def take(self, data: bytes) -> None:
        """Look at the Blocks of one message; raises BadFrame."""
        frames = parse(data)
        now = timezone.now()
        if now >= self.fresh_until:
            await self._renew(now)
        elapsed = sittings.seconds(self.sitting, now)
        for frame in frames:
            self._take_one(frame, elapsed)
        at = self.writer.loop.time()
        for name, rate_hz in self.slowing.turn(self.writer.age(at), at):
            if name in self.passes:
                await self.say({"type": "slow", "stream": name, "rate_hz": rate_hz})
        await self.writer.wait_for_room()

    async def _renew(self, now: datetime) -> None:
        self._forget()
        if self.sitting.scenario in sittings.TESTS or self.sitting.unit.course.preview_of_id:
            self.silent = await database_sync_to_async(sittings.senses_nothing)(self.sitting, now)
        if not self.silent:
            known = await allowed(self.sitting.learner.code)
            self.passes = self._mine(known)
            await self._see_elsewhere(known)
        until = [held.permit.until for held in self.passes.values()]
        self.fresh_until = min(until, default=now + PERMIT_LIFETIME)
        if self.passes:
            keys_end = min(held.key.until for held in self.passes.values())
            self.forgetting = self.later(max(0.0, keys_end - time.monotonic()), self._forget)

    def _mine(self, known: Allowed) -> Mapping[str, Pass]:
        if self.lent is None:
            return known.passes
        epochs = self.lent.epochs
        return {n: p for n, p in known.passes.items() if epochs.get(n) == p.permit.epoch}

    async def _see_elsewhere(self, known: Allowed) -> None:
        """What tokens hold now; what one held before goes on here, behind its numbers."""
        if self.lent is not None:
            return
        held = frozenset(name for sitting, name in known.held if sitting == self.sitting.id)
        freed, self.elsewhere = self.elsewhere - held, held
        if not freed:
            return
        await self.take_up({})
        for name in sorted(freed & set(self.passes)):
            self._tell(
                {
                    "type": "consent.changed",
                    "scope": f"{name}:adapt",
                    "granted": True,
                    "epoch": self.passes[name].permit.epoch,
                    "next_seq": self.lanes[name].ledger.next_seq,
                }
            )

    def _forget(self) -> None:
        """Let the Passes go; whoever needs them asks the gate again."""
        self.passes, self.fresh_until = {}, NEVER
        for lane in self.lanes.values():
            lane.shelf = None
        if self.forgetting is not None:
            self.forgetting.cancel()

    def _take_one(self, frame: Frame, elapsed: float) -> None:
        if frame.stream is None:
            detail = f"expected a stream of ours, got number {frame.number}"
            self._tell({"code": "unknown_stream", "detail": detail, "seq": frame.seq})
            return
        name = frame.stream.name
        lane = self.lanes[name]
        lane.ledger.receive(frame.seq)
        try:
            held = self._pass_for(frame, name)
            block_validation.check(frame, frame.stream, elapsed)
            lane.clock.check(frame.seq, frame.t0)
        except BadBlock as bad:
            self._refuse(name, frame.seq, bad.code, str(bad))
            return
        if lane.shelf is None:
            lane.shelf = block_store.Shelf(
                self.sitting, name, held.permit, held.key, bearer=self.bearer
            )
        lane.shelf.store(frame, self._settle, alive=self._alive(frame))

    def _pass_for(self, frame: Frame, name: str) -> Pass:
        if self.sitting.paused:
            raise BadBlock("no_grant", PAUSED)
        if self.silent:
            raise BadBlock("no_grant", EXAM_CODE)
        if self.guessed_here:
            raise BadBlock("no_grant", GUESSED_HERE)
        if name in self.elsewhere:
            raise BadBlock("other_source", ELSEWHERE)
        held = self.passes.get(name)
        if held is None:
            raise BadBlock("no_grant", DETAILS[Fate.NO_GRANT])
        if held.permit.epoch & 0xFFFF != frame.epoch:
            raise BadBlock("stale_epoch", DETAILS[Fate.STALE_EPOCH])
        return held

    def _alive(self, frame: Frame) -> float | None:
        """The Block's time where it is the first within its hop of Windows, else None."""
        cut = int(frame.t0 // HOP_S)
        if cut <= self.alive_cut:
            return None
        self.alive_cut = cut
        return frame.t0

    def _settle(self, row: Row, fate: Fate) -> None:
        """Called by the writer after the commit; only notes what is to be said."""
        if fate in CLOSES:
            self.broken = CLOSES[fate]
            self.news.set()
        elif fate is Fate.STORED:
            self._note(row.stream, row.seq)
        else:
            self._refuse(row.stream, row.seq, fate.value, DETAILS[fate])

    def _refuse(self, name: str, seq: int, code: str, detail: str) -> None:
        self._tell({"code": code, "detail": detail, "stream": name, "seq": seq})
        self.lanes[name].ledger.settle(seq)

    def _note(self, name: str, seq: int) -> None:
        self.lanes[name].ledger.settle(seq)
        self.settled.add(name)
        self.news.set()

    def _tell(self, said: Mapping[str, Any]) -> None:
        """An error, unless it says that it is something else."""
        self.errors.append({"type": "error", **said})
        self.news.set()

    async def _speak(self) -> None:
        """Say what was noted; one slow page holds up neither the writer nor other pages."""
        while True:
            await self.news.wait()
            self.news.clear()
            errors, self.errors = self.errors, []
            names, self.settled = self.settled, set()
            for error in errors:
                await self.say(error)
            for name in sorted(names):
                await self.say(self._ack(name))
            if self.broken is not None:
                await self.leave(self.broken)

    def _ack(self, name: str) -> str:
        """Written out here: there is one for nearly every Block."""
        ledger = self.lanes[name].ledger
        told = f'"stream":"{name}","seq":{ledger.contiguous},"gaps":{ledger.gaps()}'
        return f'{{"type":"ack",{told}}}'
