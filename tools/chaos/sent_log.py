"""What one page sent, what was acknowledged, and the hash of each content: what to check by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

from demo.simulated_learners.outbox import Outbox
from demo.simulated_learners.sensor_data import Cut

Number = tuple[str, int]


def digest(raw: bytes) -> bytes:
    """Of a Block as sent, head and rows."""
    return hashlib.sha256(raw).digest()


@dataclass(slots=True)
class Ledger(Outbox):
    """An outbox that remembers what it let go. `fresh_s` = when the newest acknowledged Block
    was put in; `acks` = (when, how long it took) of each acknowledged Block."""

    sitting: UUID | None = None
    digests: dict[Number, bytes] = field(default_factory=dict)
    went: set[Number] = field(default_factory=set)
    added: dict[Number, float] = field(default_factory=dict)
    written: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    acks: list[tuple[float, float]] = field(default_factory=list)
    fresh_s: float = 0.0

    def add(self, cut: Cut) -> None:
        seq = self.numbers.get(cut.stream, 0)
        Outbox.add(self, cut)
        if kept := self.blocks[cut.stream].get(seq):
            self.digests[cut.stream, seq] = digest(kept.data)
            self.added[cut.stream, seq] = monotonic()

    def take(self, now: float) -> list[bytes]:
        taken = Outbox.take(self, now)
        for stream, kept in self.blocks.items():
            self.went |= {(stream, seq) for seq, each in kept.items() if each.sent_at is not None}
        return taken

    def acknowledge(self, stream: str, seq: int, now: float) -> None:
        sent_at = {n: kept.sent_at for n, kept in self.blocks[stream].items()}
        Outbox.acknowledge(self, stream, seq, now)
        for number in sent_at.keys() - self.blocks[stream].keys():
            self.acks.append((now, now - (sent_at[number] or now)))
            self.fresh_s = max(self.fresh_s, self.added.pop((stream, number)))

    def add_text(self, message: dict[str, Any]) -> None:
        Outbox.add_text(self, message)
        self.written[message["id"]] = message

    @property
    def acknowledged(self) -> set[Number]:
        return {(stream, seq) for stream, numbers in self.acked.items() for seq in numbers}
