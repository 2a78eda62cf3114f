"""Messages that wait for their acknowledgement: Blocks by Stream and number, texts by id.

They stay until they are answered, and are sent again on each new socket. Where the Blocks become
too many or too old, the oldest are dropped and counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from attune_client.blocks import EPOCH_MASK, BlockRows, encode_block
from attune_client.messages import Message

LARGEST_MESSAGE = 32 * 1024
# Keeps the backlog after a long absence under the site's rate limit.
MESSAGES_A_BEAT = 4
# The most bytes of Blocks without an answer: a stalled site gets no more.
CREDIT_BYTES = 64 * 1024
OLDEST_S = 15 * 60.0
MOST_BYTES = 16 * 1024 * 1024
Number = tuple[str, int]


@dataclass(slots=True)
class QueuedBlock:
    """An encoded Block: when it was queued and first sent, and if sent on the current socket."""

    data: bytes
    queued_at: float
    sent_at: float | None = None
    on_this_socket: bool = False


@dataclass(slots=True)
class Outbox:
    """Queue of one Sitting, and counts of what became of its Blocks.

    Blocks of Streams that are off count as `no_grant`. `rates`: the most rows a second, of the
    Streams that the site asked to slow down. `ack_s`: how long each acknowledgement took.
    """

    epochs: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    blocks: dict[Number, QueuedBlock] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    unsent_messages: list[str] = field(default_factory=list)
    size: int = 0
    sent: int = 0
    acked: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    ack_s: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    refused_messages: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    withdrawn: set[str] = field(default_factory=set)

    def unacked(self) -> dict[str, list[list[int]]]:
        """Return the ranges of queued numbers by Stream, as `hello` reports them."""
        numbers = defaultdict(list)
        for name, seq in self.blocks:
            numbers[name].append(seq)
        return {name: find_ranges(queued) for name, queued in numbers.items()}

    def welcome(self, streams: Iterable[Mapping[str, Any]]) -> None:
        """Start a new socket: mark everything unsent, and drop Blocks of another epoch."""
        found = {each["stream"]: each for each in streams}
        for name in [*self.epochs]:
            if name not in found:
                self.switch_off(name)
        for name, each in found.items():
            self.switch_on(name, each["epoch"], each["next_seq"])
        for block in self.blocks.values():
            block.on_this_socket = False
        self.unsent_messages = list(self.messages)

    def switch_on(self, stream: str, epoch: int, next_seq: int) -> None:
        """Accept Blocks of a Stream under this epoch; drop those of another one."""
        epoch &= EPOCH_MASK
        if self.epochs.get(stream, epoch) != epoch:
            self.switch_off(stream)
        self.epochs[stream] = epoch
        self.numbers[stream] = max(self.numbers.get(stream, 0), next_seq)

    def switch_off(self, stream: str) -> None:
        """Remove all Blocks of a Stream that was withdrawn, and accept no more."""
        for number in [number for number in self.blocks if number[0] == stream]:
            self._remove(number)
            self.refused["withdrawn"] += 1
        self.epochs.pop(stream, None)
        self.withdrawn.add(stream)

    def add_message(self, message: Message) -> None:
        self.messages[message["id"]] = message
        self.unsent_messages.append(message["id"])

    def add_block(self, cut: BlockRows, now: float) -> None:
        """Number, encode and queue a Block; drop the oldest if there is no room."""
        name = cut.stream
        if name not in self.epochs:
            self.refused["no_grant"] += 1
            return
        seq = self.numbers.get(name, 0)
        self.numbers[name] = seq + 1
        thinned = cut.thin(self.rates[name]) if name in self.rates else cut
        data = encode_block(thinned, epoch=self.epochs[name], seq=seq)
        self.blocks[name, seq] = QueuedBlock(data, now)
        self.size += len(data)
        self._make_room(now)

    def take_messages(self) -> list[Message]:
        waiting, self.unsent_messages = self.unsent_messages, []
        return [self.messages[each] for each in waiting if each in self.messages]

    def take_blocks(self, now: float) -> list[bytes]:
        """Return the next binary messages: unsent Blocks in ascending order of number.

        There is none while as many bytes as the credit wait for their answer.
        """
        messages, in_flight = [bytearray()], self.in_flight()
        for block in self.blocks.values():
            if block.on_this_socket:
                continue
            if messages[-1] and len(messages[-1]) + len(block.data) > LARGEST_MESSAGE:
                messages.append(bytearray())
            if not messages[-1] and (len(messages) > MESSAGES_A_BEAT or in_flight >= CREDIT_BYTES):
                break
            messages[-1] += block.data
            in_flight += len(block.data)
            self._mark_sent(block, now)
        return [bytes(message) for message in messages if message]

    def in_flight(self) -> int:
        """Count the bytes of Blocks that were sent on this socket and not answered yet."""
        return sum(len(block.data) for block in self.blocks.values() if block.on_this_socket)

    def acknowledge(self, stream: str, seq: int, now: float) -> None:
        """Remove the sent Blocks of the Stream with numbers up to `seq`."""
        for name, number in [*self.blocks]:
            if name == stream and number <= seq:
                self._acknowledge_block(name, number, now)

    def acknowledge_message(self, id: str) -> None:
        self.messages.pop(id, None)

    def refuse(self, stream: str, seq: int, code: str) -> None:
        """Remove one Block that the site answered with an error."""
        if (stream, seq) in self.blocks:
            self._remove((stream, seq))
            self.refused[code] += 1

    def refuse_message(self, id: str, code: str) -> Message | None:
        """Remove and return the message that the site answered with an error, if it is here."""
        message = self.messages.pop(id, None)
        if message is not None:
            self.refused_messages[code] += 1
        return message

    def count_acked(self) -> int:
        return sum(map(len, self.acked.values()))

    def count_unanswered(self) -> int:
        """Count Blocks that were sent and neither acknowledged nor refused."""
        return sum(block.sent_at is not None for block in self.blocks.values())

    def is_empty(self) -> bool:
        return not self.blocks and not self.messages

    def _mark_sent(self, block: QueuedBlock, now: float) -> None:
        if block.sent_at is None:
            block.sent_at = now
            self.sent += 1
        block.on_this_socket = True

    def _acknowledge_block(self, stream: str, seq: int, now: float) -> None:
        sent_at = self.blocks[stream, seq].sent_at
        if sent_at is not None:
            self._remove((stream, seq))
            self.acked[stream].add(seq)
            self.ack_s.append(now - sent_at)

    def _make_room(self, now: float) -> None:
        while self.blocks:
            oldest = next(iter(self.blocks))
            if now - self.blocks[oldest].queued_at <= OLDEST_S and self.size <= MOST_BYTES:
                return
            self._remove(oldest)
            self.lost[oldest[0]] += 1

    def _remove(self, number: Number) -> None:
        self.size -= len(self.blocks.pop(number).data)


def find_ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return numbers as ascending [from, to] pairs."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
