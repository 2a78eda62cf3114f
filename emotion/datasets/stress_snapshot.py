"""Stress-Predict as a snapshot, so that it is processed like people's own Windows.

`python -m emotion.datasets.stress_snapshot FOLDER` prints the bytes that training reads.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from emotion.datasets.corpora.stress_predict import LABELS as SECONDS
from emotion.datasets.corpora.stress_predict import (
    PROCESSED,
    RAW,
    StressPredictPerson,
    digest,
    iterate_people,
)
from emotion.datasets.formats.safe_archive import inspect, unpack
from emotion.datasets.snapshot import Example, Snapshot, dumps
from emotion.features.wearable import opening

# As in the recipe `wearable`.
OPENING_S, WINDOW_S, HOP_S, JUDGED_S = 270.0, 90.0, 30.0, 60.0
LABELS = ("LOW_AROUSAL", "HIGH_AROUSAL")
# An archive without one of each is another data set.
FILES = (f"{RAW}/*/BVP.csv", f"{PROCESSED}/{SECONDS}")
SOURCE = "Stress-Predict, github.com/italha-d/Stress-Predict-Dataset, MIT License"


def make_snapshot(folder: Path) -> Snapshot:
    """Return every Window after each person's opening whose end is mostly labelled."""
    found = tuple(
        example for person in iterate_people(folder) for example in _iterate_examples(person)
    )
    people = {example.person for example in found}
    facts = {"source": SOURCE, "digest": digest(folder), "people": len(people)}
    return Snapshot(found, {**facts, "windows": len(found)})


def check_archive(packed: bytes) -> None:
    """Raise WrongFolder if the archive cannot be Stress-Predict; reads none of its files."""
    inspect(packed, FILES)


def read_archive(packed: bytes) -> Snapshot:
    """Return the snapshot of the archive's bytes; raises WrongFolder as `stress_predict.load`."""
    with unpack(packed) as folder:
        return make_snapshot(folder)


def _iterate_examples(person: StressPredictPerson) -> Iterator[Example]:
    usual = opening(person.recording.window(0.0, OPENING_S))
    for window, label, task in person.windows(OPENING_S, WINDOW_S, HOP_S, JUDGED_S):
        known = replace(window, opening=usual)
        yield Example(f"P{person.code[1:]:0>3}", task, window.t0, known, LABELS[label], "expert")


if __name__ == "__main__":
    sys.stdout.buffer.write(dumps(make_snapshot(Path(sys.argv[1]))))
