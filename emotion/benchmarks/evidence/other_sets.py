"""Gaze, wristband and EEG: sets that a reader of the evidence may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.evidence.tables import (
    Array,
    EvidenceSet,
    EvidenceTable,
    compare_with_own,
    encode,
    label_above_own,
    number_people,
    read_columns,
    to_number,
    to_numbers,
)
from emotion.evidence import NOT_TOLD

SB_SAT = EvidenceSet(
    "sb-sat",
    "Reading for an examination",
    "Ahn and others 2020, github.com/ahnchive/SB-SAT",
    "see its authors",
    "18sat_trialfinal.csv",
)
VREED = EvidenceSet(
    "vreed",
    "Films in virtual reality",
    "Tabbaa and others 2021, VREED",
    "see its authors",
    "EyeTracking_FeaturesExtracted.csv",
)
WESAD = EvidenceSet(
    "wesad",
    "Stress and amusement in the laboratory",
    "Schmidt and others 2018, WESAD",
    "research only",
    "WESAD_causal_features_stride60.csv",
)
EEG = EvidenceSet(
    "eeg",
    "Confusion in ten lecture films",
    "Wang and others 2013, Confused student EEG brainwave data",
    "see its authors",
    "EEG data.csv",
)

# Self-reports after each text; what Attune calls a state is what the set asked.
SB_SAT_STATES: Final = ("difficulty", "interest", "confidence", "sleepiness")
_GAZE_WORDS: Final = ("FIX", "SAC", "BLINK", "PUPIL")
WESAD_STRESS: Final = 2.0
EEG_BANDS: Final = (
    "Attention",
    "Mediation",
    "Raw",
    "Delta",
    "Theta",
    "Alpha1",
    "Alpha2",
    "Beta1",
    "Beta2",
    "Gamma1",
    "Gamma2",
)
EEG_LABEL: Final = "user-definedlabeln"


def read_sb_sat(path: Path) -> list[EvidenceTable]:
    """Return the tables of gaze while reading; one row a person and text."""
    lines = read_columns(path, ("RECORDING_SESSION_LABEL", "book", "type"))
    reports = {
        (line["subj"], line["book"]): line
        for line in read_columns(path.parent / "18sat_labels.csv", ("subj", "book", *SB_SAT_STATES))
    }
    reading = [line for line in lines if line["type"].strip().lower() != "question"]
    features = [name for name in lines[0] if any(w in name.upper() for w in _GAZE_WORDS)]
    groups = _group(reading, lambda line: (line["RECORDING_SESSION_LABEL"], line["book"]))
    keys = sorted(groups)
    people = number_people([person for person, _ in keys])
    means = np.stack([_mean_rows(to_numbers(groups[key], features)) for key in keys])
    rows, books = compare_with_own(means, people), encode([book for _, book in keys])
    return [
        EvidenceTable(
            "gaze",
            state,
            rows,
            label_above_own(
                np.array([to_number(reports.get(key, {}).get(state)) for key in keys]), people
            ),
            people,
            books,
            "which text it is",
        )
        for state in SB_SAT_STATES
    ]


def read_vreed(path: Path) -> list[EvidenceTable]:
    """Return a table of gaze for each category of film, as the set numbers them."""
    lines = read_columns(path, ("Subject_ID", "Quad_Cat"))
    people = number_people([line["Subject_ID"] for line in lines])
    features = [name for name in lines[0] if name not in ("Subject_ID", "Quad_Cat", "")]
    rows = compare_with_own(to_numbers(lines, features), people)
    category = to_numbers(lines, ["Quad_Cat"])[:, 0]
    return [
        EvidenceTable(
            "gaze",
            f"film category {each:g}",
            rows,
            np.where(np.isnan(category), -1, category == each).astype(np.int64),
            people,
            np.zeros((len(lines), 0)),
            NOT_TOLD,
        )
        for each in np.unique(category[~np.isnan(category)])
    ]


def read_wesad(path: Path) -> list[EvidenceTable]:
    """Return the table of stress from a wristband's windows; label 2 is stress."""
    lines = read_columns(path, ("label", "subject"))
    features = [name for name in lines[0] if name.startswith(("raw_", "z_"))]
    if not features:
        raise CannotMeasure(f"{path}: expected columns raw_* or z_*")
    label = to_numbers(lines, ["label"])[:, 0]
    stress = WESAD_STRESS if WESAD_STRESS in label else 1.0
    people = number_people([line["subject"] for line in lines])
    return [
        EvidenceTable(
            "wristband",
            "stress",
            to_numbers(lines, features),
            np.where(np.isnan(label), -1, label == stress).astype(np.int64),
            people,
            _count_place(people)[:, None],
            "time since the start",
        )
    ]


def read_eeg(path: Path) -> list[EvidenceTable]:
    """Return the table of confusion from EEG, which Attune does not sense; one row a film."""
    lines = [_normalise(line) for line in read_columns(path, ())]
    wanted = ("subjectid", "videoid", EEG_LABEL)
    if missing := [name for name in wanted if lines and name not in lines[0]]:
        raise CannotMeasure(f"{path}: expected the columns {', '.join(missing)}")
    groups = _group(lines, lambda line: (line["subjectid"], line["videoid"]))
    keys = sorted(groups)
    people = number_people([person for person, _ in keys])
    bands = [name.lower() for name in EEG_BANDS]
    means = np.stack([_mean_rows(np.log1p(np.abs(to_numbers(groups[key], bands)))) for key in keys])
    label = np.array([to_number(groups[key][0][EEG_LABEL]) for key in keys])
    return [
        EvidenceTable(
            "eeg",
            "confusion",
            compare_with_own(means, people),
            np.where(np.isnan(label), -1, label).astype(np.int64),
            people,
            encode([video for _, video in keys]),
            "which film it is",
        )
    ]


def _normalise(line: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower().replace(" ", "").replace("_", ""): value for name, value in line.items()}


def _group(
    lines: Sequence[Mapping[str, str]], key: Callable[[Mapping[str, str]], tuple[str, str]]
) -> dict[tuple[str, str], list[Mapping[str, str]]]:
    found: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for line in lines:
        found.setdefault(key(line), []).append(line)
    return found


def _mean_rows(rows: Array) -> Array:
    return np.asarray(np.ma.masked_invalid(rows).mean(axis=0).filled(np.nan))


def _count_place(people: NDArray[np.int64]) -> Array:
    """Return (N,): the place of each row among its person's rows."""
    found = np.zeros(len(people))
    for number in np.unique(people):
        own = people == number
        found[own] = np.arange(own.sum())
    return found
