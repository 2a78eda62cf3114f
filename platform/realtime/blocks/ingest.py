"""The Blocks of one socket: checked under a live Permit, given to the writer, acknowledged.

Each sequence number is answered once: by an `ack` after its commit, or by an `error`. Plain keys
are dropped as soon as their lifetime ends (I-2), by a timer or when a Grant changes.
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
from realtime.blocks.backpressure import Backpressure
from realtime.blocks.permit_cache import (
    SCOPES,
    LearnerPermits,
    StreamPass,
    load_permits,
    permit_cache,
)
from realtime.connection_state import SittingState, Unacked, load_state
from telemetry import sittings
from telemetry.blocks import block_store, block_validation
from telemetry.blocks.batch_writer import writer
from telemetry.blocks.block_validation import BadBlock
from telemetry.blocks.frame_parser import BlockFrame, parse
from telemetry.blocks.group_commit import BlockRow, Fate
from telemetry.blocks.sequence_tracker import SequenceLedger
from telemetry.models import Sitting
from telemetry.windows import HOP_S

NEVER = datetime.min.replace(tzinfo=UTC)
PAUSED = "paused"
EXAM_CODE = "exam"
GUESSED_ON_DEVICE = "guessed_here"
OTHER_SOURCE = (
    "Another source sends this stream to the same lesson page. Only one can send at a time."
)
DETAILS = {
    Fate.NO_GRANT: "This stream is switched off.",
    Fate.STALE_EPOCH: "This data was collected under an earlier consent.",
    Fate.CONFLICT: "This number was stored with other content.",
}
# Fates that close the socket, with the close code.
CLOSES = {Fate.FAILED: BROKEN, Fate.SIGNED_OUT: NOT_SIGNED_IN}
# It takes a message, or the text of one.
SendMessage = Callable[[Mapping[str, Any] | str], Awaitable[None]]
CloseSocket = Callable[[int], Awaitable[None]]
SetTimer = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


@dataclass(slots=True)
class StreamLane:
    """One Stream of one socket; its `shelf` is dropped together with the passes."""

    ledger: SequenceLedger = field(default_factory=SequenceLedger)
    clock: block_validation.StreamClock = field(default_factory=block_validation.StreamClock)
    shelf: block_store.BlockSink | None = None


@dataclass(frozen=True, slots=True)
class TokenStreams:
    """The streams that a device token may send: the epoch of each, at the token's creation.

    `elsewhere` holds those that another source sends.
    """

    epochs: Mapping[str, int]
    elsewhere: frozenset[str]


class BlockIngest:
    """The Blocks of one socket.

    `say` and `leave` belong to the socket; `later` sets a timer. `bearer` is the session or device
    token that opened it. `token_streams` is set for a device token and limits what it may send.
    """

    def __init__(
        self,
        sitting: Sitting,
        say: SendMessage,
        leave: CloseSocket,
        later: SetTimer | None = None,
        *,
        bearer: UUID,
        token_streams: TokenStreams | None = None,
    ) -> None:
        self.sitting = sitting
        self.bearer = bearer
        self.token_streams = token_streams
        self.elsewhere = token_streams.elsewhere if token_streams else frozenset()
        self.say = say
        self.leave = leave
        self.later: SetTimer = later or asyncio.get_running_loop().call_later
        self.lanes: defaultdict[str, StreamLane] = defaultdict(StreamLane)
        self.slowing = Backpressure()
        self.writer = writer()
        self.passes: Mapping[str, StreamPass] = {}
        self.silent = self.guessed_here = False
        self.fresh_until = NEVER
        self.drop_timer: asyncio.TimerHandle | None = None
        self.alive_cut = -1
        self.settled: set[str] = set()
        self.queued: list[Mapping[str, Any]] = []
        self.close_code: int | None = None
        self.has_news = asyncio.Event()
        self.sender: asyncio.Task[None] | None = asyncio.create_task(self._send_queued())
        permit_cache().join()

    async def open(self, now: datetime) -> list[dict[str, Any]]:
        """Return the `streams` of `welcome`, once the sequence numbers are restored."""
        await self._renew_passes(now)
        return [
            {
                "stream": name,
                "epoch": stream_pass.permit.epoch & 0xFFFF,
                "next_seq": self.lanes[name].ledger.next_seq,
            }
            for name, stream_pass in self.passes.items()
        ]

    async def resume(self, unacked: Unacked) -> SittingState:
        """Restore the sequence numbers, and return the state of the Sitting."""
        found = await load_state(self.sitting, unacked)
        for name, (seq, t0) in found.newest.items():
            self.lanes[name].ledger.settle(seq)
            self.lanes[name].clock.check(seq, t0)
        for name, numbers in found.lacking.items():
            self.lanes[name].ledger.announce(numbers)
        return found

    def close(self) -> None:
        self._drop_passes()
        if self.sender is not None:
            self.sender.cancel()
            # Drop the task: a cancelled task keeps a reference to this object.
            self.sender = None
            permit_cache().leave()

    def changed(self, scope: str) -> dict[str, Any]:
        """Forget the Permits after a Grant changed; return extra fields of `consent.changed`."""
        self._drop_passes()
        name = SCOPES.get(scope)
        return {} if name is None else {"next_seq": self.lanes[name].ledger.next_seq}

    async def take(self, data: bytes) -> None:
        """Check and store the Blocks of one message. Raises BadFrame."""
        frames = parse(data)
        now = timezone.now()
        if now >= self.fresh_until:
            await self._renew_passes(now)
        elapsed = sittings.seconds(self.sitting, now)
        for frame in frames:
            self._receive_block(frame, elapsed)
        at = self.writer.loop.time()
        for name, rate_hz in self.slowing.update(self.writer.age(at), at):
            if name in self.passes:
                await self.say({"type": "slow", "stream": name, "rate_hz": rate_hz})
        await self.writer.wait_for_room()

    async def _renew_passes(self, now: datetime) -> None:
        self._drop_passes()
        if sittings.may_be_silent(self.sitting):
            self.silent = await database_sync_to_async(sittings.senses_nothing)(self.sitting, now)
        if not self.silent:
            known = await load_permits(self.sitting.learner.code)
            self.passes = self._select_passes(known)
            await self._update_elsewhere(known)
        until = [stream_pass.permit.until for stream_pass in self.passes.values()]
        self.fresh_until = min(until, default=now + PERMIT_LIFETIME)
        if self.passes:
            keys_end = min(stream_pass.key.until for stream_pass in self.passes.values())
            self.drop_timer = self.later(max(0.0, keys_end - time.monotonic()), self._drop_passes)

    def _select_passes(self, known: LearnerPermits) -> Mapping[str, StreamPass]:
        if self.token_streams is None:
            return known.passes
        epochs = self.token_streams.epochs
        return {n: p for n, p in known.passes.items() if epochs.get(n) == p.permit.epoch}

    async def _update_elsewhere(self, known: LearnerPermits) -> None:
        """Update which streams device tokens hold.

        A stream that a token has released continues here, after the token's sequence numbers.
        """
        if self.token_streams is not None:
            return
        sent_by_tokens = frozenset(
            name for sitting, name in known.held if sitting == self.sitting.id
        )
        freed, self.elsewhere = self.elsewhere - sent_by_tokens, sent_by_tokens
        if not freed:
            return
        await self.resume({})
        for name in sorted(freed & set(self.passes)):
            self._queue_message(
                {
                    "type": "consent.changed",
                    "scope": f"{name}:adapt",
                    "granted": True,
                    "epoch": self.passes[name].permit.epoch,
                    "next_seq": self.lanes[name].ledger.next_seq,
                }
            )

    def _drop_passes(self) -> None:
        """Drop the passes; the next Block asks the gate again."""
        self.passes, self.fresh_until = {}, NEVER
        for lane in self.lanes.values():
            lane.shelf = None
        if self.drop_timer is not None:
            self.drop_timer.cancel()

    def _receive_block(self, frame: BlockFrame, elapsed: float) -> None:
        if frame.stream is None:
            detail = f"expected a stream of ours, got number {frame.number}"
            self._queue_message({"code": "unknown_stream", "detail": detail, "seq": frame.seq})
            return
        name = frame.stream.name
        lane = self.lanes[name]
        lane.ledger.receive(frame.seq)
        try:
            stream_pass = self._pass_for(frame, name)
            block_validation.check(frame, frame.stream, elapsed)
            lane.clock.check(frame.seq, frame.t0)
        except BadBlock as bad:
            self._refuse(name, frame.seq, bad.code, str(bad))
            return
        if lane.shelf is None:
            lane.shelf = block_store.BlockSink(
                self.sitting, name, stream_pass.permit, stream_pass.key, bearer=self.bearer
            )
        lane.shelf.store(frame, self._settle, alive=self._alive_time(frame))

    def _pass_for(self, frame: BlockFrame, name: str) -> StreamPass:
        if self.sitting.paused:
            raise BadBlock("no_grant", PAUSED)
        if self.silent:
            raise BadBlock("no_grant", EXAM_CODE)
        if self.guessed_here:
            raise BadBlock("no_grant", GUESSED_ON_DEVICE)
        if name in self.elsewhere:
            raise BadBlock("other_source", OTHER_SOURCE)
        stream_pass = self.passes.get(name)
        if stream_pass is None:
            raise BadBlock("no_grant", DETAILS[Fate.NO_GRANT])
        if stream_pass.permit.epoch & 0xFFFF != frame.epoch:
            raise BadBlock("stale_epoch", DETAILS[Fate.STALE_EPOCH])
        return stream_pass

    def _alive_time(self, frame: BlockFrame) -> float | None:
        """Return the Block's time if it is the first within its hop of Windows, else None."""
        cut = int(frame.t0 // HOP_S)
        if cut <= self.alive_cut:
            return None
        self.alive_cut = cut
        return frame.t0

    def _settle(self, row: BlockRow, fate: Fate) -> None:
        """Note the fate of a Block; the writer calls this after the commit."""
        if fate in CLOSES:
            self.close_code = CLOSES[fate]
            self.has_news.set()
        elif fate is Fate.STORED:
            self._note_stored(row.stream, row.seq)
        else:
            self._refuse(row.stream, row.seq, fate.value, DETAILS[fate])

    def _refuse(self, name: str, seq: int, code: str, detail: str) -> None:
        self._queue_message({"code": code, "detail": detail, "stream": name, "seq": seq})
        self.lanes[name].ledger.settle(seq)

    def _note_stored(self, name: str, seq: int) -> None:
        self.lanes[name].ledger.settle(seq)
        self.settled.add(name)
        self.has_news.set()

    def _queue_message(self, message: Mapping[str, Any]) -> None:
        """Queue a message to the page; it is an error unless `message` has another type."""
        self.queued.append({"type": "error", **message})
        self.has_news.set()

    async def _send_queued(self) -> None:
        """Send the queued messages. A slow page delays neither the writer nor other pages."""
        while True:
            await self.has_news.wait()
            self.has_news.clear()
            messages, self.queued = self.queued, []
            names, self.settled = self.settled, set()
            for message in messages:
                await self.say(message)
            for name in sorted(names):
                await self.say(self._ack(name))
            if self.close_code is not None:
                await self.leave(self.close_code)

    def _ack(self, name: str) -> str:
        """Format an `ack` by hand, because there is one for nearly every Block."""
        ledger = self.lanes[name].ledger
        fields = f'"stream":"{name}","seq":{ledger.contiguous},"gaps":{ledger.gaps()}'
        return f'{{"type":"ack",{fields}}}'
