"""Logs with one row per answer; rows repeated per skill are merged, or refused by line.

A file that repeats an answer for each of its skills reveals the answer to a model one row early.
Every area under the curve measured on it is too high.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, load_npz

from emotion.knowledge.logs.log_rows import BadLog, LogRow, read_rows

Codes = NDArray[np.int64]

_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class ResponseLog:
    """Answers, each learner's together and oldest first.

    Attributes
    ----------
    users, items : (N,) int
        Codes, shared by all logs read together.
    correct : (N,) int
        1 right, 0 wrong.
    skills : (N, S) sparse
        1 where the question needs the skill; each row has at least one.
    item_count : int
        Number of item codes, whether in this log or not.
    merged : int
        How many rows of the file only repeated an answer for another skill.
    ordered_by : str
        `time` or `log`, the column that ordered the answers; `file` if none did.
    """

    users: Codes
    items: Codes
    correct: Codes
    skills: csr_array
    item_count: int
    merged: int = 0
    ordered_by: str = "time"

    def __len__(self) -> int:
        return len(self.users)

    def take(self, rows: NDArray[np.int64]) -> ResponseLog:
        """Return some rows, in their present order."""
        rows = np.sort(rows)
        return ResponseLog(
            self.users[rows],
            self.items[rows],
            self.correct[rows],
            csr_array(self.skills[rows]),
            self.item_count,
        )


@dataclass(slots=True)
class _Answer:
    """One answer: its first row, and the skills of all its rows."""

    row: LogRow
    skills: list[str]


def read(*files: Path, skills: Path | None = None) -> list[ResponseLog]:
    """Read logs that share the codes of users, items and skills.

    An answer without a skill gets one of its item's own, which no named skill shares.

    Parameters
    ----------
    files
        Separated by tabs, commas or semicolons, with a header (`log_rows.COLUMNS`).
    skills
        A SciPy matrix of items by skills, rows by the items' numbers; it replaces the skills in the
        files.

    Raises
    ------
    BadLog
        If a column is missing, a cell cannot be parsed, or rows of one answer contradict each other
        or cannot be distinguished from another answer's.
    """
    by_item = None if skills is None else csr_array(load_npz(skills))
    users, items, names = _Codes(), _Codes(), _Codes()
    found = []
    for file in files:
        answers, merged = _answers(file)
        answers.sort(key=lambda a: (users.code(a.row.user), *a.row.order))
        matrix = (
            _skills(answers, names) if by_item is None else _look_up_skills(answers, by_item, file)
        )
        columns = (
            np.array([users.code(a.row.user) for a in answers], np.int64),
            np.array([items.code(a.row.item) for a in answers], np.int64),
            np.array([a.row.correct for a in answers], np.int64),
        )
        found.append((columns, matrix, merged, _ordered_by(answers)))
    width = max(matrix.shape[1] for _, matrix, _, _ in found)
    return [
        ResponseLog(*columns, _widen(matrix, width), len(items), merged, ordered_by)
        for columns, matrix, merged, ordered_by in found
    ]


class _Codes:
    """Codes in the order of the names' first appearance."""

    def __init__(self) -> None:
        self._codes: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._codes)

    def code(self, name: Hashable) -> int:
        return self._codes.setdefault(name, len(self._codes))


def _answers(file: Path) -> tuple[list[_Answer], int]:
    """Return a file's answers with repeated rows merged, and how many rows that removed."""
    kept: list[_Answer] = []
    by_log: dict[tuple[str, str], _Answer] = {}
    rows = 0
    last: dict[str, _Answer] = {}
    for row in read_rows(file):
        rows += 1
        answer = _Answer(row, list(row.skills))
        if row.log is None:
            first = _find_repeated(last.get(row.user), answer)
        else:
            first = by_log.setdefault((row.user, row.log), answer)
        if first is None or first is answer:
            kept.append(answer)
            last[row.user] = answer
        else:
            _merge(first, answer, file)
    if not by_log:
        _refuse_scattered(kept, file)
    return kept, rows - len(kept)


def _find_repeated(before: _Answer | None, answer: _Answer) -> _Answer | None:
    """Return the previous answer if this row only adds another skill to it.

    The same item twice under the same skill, or under none, is a second try, not a repeated row.
    """
    if before is None or (before.row.item, before.row.time) != (answer.row.item, answer.row.time):
        return None
    if not before.skills or not answer.skills:
        return None
    return None if set(answer.skills) & set(before.skills) else before


def _merge(first: _Answer, again: _Answer, file: Path) -> None:
    one, other = first.row, again.row
    if (one.item, one.correct) != (other.item, other.correct):
        raise BadLog(
            f"{file.name}: lines {one.line} and {other.line} are one answer under two skills "
            "but differ in item or correctness; correct or remove one of them"
        )
    first.skills.extend(skill for skill in again.skills if skill not in first.skills)


def _refuse_scattered(answers: Sequence[_Answer], file: Path) -> None:
    """Refuse non-adjacent rows that may be one answer under several skills."""
    met: dict[tuple[str, str], _Answer] = {}
    found = []
    for answer in answers:
        first = met.setdefault((answer.row.user, answer.row.item), answer)
        if first.row.time == answer.row.time and set(first.skills) != set(answer.skills):
            found.append(f"{first.row.line} and {answer.row.line}")
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise BadLog(
            f"{file.name}: the same learner and item under different skills on lines "
            f"{', '.join(found[:_NAMED])}{more}: they may be one answer repeated for each skill; "
            "give a column order_id, or one row an answer"
        )


def _ordered_by(answers: Sequence[_Answer]) -> str:
    """Return what orders the answers: `time`, `log`, or `file` if no column does."""
    rows = [answer.row for answer in answers]
    times, logs = ({row.order[place] for row in rows} for place in (0, 1))
    if rows[0].time is not None and (len(times) > 1 or len(rows) == 1):
        return "time"
    return "log" if len(logs) > 1 else "file"


def _skills(answers: Sequence[_Answer], names: _Codes) -> csr_array:
    codes = [[names.code(skill) for skill in _keys(answer)] for answer in answers]
    ends = np.cumsum([0] + [len(row) for row in codes])
    flat = np.array([code for row in codes for code in row], np.int64)
    return csr_array((np.ones(len(flat)), flat, ends), shape=(len(codes), len(names)))


def _keys(answer: _Answer) -> Sequence[tuple[str, str]]:
    """Return its skills, or its item's own: item 5 without a skill is not the skill called 5."""
    return [("skill", name) for name in answer.skills] or [("item", answer.row.item)]


def _look_up_skills(answers: Sequence[_Answer], by_item: csr_array, file: Path) -> csr_array:
    """Return the skills that the matrix gives each answer's item; an additional one if it has
    none.
    """
    for answer in answers:
        item = answer.row.item
        if not item.isdecimal() or int(item) >= by_item.shape[0]:
            raise BadLog(
                f"{file.name}: line {answer.row.line}: item {item} is no row of the matrix of "
                f"skills, which has {by_item.shape[0]}"
            )
    found = csr_array(by_item[[int(answer.row.item) for answer in answers]])
    bare = csr_array((np.diff(found.indptr) == 0).astype(float)[:, None])
    return csr_array(hstack([found, bare], format="csr"))


def _widen(matrix: csr_array, width: int) -> csr_array:
    return csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], width))
