"""Typing and pointer: the three public sets of Freihaut and Göritz."""

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
    Array,
    DataSet,
    EvidenceTable,
    compare_with_own,
    encode,
    label_above_own,
    number_people,
    read_columns,
    to_number,
    to_numbers,
)

KEYBOARD = DataSet(
    "keyboard",
    "Typing in the field",
    "Freihaut and Göritz 2022, doi.org/10.5281/zenodo.6772378",
    "GPL-3.0",
    "Long_Keyboard_Raw_Dataset.json.gz",
)
MOUSE_LAB = DataSet(
    "mouse-lab",
    "Mouse, skin and heart in the laboratory",
    "Freihaut and Göritz 2021",
    "GPL-3.0",
    "Manipulation_Check_Data.csv",
)
MOUSE_ONLINE = DataSet(
    "mouse-online",
    "Mouse at home",
    "Freihaut, Göritz and others 2021",
    "GPL-3.0",
    "mouse_data_DragDrop.csv",
)

LEVELS: Final = ("valence", "arousal")
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
DAY_S: Final = 86_400

_Typed = tuple[str, Mapping[str, Any]]


def read_keyboard(path: Path) -> list[EvidenceTable]:
    """Return the tables of typing, with features of our own from the key events.

    Which key it was is used only to find corrections, as in the browser.
    """
    typed = list(_iterate_texts(path))
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
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = json.load(file)
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


def read_mouse_lab(path: Path) -> list[EvidenceTable]:
    """Return the tables of pointer, typing, heart and skin; one row a person and condition."""
    check = read_columns(path, ("ParticipantId", "condition"), "\t")
    mouse_path = path.parent / "Aggregated_Mouse_Data.csv"
    mouse = {
        line["ParticipantId"]: line for line in read_columns(mouse_path, ["ParticipantId"], "\t")
    }
    both = [{**mouse.get(line["ParticipantId"], {}), **line} for line in check]
    people = number_people([line["ParticipantId"].rpartition("_")[0] for line in both])
    stress = np.array([int(line["ParticipantId"].endswith("_HS")) for line in both], np.int64)
    pointer = [
        name for name in mouse[next(iter(mouse))] if name.startswith(("PointClick", "DragDrop"))
    ]
    pointer += [
        name for name in mouse[next(iter(mouse))] if name.startswith(("Drawing_", "FollowBox"))
    ]
    typing = [name for name in mouse[next(iter(mouse))] if name.startswith("PatternTyping")]
    heart = [name for name in check[0] if name.endswith("_mean_HR")]
    skin = [name for name in check[0] if name.endswith("_Mean_Resistance")]
    sensed = {"pointer": pointer, "typing": typing, "heart": heart, "eda": skin}
    unknown = np.zeros((len(both), 0))
    missing = len({code.rpartition("_")[0] for code in mouse}) - len(np.unique(people))
    tables = [
        EvidenceTable(
            stream,
            "stress",
            compare_with_own(_sign_log(to_numbers(both, names)), people),
            stress,
            people,
            unknown,
            "nothing: both conditions have the same tasks",
            max(0, missing),
        )
        for stream, names in sensed.items()
    ]
    return [*tables, *_read_lab_levels(both, people, pointer)]


LAB_TASKS: Final = ("PointClick", "DragDrop", "Drawing", "FollowBox")


def _read_lab_levels(
    lines: Sequence[Mapping[str, str]], people: np.ndarray[Any, Any], pointer: Sequence[str]
) -> list[EvidenceTable]:
    """Return the pointer's tables of valence and arousal; one row a person, condition and task."""
    by_task = [{_strip(n, task) for n in pointer if n.startswith(task)} for task in LAB_TASKS]
    shared = sorted(set.intersection(*by_task))
    blocks = [
        to_numbers(lines, [_find_name(pointer, task, each) for each in shared])
        for task in LAB_TASKS
    ]
    # Tasks differ in length, so what is usual is that person's at the same task.
    rows = np.vstack([compare_with_own(_sign_log(block), people) for block in blocks])
    who = np.tile(people, len(LAB_TASKS))
    tasks = np.repeat(np.array(LAB_TASKS), len(lines))
    stress = np.tile([line["ParticipantId"][-2:] for line in lines], len(LAB_TASKS))
    return [
        EvidenceTable(
            "pointer",
            level,
            rows,
            label_above_own(
                np.concatenate(
                    [
                        to_numbers(lines, [f"_SAM_{task}_sam{level.title()}"])[:, 0]
                        for task in LAB_TASKS
                    ]
                ),
                who,
            ),
            who,
            np.hstack([encode(tasks.tolist()), encode(stress.tolist())]),
            "task and condition",
        )
        for level in LEVELS
    ]


def _strip(name: str, task: str) -> str:
    return name.removeprefix(task).strip("_")


def _find_name(names: Sequence[str], task: str, feature: str) -> str:
    return next(n for n in names if n.startswith(task) and _strip(n, task) == feature)


def _sign_log(values: Array) -> Array:
    """Return values drawn together towards 0, since distances and times are skewed."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


ONLINE_TASKS: Final = ("DragDrop", "FollowCircle", "PointClick", "Slider")


def read_mouse_online(path: Path) -> list[EvidenceTable]:
    """Return the pointer's tables; one row a person, their second run against their practice."""
    runs = {task: _read_run(path.parent / f"mouse_data_{task}.csv") for task in ONLINE_TASKS}
    codes = sorted(set.union(*(set(each) for each in runs.values())))
    lines = [next(each[code] for each in runs.values() if code in each) for code in codes]
    rows = _sign_log(np.hstack([_compare_runs(each, codes) for each in runs.values()]))
    people = number_people(codes)
    condition = np.array([to_number(line["condition"]) for line in lines])
    stress = np.where(np.isnan(condition), -1, condition).astype(np.int64)
    told = np.nan_to_num(condition, nan=0.5)[:, None]
    tables = [
        EvidenceTable(
            "pointer",
            "stress",
            rows,
            stress,
            people,
            np.zeros((len(codes), 0)),
            "nothing: both groups have the same tasks",
        )
    ]
    for level in LEVELS:
        values = np.array([_mean_report(each, level) for each in _gather(runs, codes)])
        middle = np.nanmedian(values)
        labels = np.where(values > middle, 1, np.where(values < middle, 0, -1)).astype(np.int64)
        tables.append(EvidenceTable("pointer", level, rows, labels, people, told, "the condition"))
    return tables


def _read_run(path: Path) -> dict[str, Mapping[str, str]]:
    return {line["ID"]: line for line in read_columns(path, ("ID", "condition"), "\t")}


def _gather(
    runs: Mapping[str, Mapping[str, Mapping[str, str]]], codes: Sequence[str]
) -> Iterator[list[Mapping[str, str]]]:
    for code in codes:
        yield [each[code] for each in runs.values() if code in each]


def _mean_report(lines: Sequence[Mapping[str, str]], level: str) -> float:
    found = [to_number(line.get(f"Co_{level}")) for line in lines]
    known = [each for each in found if not np.isnan(each)]
    return float(np.mean(known)) if known else float("nan")


def _compare_runs(lines: Mapping[str, Mapping[str, str]], codes: Sequence[str]) -> Array:
    """Return (N, 2 D): the second run's features, and their difference from practice."""
    names = next(iter(lines.values()))
    second = [name for name in names if "_Con_" in name]
    first = [name.replace("_Con_", "_Pr_") for name in second]
    if missing := sorted(set(first).difference(names)):
        raise CannotMeasure(f"expected the columns {', '.join(missing)}")
    own = [lines.get(code, {}) for code in codes]
    after, before = to_numbers(own, second), to_numbers(own, first)
    return np.hstack([after, after - before])
