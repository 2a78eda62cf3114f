"""What is not acknowledged yet, by Stream and number; too old or too much, and the oldest goes.

What went is counted and said. Blocks stay until they are answered, and are sent again on every new
socket; what a device is stays until its id is acknowledged, and goes before the device's Blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from bridge.blocks import Cut, Device, block

LARGEST_MESSAGE = 32 * 1024
# So that a long absence stays under what the site takes in a second.
MESSAGES_A_PUMP = 4
OLDEST_S = 15 * 60.0
MOST_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class Kept:
    """One Block: its bytes, when it was made, and whether it went out on this socket."""

    data: bytes
    made_at: float
    sent: bool = False


@dataclass(slots=True)
class Outbox:
    """Only Streams that `welcome` named are kept; others are counted as refused by `no_grant`."""

    epochs: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    blocks: dict[tuple[str, int], Kept] = field(default_factory=dict)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    size: int = 0
    acked: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def unacked(self) -> dict[str, list[list[int]]]:
        """Ranges of numbers still kept, as `hello` tells them."""
        found: dict[str, list[list[int]]] = {}
        for name, seq in sorted(self.blocks):
            ranges = found.setdefault(name, [])
            if ranges and ranges[-1][1] == seq - 1:
                ranges[-1][1] = seq
            else:
                ranges.append([seq, seq])
        return found

    def welcome(self, streams: Iterable[Mapping[str, Any]]) -> None:
        """A new socket: what is kept goes again; what stands under another epoch is dropped."""
        told = {each["stream"]: each for each in streams}
        for name, epoch in list(self.epochs.items()):
            if name not in told or told[name]["epoch"] != epoch:
                self.drop(name)
        self.epochs = {name: each["epoch"] for name, each in told.items()}
        for name, each in told.items():
            self.numbers[name] = max(self.numbers.get(name, 0), each["next_seq"])
        for kept in self.blocks.values():
            kept.sent = False
        self.untold = list(self.devices)

    def tell(self, device: Device, t: float) -> None:
        """What gives a Stream from `t` s of the Sitting on."""
        code = str(uuid4())
        self.devices[code] = {
            "type": "device",
            "id": code,
            "t": max(0.0, t),
            "stream": device.stream,
            "backend": device.backend,
            "scale": device.scale,
        }
        self.untold.append(code)

    def add(self, cut: Cut, now: float) -> None:
        """Number a Block and keep it; make room where there is none."""
        name = cut.stream
        if name not in self.epochs:
            self.refused["no_grant"] += 1
            return
        seq = self.numbers.get(name, 0)
        self.numbers[name] = seq + 1
        thinned = cut.slower(self.rates[name]) if name in self.rates else cut
        data = block(thinned, epoch=self.epochs[name], seq=seq)
        self.blocks[name, seq] = Kept(data, now)
        self.rows[name] += len(thinned.values)
        self.size += len(data)
        self._make_room(now)

    def take(self) -> list[bytes]:
        """The next binary messages: Blocks not sent on this socket, numbers ascending."""
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
        waiting, self.untold = self.untold, []
        return [self.devices[each] for each in waiting if each in self.devices]

    def acknowledge(self, stream: str, seq: int) -> None:
        """Everything of the Stream up to `seq` that went out is settled."""
        done = [at for at, kept in self.blocks.items() if at[0] == stream and at[1] <= seq]
        for at in done:
            if self.blocks[at].sent:
                self._forget(at)
                self.acked += 1

    def refuse(self, stream: str, seq: int, code: str) -> None:
        """One number is settled by an error."""
        if (stream, seq) in self.blocks:
            self._forget((stream, seq))
            self.refused[code] += 1

    def drop(self, stream: str) -> None:
        """The Stream was switched off: what is kept of it goes."""
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
