"""Pointer, heart and skin: the two mouse sets of Freihaut and Göritz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.evidence.tables import (
    LEVELS,
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
from emotion.evidence import SAME_TASKS

MOUSE_LAB = EvidenceSet(
    "mouse-lab",
    "Mouse, skin and heart in the laboratory",
    "Freihaut and Göritz 2021",
    "GPL-3.0",
    "Manipulation_Check_Data.csv",
)
MOUSE_ONLINE = EvidenceSet(
    "mouse-online",
    "Mouse at home",
    "Freihaut, Göritz and others 2021",
    "GPL-3.0",
    "mouse_data_DragDrop.csv",
)


LAB_TASKS: Final = ("PointClick", "DragDrop", "Drawing", "FollowBox")


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
    names = list(next(iter(mouse.values())))
    pointer = [name for name in names if name.startswith(LAB_TASKS)]
    typing = [name for name in names if name.startswith("PatternTyping")]
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
            SAME_TASKS,
            max(0, missing),
        )
        for stream, names in sensed.items()
    ]
    return [*tables, *_read_lab_levels(both, people, pointer)]


def _read_lab_levels(
    lines: Sequence[Mapping[str, str]], people: NDArray[np.int64], pointer: Sequence[str]
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
            SAME_TASKS,
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
