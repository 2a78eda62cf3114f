"""Logs of answers, one row an answer: rows repeated for each skill are merged, or refused by line.

A file that repeats an answer for each of its skills shows a model the answer one row early: every
area under the curve measured on it is too high.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, load_npz

from emotion.datasets import WrongFolder

Codes = NDArray[np.int64]

# Names that files give a column, compared in small letters and without spaces and underscores.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("userid", "user", "studentid", "student", "anonstudentid"),
    "item": ("itemid", "item", "problemid", "problem", "questionid", "question"),
    "correct": ("correct", "iscorrect", "outcome"),
    "skill": ("skillid", "skill", "kcid", "kc", "skills", "skillname"),
    "log": ("orderid", "problemlogid", "logid", "order"),
    "time": ("timestamp", "starttime", "time"),
}
NEEDED: Final = ("user", "item", "correct")
_BETWEEN_SKILLS: Final = re.compile(r"\s*(?:~~|[,;])\s*")
_NAMED: Final = 5


class BadLog(WrongFolder):
    """A log that cannot be read as one row an answer; the message names lines of the file."""


@dataclass(frozen=True, slots=True)
class Responses:
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
        How many items the codes count, whether met here or not.
    merged : int
        How many rows of the file only repeated an answer for another skill.
    """

    users: Codes
    items: Codes
    correct: Codes
    skills: csr_array
    item_count: int
    merged: int = 0

    def __len__(self) -> int:
        return len(self.users)

    def take(self, rows: NDArray[np.int64]) -> Responses:
        """Return some rows, in the order they have here."""
        rows = np.sort(rows)
        return Responses(
            self.users[rows],
            self.items[rows],
            self.correct[rows],
            csr_array(self.skills[rows]),
            self.item_count,
        )


@dataclass(slots=True)
class _Answer:
    """One answer as the file has it, and the line it began on."""

    line: int
    user: str
    item: str
    correct: int
    skills: list[str]
    time: str
    order: tuple[float, float]


def read(*files: Path, skills: Path | None = None) -> list[Responses]:
    """Read logs that share users', items' and skills' codes.

    Parameters
    ----------
    files
        Comma or tab separated, with a header (`COLUMNS`); skills in one cell stand between
        commas, semicolons or ``~~``.
    skills
        A SciPy matrix of items by skills, rows by the items' numbers; it says an item's skills
        instead of the files.

    Raises
    ------
    BadLog
        If a column is missing, an answer is neither 0 nor 1, or rows of one answer contradict
        each other or cannot be told from another answer's.
    """
    by_item = None if skills is None else csr_array(load_npz(skills))
    users, items, names = _Names(), _Names(), _Names()
    found = []
    for file in files:
        answers, merged = _answers(file)
        answers.sort(key=lambda a: (users.code(a.user), *a.order))
        matrix = _skills(answers, names) if by_item is None else _looked_up(answers, by_item, file)
        columns = (
            np.array([users.code(a.user) for a in answers], np.int64),
            np.array([items.code(a.item) for a in answers], np.int64),
            np.array([a.correct for a in answers], np.int64),
        )
        found.append((columns, matrix, merged))
    width = max(matrix.shape[1] for _, matrix, _ in found)
    return [
        Responses(*columns, _widened(matrix, width), len(items), merged)
        for columns, matrix, merged in found
    ]


class _Names:
    """Codes in the order in which names are first met."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._codes)

    def code(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))


def _answers(file: Path) -> tuple[list[_Answer], int]:
    """Return a file's answers, rows of one answer merged, and how many rows were merged away."""
    kept: list[_Answer] = []
    by_log: dict[tuple[str, str], _Answer] = {}
    rows = 0
    last: dict[str, _Answer] = {}
    for log, answer in _rows(file):
        rows += 1
        if log is None:
            first = _repeated(last.get(answer.user), answer)
        else:
            first = by_log.setdefault((answer.user, log), answer)
        if first is None or first is answer:
            kept.append(answer)
            last[answer.user] = answer
        else:
            _merge(first, answer, file)
    if not by_log:
        _refuse_scattered(kept, file)
    return kept, rows - len(kept)


def _repeated(before: _Answer | None, answer: _Answer) -> _Answer | None:
    """Return the answer just before if this row only says another skill of it.

    The same item twice under the same skill is a second try, not a repeated row.
    """
    if before is None or (before.item, before.time) != (answer.item, answer.time):
        return None
    return None if set(answer.skills) & set(before.skills) else before


def _merge(first: _Answer, again: _Answer, file: Path) -> None:
    if (first.item, first.correct) != (again.item, again.correct):
        raise BadLog(
            f"{file.name}: lines {first.line} and {again.line} are one answer under two skills "
            "but differ in item or correctness; mend or remove one of them"
        )
    first.skills.extend(skill for skill in again.skills if skill not in first.skills)


def _refuse_scattered(answers: Sequence[_Answer], file: Path) -> None:
    """Refuse rows that may be one answer under several skills without being neighbours."""
    met: dict[tuple[str, str], _Answer] = {}
    found = []
    for answer in answers:
        first = met.setdefault((answer.user, answer.item), answer)
        if first.time == answer.time and set(first.skills) != set(answer.skills):
            found.append(f"{first.line} and {answer.line}")
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise BadLog(
            f"{file.name}: the same learner and item under different skills on lines "
            f"{', '.join(found[:_NAMED])}{more}: they may be one answer repeated for each skill; "
            "give a column order_id, or one row an answer"
        )


def _rows(file: Path) -> Iterator[tuple[str | None, _Answer]]:
    """Yield each row's log number, None without such a column, and what the row says."""
    with file.open(encoding="utf-8", errors="replace", newline="") as text:
        header = text.readline().rstrip("\r\n")
        mark = "\t" if "\t" in header else ","
        place = _places(next(csv.reader([header], delimiter=mark)), file)
        for line, row in enumerate(csv.reader(text, delimiter=mark), start=2):
            if row:
                yield _row(row, place, line, file)


def _row(
    row: Sequence[str], place: Mapping[str, int], line: int, file: Path
) -> tuple[str | None, _Answer]:
    if len(row) <= max(place.values()):
        raise BadLog(f"{file.name}: line {line} has {len(row)} columns, fewer than the header")
    said = {role: row[column].strip() for role, column in place.items()}
    if said["correct"] not in {"0", "1", "0.0", "1.0"}:
        raise BadLog(
            f"{file.name}: line {line}: expected correct to be 0 or 1, got {said['correct']!r}"
        )
    skills = list(dict.fromkeys(_BETWEEN_SKILLS.split(said.get("skill") or said["item"])))
    time, log = said.get("time", ""), said.get("log")
    order = (_number(time), _number(log or ""))
    answer = _Answer(line, said["user"], said["item"], int(said["correct"][0]), skills, time, order)
    return log, answer


def _places(header: Iterable[str], file: Path) -> dict[str, int]:
    names = [re.sub(r"[\s_\ufeff]", "", name).lower() for name in header]
    place = {}
    for role, known in COLUMNS.items():
        for name in known:
            if name in names:
                place[role] = names.index(name)
                break
    if missing := [role for role in NEEDED if role not in place]:
        raise BadLog(
            f"{file.name}: expected a column for {', '.join(missing)} "
            f"(such as {', '.join(COLUMNS[role][0] for role in missing)}), got {', '.join(names)}"
        )
    return place


def _number(text: str) -> float:
    """Return a number to order by; what is not one leaves the file's order."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _skills(answers: Sequence[_Answer], names: _Names) -> csr_array:
    codes = [[names.code(skill) for skill in answer.skills] for answer in answers]
    ends = np.cumsum([0] + [len(row) for row in codes])
    flat = np.array([code for row in codes for code in row], np.int64)
    return csr_array((np.ones(len(flat)), flat, ends), shape=(len(codes), len(names)))


def _looked_up(answers: Sequence[_Answer], by_item: csr_array, file: Path) -> csr_array:
    """Return the skills that the matrix gives each answer's item; one more where it has none."""
    for answer in answers:
        if not answer.item.isdigit() or int(answer.item) >= by_item.shape[0]:
            raise BadLog(
                f"{file.name}: line {answer.line}: item {answer.item} is no row of the matrix of "
                f"skills, which has {by_item.shape[0]}"
            )
    found = csr_array(by_item[[int(answer.item) for answer in answers]])
    bare = csr_array((np.diff(found.indptr) == 0).astype(float)[:, None])
    return csr_array(hstack([found, bare], format="csr"))


def _widened(matrix: csr_array, width: int) -> csr_array:
    return csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], width))
