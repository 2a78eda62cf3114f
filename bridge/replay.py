"""Replay of a recording in real time, or faster into the past of the Sitting.

At speed 1 the replay begins now. At a higher speed it fills time that has already passed: the part
ends now, or begins with the Sitting. Rows ahead of the Sitting's clock wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from bridge.lab_connection import LabConnection
from bridge.recording import SECOND_S, ReplayableRecording

TICK_S = 0.25
SAY_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class ReplayPart:
    """A part of a recording, from `begin` to `end` (s), replayed `speed` times as fast."""

    begin: float
    end: float
    speed: float

    @property
    def length_s(self) -> float:
        return self.end - self.begin


def find_start(part: ReplayPart, now: float, free_from: float) -> float:
    """Return the second of the Sitting at which the part begins."""
    if part.speed <= 1:
        return max(now, free_from)
    return max(0.0, free_from, now - part.length_s)


async def replay(
    tape: ReplayableRecording,
    part: ReplayPart,
    line: LabConnection,
    free_from: float,
    say: Callable[[str], None],
) -> None:
    """Put the part into the outbox, second by second; return when all of it is queued."""
    began, start = monotonic(), find_start(part, line.now(), free_from)
    for lane in tape.lanes:
        line.announce_device(start, lane.device)
    sent, said = 0.0, began
    while sent < part.length_s and not line.over.is_set():
        now = monotonic()
        due = min(part.speed * (now - began), line.now() - start)
        while sent < part.length_s and (until := min(sent + SECOND_S, part.length_s)) <= due:
            for cut in tape.between(part.begin + sent, part.begin + until, start - part.begin):
                line.queue_block(cut)
            sent = until
        if now - said >= SAY_EVERY_S:
            said = now
            say(format_progress(line, sent, part.length_s))
        await asyncio.sleep(TICK_S)


def format_progress(line: LabConnection, sent: float, length_s: float) -> str:
    outbox = line.outbox
    return (
        f"{sent:.0f} of {length_s:.0f} s · {outbox.count_acked():,} Blocks stored · "
        f"{len(outbox.blocks):,} waiting · {sum(outbox.lost.values()):,} lost · "
        f"{sum(outbox.refused.values()):,} refused"
    )
