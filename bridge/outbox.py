"""Blocks waiting for acknowledgement, by Stream and number. Drops the oldest when full or too old.

Dropped Blocks are counted and reported. Blocks stay until they are answered, and are sent again on
each new socket. A device announcement stays until its id is acknowledged, and is sent before the
device's Blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from bridge.blocks import BlockRows, LabDevice, encode_block

LARGEST_MESSAGE = 32 * 1024
# Keeps the backlog after a long absence under the site's rate limit.
MESSAGES_A_PUMP = 4
OLDEST_S = 15 * 60.0
MOST_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class QueuedBlock:
    """An encoded Block, when it was made, and whether it was sent on the current socket."""

    data: bytes
    made_at: float
    sent: bool = False


@dataclass(slots=True)
class Outbox:
    """Queue of Blocks for the Streams that `welcome` named; other Blocks count as `no_grant`."""

    epochs: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    blocks: dict[tuple[str, int], QueuedBlock] = field(default_factory=dict)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    unsent_devices: list[str] = field(default_factory=list)
    size: int = 0
    acked: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def unacked(self) -> dict[str, list[list[int]]]:
        """Return the ranges of queued numbers by Stream, as `hello` reports them."""
        found: dict[str, list[list[int]]] = {}
        for name, seq in sorted(self.blocks):
            ranges = found.setdefault(name, [])
            if ranges and ranges[-1][1] == seq - 1:
                ranges[-1][1] = seq
            else:
                ranges.append([seq, seq])
        return found

    def welcome(self, streams: Iterable[Mapping[str, Any]]) -> None:
        """Start a new socket: mark queued Blocks unsent, and drop those of another epoch."""
        told = {each["stream"]: each for each in streams}
        for name, epoch in list(self.epochs.items()):
            if name not in told or told[name]["epoch"] != epoch:
                self.drop(name)
        self.epochs = {name: each["epoch"] for name, each in told.items()}
        for name, each in told.items():
            self.numbers[name] = max(self.numbers.get(name, 0), each["next_seq"])
        for kept in self.blocks.values():
            kept.sent = False
        self.unsent_devices = list(self.devices)

    def announce(self, device: LabDevice, t: float) -> None:
        """Queue an announcement of the device that gives a Stream from `t` s of the Sitting on."""
        code = str(uuid4())
        self.devices[code] = {
            "type": "device",
            "id": code,
            "t": max(0.0, t),
            "stream": device.stream,
            "backend": device.backend,
            "scale": device.scale,
        }
        self.unsent_devices.append(code)

    def add(self, cut: BlockRows, now: float) -> None:
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
        self.rows[name] += len(thinned.values)
        self.size += len(data)
        self._make_room(now)

    def take(self) -> list[bytes]:
        """Return the next binary messages: unsent Blocks in ascending order of number."""
        messages = [bytearray()]
        for kept in self.blocks.values():
            if kept.sent:
                continue
            if len(messages[-1]) + len(kept.data) > LARGEST_MESSAGE:
                if len(messages) == MESSAGES_A_PUMP:
                    break
                messages.append(bytearray())
            messages[-1] += kept.data
            kept.sent = True
        return [bytes(message) for message in messages if message]

    def take_devices(self) -> list[dict[str, Any]]:
        waiting, self.unsent_devices = self.unsent_devices, []
        return [self.devices[each] for each in waiting if each in self.devices]

    def acknowledge(self, stream: str, seq: int) -> None:
        """Remove the sent Blocks of the Stream with numbers up to `seq`."""
        done = [at for at, kept in self.blocks.items() if at[0] == stream and at[1] <= seq]
        for at in done:
            if self.blocks[at].sent:
                self._forget(at)
                self.acked += 1

    def refuse(self, stream: str, seq: int, code: str) -> None:
        """Remove one Block that the site answered with an error."""
        if (stream, seq) in self.blocks:
            self._forget((stream, seq))
            self.refused[code] += 1

    def drop(self, stream: str) -> None:
        """Remove all Blocks of a Stream that was switched off."""
        for at in [at for at in self.blocks if at[0] == stream]:
            self._forget(at)
            self.refused["withdrawn"] += 1
        self.epochs.pop(stream, None)

    def empty(self) -> bool:
        return not self.blocks and not self.devices

    def _make_room(self, now: float) -> None:
        while self.blocks:
            oldest = next(iter(self.blocks))
            if now - self.blocks[oldest].made_at <= OLDEST_S and self.size <= MOST_BYTES:
                return
            self._forget(oldest)
            self.lost[oldest[0]] += 1

    def _forget(self, at: tuple[str, int]) -> None:
        self.size -= len(self.blocks.pop(at).data)
