"""Replaying a recording: its seconds stay seconds, and none comes before it can have happened.

×1 begins now. Faster, it fills time that the Sitting has behind it: the part ends now, or begins
where the Sitting does, and what would lie ahead of the Sitting's clock waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from bridge.recording import SECOND_S, Tape
from bridge.socket_client import Line

TICK_S = 0.25
SAY_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Part:
    """From `begin` to `end`, s of the recording, `speed` times as fast as it was."""

    begin: float
    end: float
    speed: float

    @property
    def length_s(self) -> float:
        return self.end - self.begin


def starts_at(part: Part, now: float, free_from: float) -> float:
    """The second of the Sitting at which the part begins."""
    if part.speed <= 1:
        return max(now, free_from)
    return max(0.0, free_from, now - part.length_s)


async def replay(
    tape: Tape, part: Part, line: Line, free_from: float, say: Callable[[str], None]
) -> None:
    """Put the part into the outbox, second by second; returns when all of it is there."""
    outbox = line.outbox
    began, start = monotonic(), starts_at(part, line.now(), free_from)
    for lane in tape.lanes:
        outbox.tell(lane.device, start)
    sent, said = 0.0, began
    while sent < part.length_s and not line.over.is_set():
        now = monotonic()
        due = min(part.speed * (now - began), line.now() - start)
        while sent < part.length_s and (until := min(sent + SECOND_S, part.length_s)) <= due:
            for cut in tape.between(part.begin + sent, part.begin + until, start - part.begin):
                outbox.add(cut, now)
            sent = until
        if now - said >= SAY_EVERY_S:
            said = now
            say(progress(line, sent, part.length_s))
        await asyncio.sleep(TICK_S)


def progress(line: Line, sent: float, length_s: float) -> str:
    outbox = line.outbox
    return (
        f"{sent:.0f} of {length_s:.0f} s · {outbox.acked:,} Blocks stored · "
        f"{len(outbox.blocks):,} waiting · {sum(outbox.lost.values()):,} lost · "
        f"{sum(outbox.refused.values()):,} refused"
    )
