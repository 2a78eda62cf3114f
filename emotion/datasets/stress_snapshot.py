"""Stress-Predict as a snapshot, so that it goes the road that people's own Windows go.

`python -m emotion.datasets.stress_snapshot FOLDER` prints the bytes that training reads.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from emotion.datasets.corpora.stress_predict import LABELS as SECONDS
from emotion.datasets.corpora.stress_predict import PROCESSED, RAW, Person, digest, each
from emotion.datasets.formats.safe_archive import glance, unpacked
from emotion.datasets.snapshot import Example, Snapshot, dumps
from emotion.features.wearable import opening

# As the recipe `wearable` cuts them.
OPENING_S, WINDOW_S, HOP_S, JUDGED_S = 270.0, 90.0, 30.0, 60.0
LABELS = ("LOW_AROUSAL", "HIGH_AROUSAL")
# Without one of each it is another archive.
FILES = (f"{RAW}/*/BVP.csv", f"{PROCESSED}/{SECONDS}")
SOURCE = "Stress-Predict, github.com/italha-d/Stress-Predict-Dataset, MIT License"


def snapshot(folder: Path) -> Snapshot:
    """Return every Window after each person's opening of whose judged end most is labelled."""
    found = tuple(example for person in each(folder) for example in _examples(person))
    people = {example.person for example in found}
    facts = {"source": SOURCE, "digest": digest(folder), "people": len(people)}
    return Snapshot(found, {**facts, "windows": len(found)})


def look_through(packed: bytes) -> None:
    """Raise WrongFolder where the archive's bytes cannot be Stress-Predict; opens no file of it."""
    glance(packed, FILES)


def of_archive(packed: bytes) -> Snapshot:
    """Return the snapshot of the archive's bytes; raises WrongFolder as `stress_predict.load`."""
    with unpacked(packed) as folder:
        return snapshot(folder)


def _examples(person: Person) -> Iterator[Example]:
    usual = opening(person.recording.window(0.0, OPENING_S))
    for window, label, task in person.windows(OPENING_S, WINDOW_S, HOP_S, JUDGED_S):
        known = replace(window, opening=usual)
        yield Example(f"P{person.code[1:]:0>3}", task, window.t0, known, LABELS[label], "expert")


if __name__ == "__main__":
    sys.stdout.buffer.write(dumps(snapshot(Path(sys.argv[1]))))
