"""Recorded rows put back into a Sitting as Blocks of a second each, through the table's own walls.

`replayed-confusion.npz` is 150 s of person 29, video 4 of the simulated cohort with seed 5: the
generator's state is confusion nearly throughout. Nothing in it is of a real person.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import numpy as np

from consent.models import Grant
from emotion import streams as catalogue
from telemetry import windows
from telemetry.frames import HEAD
from telemetry.group_commit import place
from telemetry.models import Block
from vault import keystore
from vault.sealing import seal

RECORDING = Path(__file__).parent / "data" / "replayed-confusion.npz"
STREAMS = ("pointer", "typing", "activity", "face", "heart")
AT_WORK = ("pointer", "activity", "face")


def recording() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Times (N,) in s and values (N, C) of each Stream."""
    with np.load(RECORDING) as held:
        return {name: (held[f"{name}.times"], held[f"{name}.values"]) for name in STREAMS}


def sense(sitting, *, seconds=65, names=AT_WORK) -> None:
    """What these sensors gave within `seconds`, and its Windows."""
    rows = {
        name: (times[times < seconds], values[times < seconds])
        for name, (times, values) in recording().items()
        if name in names
    }
    store(sitting, rows, now=sitting.began_at)
    windows.fall_due(sitting.id, 0.0, sitting.began_at)


def blocks(name, times, values, epoch):
    """(seq, t0, rows, bytes) of each Block: what the page would send, a second at a time."""
    stream = catalogue.stream(name)
    seconds = np.floor(times).astype(int)
    for seq, second in enumerate(np.unique(seconds)):
        rows = values[seconds == second].astype(f"<{stream.dtype}")
        t0 = float(times[seconds == second][0])
        rate = 0.0 if stream.events else float(stream.rate_hz)
        head = HEAD.pack(1, stream.number, epoch & 0xFFFF, seq, t0, rate, *rows.shape)
        yield seq, t0, rate, rows.shape, head + rows.tobytes()


def store(sitting, rows, *, now) -> None:
    """Seal and insert every Block of `rows` under the Learner's live Grants. Where the Sitting's
    own page was faster, what it sent stands."""
    live = Grant.objects.filter(learner=sitting.learner, live=True)
    epochs = dict(live.values_list("scope", "epoch"))
    for name, (times, values) in rows.items():
        epoch = epochs[f"{name}:adapt"]
        made = sealed(sitting, name, epoch, blocks(name, times, values, epoch), now)
        Block.objects.bulk_create(made, ignore_conflicts=True)


def sealed(sitting, name, epoch, sent, now):
    """The rows of a Stream's Blocks."""
    key = keystore.current_key(sitting.learner.code, f"{name}:adapt", epoch, now)
    for seq, t0, rate, shape, raw in sent:
        where = place(sitting.id, name, seq, sitting.learner.code)
        yield Block(
            day=sitting.began_at.astimezone(UTC).date(),
            sitting=sitting.id,
            stream=name,
            seq=seq,
            learner=sitting.learner,
            epoch=epoch,
            t0=t0,
            rate_hz=rate,
            rows=shape[0],
            channels=shape[1],
            sealed=seal(raw, keys=[key], place=where),
            received_at=now + timedelta(seconds=t0),
        )
