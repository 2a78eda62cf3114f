"""Messages that a broken or hostile page may send: good ones, and what a seed makes of them."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random

from emotion import streams
from tests.sockets import HEAD, block

VECTORS = json.loads((Path(__file__).parent / "data" / "frames.json").read_text())
# Offsets and forms of the fields of a head, and what is at their edges.
FIELDS = {0: "B", 1: "B", 2: "H", 4: "I", 8: "d", 16: "f", 20: "H", 22: "H"}
EDGES = {
    "B": (0, 1, 2, 127, 255),
    "H": (0, 1, 2, 255, 32_768, 65_535),
    "I": (0, 1, 2**31, 2**32 - 1),
    "d": (0.0, -0.0, -1.0, 1e308, -1e308, 5e-324, float("inf"), float("-inf"), float("nan")),
    "f": (0.0, -0.0, -1.0, 1e-38, 3e38, float("inf"), float("-inf"), float("nan")),
}
TEXTS = (
    {"type": "hello", "version": 1, "page": "7d9f1c5e-0000-4000-8000-000000000001"},
    {"type": "event", "id": "7d9f1c5e-0000-4000-8000-000000000002", "t": 1, "name": "play"},
    {"type": "report", "id": "7d9f1c5e-0000-4000-8000-000000000003", "t": 1, "label": "stuck"},
    {"type": "pause", "paused": False},
    {"type": "intervention.outcome", "code": "7d9f1c5e-0000-4000-8000-000000000004", "outcome": ""},
)
STRANGE = (
    *(None, True, -1, 1e300, "", "\x00", "\ud800", "x" * 50_000, [], {}, [[0, 2**32]], {"a": []}),
)


def seeds() -> list[bytes]:
    """Good messages of every Stream, alone and together, and the bad ones known so far."""
    names = [name for name, known in streams.load().items() if known.channels]
    blocks = [block(name, 0, rows=[[0.5] * len(streams.stream(name).channels)] * 3)
              for name in names if streams.stream(name).dtype == "f4"]  # fmt: skip
    blocks += [block(name, 1) for name in names]
    known = [bytes.fromhex(each["hex"]) for kind in ("good", "bad") for each in VECTORS[kind]]
    return [*blocks, b"".join(blocks[:4]), *known]


def frames(seed: int, count: int) -> Iterator[bytes]:
    """So many binary messages, each one or a few steps away from a good one."""
    rng, good = Random(seed), seeds()
    for _ in range(count):
        data = bytearray(rng.choice(good))
        for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
            rng.choice(STEPS)(data, good, rng)
        yield bytes(data)


def texts(seed: int, count: int) -> Iterator[str]:
    """So many text messages: fields left out, of another kind, and text that is no JSON."""
    rng = Random(seed)
    for _ in range(count):
        message = dict(rng.choice(TEXTS))
        for _ in range(rng.choice((1, 1, 2))):
            message[rng.choice([*message, "unacked", "value", "ref"])] = rng.choice(STRANGE)
        text = json.dumps(message)
        yield text if rng.random() < 0.8 else _torn(text, rng)


def _torn(text: str, rng: Random) -> str:
    at = rng.randrange(len(text))
    return rng.choice((text[:at], text[:at] + text[at + 1 :], "[" * 20_000, "NaN", text * 2))


def _flip(data: bytearray, _: list[bytes], rng: Random) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _edge(data: bytearray, _: list[bytes], rng: Random) -> None:
    """A field of the head at its edge."""
    at, form = rng.choice([*FIELDS.items()])
    if len(data) >= HEAD.size:
        struct.pack_into(f"<{form}", data, at, rng.choice(EDGES[form]))


def _value(data: bytearray, _: list[bytes], rng: Random) -> None:
    """A value that is missing, infinite or huge."""
    if len(data) >= HEAD.size + 4:
        at = HEAD.size + 4 * rng.randrange((len(data) - HEAD.size) // 4)
        struct.pack_into("<f", data, at, rng.choice(EDGES["f"]))


def _cut(data: bytearray, _: list[bytes], rng: Random) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _join(data: bytearray, good: list[bytes], rng: Random) -> None:
    data += rng.choice(good)


def _splice(data: bytearray, good: list[bytes], rng: Random) -> None:
    other = rng.choice(good)
    at = rng.randrange(len(data) + 1)
    data[at:at] = other[: rng.randrange(len(other) + 1)]


def _noise(data: bytearray, _: list[bytes], rng: Random) -> None:
    data[:] = rng.randbytes(rng.randrange(200))


STEPS = (_flip, _edge, _value, _cut, _join, _splice, _noise)
