"""Typing in the field: the public set of Freihaut and Göritz, described from its key events."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.evidence.tables import (
    LEVELS,
    Array,
    EvidenceSet,
    EvidenceTable,
    compare_with_own,
    label_above_own,
    number_people,
    to_number,
)

KEYBOARD = EvidenceSet(
    "keyboard",
    "Typing in the field",
    "Freihaut and Göritz 2022, doi.org/10.5281/zenodo.6772378",
    "GPL-3.0",
    "Long_Keyboard_Raw_Dataset.json.gz",
)
# A pause while typing is longer than this.
PAUSE_S: Final = 1.0
# With fewer events a text says nothing of its rhythm.
LEAST_EVENTS: Final = 8
TYPING: Final = (
    "log_dwell",
    "dwell_spread",
    "log_latency",
    "latency_spread",
    "pauses",
    "corrections",
    "overlaps",
    "log_rate",
)

_Typed = tuple[str, Mapping[str, Any]]


def read_keyboard(path: Path) -> list[EvidenceTable]:
    """Return the tables of typing, with features of our own from the key events.

    Which key it was is used only to find corrections, as in the browser.
    """
    typed = list(_iterate_texts(path))
    if not typed:
        raise CannotMeasure(f"{path}: expected typed texts with reports, got none")
    people = number_people([person for person, _ in typed])
    rows = compare_with_own(np.stack([_describe_text(each) for _, each in typed]), people)
    known = np.stack([_describe_moment(each) for _, each in typed])
    return [
        EvidenceTable(
            "typing",
            level,
            rows,
            label_above_own(_read_reports(typed, level), people),
            people,
            known,
            "time of day and length of the text",
        )
        for level in LEVELS
    ]


def _iterate_texts(path: Path) -> Iterator[_Typed]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, EOFError, ValueError) as wrong:
        raise CannotMeasure(f"{path}: expected JSON, packed by gzip: {wrong}") from None
    for person, entries in sorted(found.items()):
        for _, entry in sorted(entries.items()):
            data = entry.get("grabbedData") if isinstance(entry, dict) else None
            if data and data.get("typingData") and data.get("selfReportData"):
                yield person, data


def _read_reports(typed: Sequence[_Typed], level: str) -> Array:
    return np.array([to_number(str(each["selfReportData"].get(level))) for _, each in typed])


def _describe_moment(data: Mapping[str, Any]) -> Array:
    """Return (4,): hour of the day as an angle, the day of the week, log number of events."""
    at = datetime.fromtimestamp(data["time"] / 1000, UTC)
    turn = 2 * np.pi * (at.hour + at.minute / 60) / 24
    return np.array([np.sin(turn), np.cos(turn), at.weekday(), np.log(len(data["typingData"]))])


def _describe_text(data: Mapping[str, Any]) -> Array:
    """Return (8,): `TYPING`, of one text; NaN if it is too short."""
    events = _sort_events(data["typingData"])
    down_s = np.array([each["time"] for each in events if each["eventType"] == "KeyDown"]) / 1000
    dwells, overlaps = _measure_dwells(events)
    gaps = np.diff(down_s)
    gaps = gaps[gaps >= 0]
    if len(gaps) < LEAST_EVENTS or len(dwells) < LEAST_EVENTS:
        return np.full(len(TYPING), np.nan)
    keys = [each["key"] for each in events if each["eventType"] == "KeyDown"]
    rhythm = np.log(np.clip(gaps, 0.01, 10))
    held = np.log(np.clip(dwells, 0.01, 10))
    return np.array(
        [
            np.median(held),
            held.std(),
            np.median(rhythm),
            rhythm.std(),
            (gaps > PAUSE_S).mean(),
            np.mean([key in ("Backspace", "Delete") for key in keys]),
            overlaps,
            np.log(len(down_s) / max(down_s[-1] - down_s[0], 0.1)),
        ]
    )


def _sort_events(found: Mapping[str, Any] | Sequence[Any]) -> list[Mapping[str, Any]]:
    events = found.values() if isinstance(found, Mapping) else found
    return sorted((each for each in events if each), key=lambda each: float(each["time"]))


def _measure_dwells(events: Sequence[Mapping[str, Any]]) -> tuple[Array, float]:
    """Return how long keys were held (s), and the share pressed before the last was let up."""
    down: dict[str, float] = {}
    dwells, overlaps, presses = [], 0, 0
    for event in events:
        code, at = str(event["code"]), float(event["time"]) / 1000
        if event["eventType"] == "KeyDown":
            if code not in down:
                overlaps += bool(down)
                presses += 1
                down[code] = at
        elif (began := down.pop(code, None)) is not None:
            dwells.append(at - began)
    return np.array(dwells), overlaps / max(presses, 1)
