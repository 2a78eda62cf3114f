"""Log of what one page sent, what was acknowledged, and a hash of each content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

from attune_client.blocks import BlockRows
from attune_client.messages import Message
from attune_client.outbox import Number, Outbox


def hash_block(raw: bytes) -> bytes:
    """Hash a Block as sent, head and rows."""
    return hashlib.sha256(raw).digest()


@dataclass(slots=True)
class SentLog(Outbox):
    """An outbox that remembers what was acknowledged and removed.

    `refused_numbers`: Blocks answered with an error, or of a Stream that was withdrawn.
    `sent_messages`: every message, acknowledged or not. `fresh_s`: when the newest acknowledged
    Block was queued. `acks`: for each acknowledged Block, when that was and how long it took.
    """

    sitting: UUID | None = None
    digests: dict[Number, bytes] = field(default_factory=dict)
    sent_numbers: set[Number] = field(default_factory=set)
    refused_numbers: set[Number] = field(default_factory=set)
    sent_messages: dict[str, Message] = field(default_factory=dict)
    acknowledged_messages: set[str] = field(default_factory=set)
    acks: list[tuple[float, float]] = field(default_factory=list)
    fresh_s: float = 0.0

    def add_block(self, cut: BlockRows, now: float) -> None:
        seq = self.numbers.get(cut.stream, 0)
        Outbox.add_block(self, cut, now)
        if queued := self.blocks.get((cut.stream, seq)):
            self.digests[cut.stream, seq] = hash_block(queued.data)

    def take_blocks(self, now: float) -> list[bytes]:
        taken = Outbox.take_blocks(self, now)
        sent = {number for number, block in self.blocks.items() if block.sent_at is not None}
        self.sent_numbers |= sent
        return taken

    def acknowledge(self, stream: str, seq: int, now: float) -> None:
        before = dict(self.blocks)
        Outbox.acknowledge(self, stream, seq, now)
        for number in before.keys() - self.blocks.keys():
            self.acks.append((now, now - (before[number].sent_at or now)))
            self.fresh_s = max(self.fresh_s, before[number].queued_at)

    def refuse(self, stream: str, seq: int, code: str) -> None:
        Outbox.refuse(self, stream, seq, code)
        self.refused_numbers.add((stream, seq))

    def switch_off(self, stream: str) -> None:
        self.refused_numbers |= {number for number in self.blocks if number[0] == stream}
        Outbox.switch_off(self, stream)

    def add_message(self, message: Message) -> None:
        Outbox.add_message(self, message)
        self.sent_messages[message["id"]] = message

    def acknowledge_message(self, id: str) -> None:
        Outbox.acknowledge_message(self, id)
        self.acknowledged_messages.add(id)

    @property
    def acknowledged(self) -> set[Number]:
        return {(stream, seq) for stream, numbers in self.acked.items() for seq in numbers}

    @property
    def to_be_stored(self) -> set[Number]:
        """Every number that was sent and not refused."""
        return self.sent_numbers - self.refused_numbers
