"""Log of what one page sent, what was acknowledged, and a hash of each content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

from demo.simulated_learners.outbox import PageOutbox
from demo.simulated_learners.sensor_data import SensedRows

Number = tuple[str, int]


def hash_block(raw: bytes) -> bytes:
    """Hash a Block as sent, head and rows."""
    return hashlib.sha256(raw).digest()


@dataclass(slots=True)
class SentLog(PageOutbox):
    """An outbox that remembers what was acknowledged and removed.

    `logged_texts`: every text, acknowledged or not. `fresh_s`: when the newest acknowledged Block
    was queued. `acks`: for each acknowledged Block, when that was and how long it took.
    """

    sitting: UUID | None = None
    digests: dict[Number, bytes] = field(default_factory=dict)
    sent_numbers: set[Number] = field(default_factory=set)
    added: dict[Number, float] = field(default_factory=dict)
    logged_texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged_texts: set[str] = field(default_factory=set)
    acks: list[tuple[float, float]] = field(default_factory=list)
    fresh_s: float = 0.0

    def add(self, cut: SensedRows) -> None:
        seq = self.numbers.get(cut.stream, 0)
        PageOutbox.add(self, cut)
        if kept := self.blocks[cut.stream].get(seq):
            self.digests[cut.stream, seq] = hash_block(kept.data)
            self.added[cut.stream, seq] = monotonic()

    def take(self, now: float) -> list[bytes]:
        taken = PageOutbox.take(self, now)
        for stream, kept in self.blocks.items():
            self.sent_numbers |= {
                (stream, seq) for seq, each in kept.items() if each.sent_at is not None
            }
        return taken

    def acknowledge(self, stream: str, seq: int, now: float) -> None:
        sent_at = {n: kept.sent_at for n, kept in self.blocks[stream].items()}
        PageOutbox.acknowledge(self, stream, seq, now)
        for number in sent_at.keys() - self.blocks[stream].keys():
            self.acks.append((now, now - (sent_at[number] or now)))
            self.fresh_s = max(self.fresh_s, self.added.pop((stream, number)))

    def add_text(self, message: dict[str, Any]) -> None:
        PageOutbox.add_text(self, message)
        self.logged_texts[message["id"]] = message

    @property
    def acknowledged(self) -> set[Number]:
        return {(stream, seq) for stream, numbers in self.acked.items() for seq in numbers}
