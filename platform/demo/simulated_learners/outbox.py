"""Unanswered messages of a simulated page, as `static/js/telemetry/outbox.js` keeps them.

A Block stays until it is acknowledged or answered by an error, and is sent again on every new
socket. Texts stay until their id is acknowledged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.simulated_learners.sensor_data import SensedRows, encode_block

LARGEST_MESSAGE = 32 * 1024
LONGEST_FIRST = 4  # messages a pump, so that a long absence stays under the socket's limits


@dataclass(slots=True)
class OutboxBlock:
    """An encoded Block, when it was first sent, and whether on the current socket."""

    data: bytes
    sent_at: float | None = None
    on_this_socket: bool = False


@dataclass(slots=True)
class PageOutbox:
    """Blocks by Stream and number, texts by id, and counts of their outcomes."""

    epochs: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    blocks: dict[str, dict[int, OutboxBlock]] = field(default_factory=lambda: defaultdict(dict))
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)
    acked: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    refused: Counter[str] = field(default_factory=Counter)
    refused_texts: Counter[str] = field(default_factory=Counter)
    ack_s: list[float] = field(default_factory=list)
    sent: int = 0
    withdrawn: set[str] = field(default_factory=set)

    def unacked(self) -> dict[str, list[list[int]]]:
        """Return the ranges of queued numbers by Stream, as `hello` reports them."""
        return {name: find_ranges(kept) for name, kept in self.blocks.items() if kept}

    def welcome(self, streams: Iterable[Mapping[str, Any]]) -> None:
        """Start a new socket: mark queued Blocks unsent, and drop those of another epoch."""
        found = {each["stream"]: each for each in streams}
        for name in {*self.epochs, *found}:
            before = self.epochs.get(name)
            if before is not None and (name not in found or found[name]["epoch"] != before):
                self._drop(name)
        self.epochs = {name: each["epoch"] for name, each in found.items()}
        for name, each in found.items():
            self.numbers[name] = max(self.numbers.get(name, 0), each["next_seq"])
        for kept in self._waiting():
            kept.on_this_socket = False
        self.unsent = list(self.texts)

    def change_grant(self, stream: str, epoch: int | None, next_seq: int) -> None:
        """Handle a changed Grant: drop old Blocks; with an epoch, accept new ones."""
        self._drop(stream)
        self.epochs.pop(stream, None)
        if epoch is not None:
            self.epochs[stream] = epoch
            self.numbers[stream] = max(self.numbers.get(stream, 0), next_seq)

    def add(self, cut: SensedRows) -> None:
        """Number and queue a Block; ignore it if the Stream is off."""
        if cut.stream not in self.epochs:
            return
        seq = self.numbers.get(cut.stream, 0)
        self.numbers[cut.stream] = seq + 1
        data = encode_block(cut, epoch=self.epochs[cut.stream], seq=seq)
        self.blocks[cut.stream][seq] = OutboxBlock(data)

    def add_text(self, message: dict[str, Any]) -> None:
        self.texts[message["id"]] = message
        self.unsent.append(message["id"])

    def take(self, now: float) -> list[bytes]:
        """Return the next binary messages: unsent Blocks in ascending order of number."""
        messages, size = [bytearray()], 0
        for kept in self._waiting():
            if kept.on_this_socket:
                continue
            if size + len(kept.data) > LARGEST_MESSAGE:
                if len(messages) == LONGEST_FIRST:
                    break
                messages.append(bytearray())
                size = 0
            messages[-1] += kept.data
            size += len(kept.data)
            self.sent += kept.sent_at is None
            kept.sent_at, kept.on_this_socket = kept.sent_at or now, True
        return [bytes(message) for message in messages if message]

    def take_texts(self) -> list[dict[str, Any]]:
        waiting, self.unsent = self.unsent, []
        return [self.texts[each] for each in waiting if each in self.texts]

    def acknowledge(self, stream: str, seq: int, now: float) -> None:
        """Remove the sent Blocks with numbers up to `seq`."""
        kept = self.blocks[stream]
        for number in [n for n in kept if n <= seq and kept[n].sent_at is not None]:
            self.ack_s.append(now - (kept.pop(number).sent_at or now))
            self.acked[stream].add(number)

    def refuse(self, stream: str, seq: int, code: str) -> None:
        """Remove one Block that the site answered with an error."""
        if self.blocks[stream].pop(seq, None) is not None:
            self.refused[code] += 1

    def refuse_text(self, id: str, code: str) -> None:
        if self.texts.pop(id, None) is not None:
            self.refused_texts[code] += 1

    def unanswered(self) -> int:
        """Count Blocks that were sent and neither acknowledged nor refused."""
        return sum(kept.sent_at is not None for kept in self._waiting())

    def empty(self) -> bool:
        return not self.texts and not any(self.blocks.values())

    def _waiting(self) -> list[OutboxBlock]:
        return [kept for blocks in self.blocks.values() for kept in blocks.values()]

    def _drop(self, stream: str) -> None:
        gone = self.blocks.pop(stream, {})
        self.refused["withdrawn"] += sum(kept.sent_at is not None for kept in gone.values())
        self.withdrawn.add(stream)


def find_ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return ascending numbers as [from, to] pairs."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
