"""Rows of a log of answers; each cell is parsed by its column, or refused by line and column."""

from __future__ import annotations

import csv
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Final

from emotion.datasets import WrongFolder

# Names of columns in files, compared in lower case without spaces and underscores.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("userid", "user", "studentid", "student", "anonstudentid"),
    "item": (
        *("itemid", "item", "problemid", "problem", "questionid", "question"),
        *("exerciseid", "exercise"),
    ),
    "correct": ("correct", "iscorrect", "outcome"),
    "skill": ("skillid", "skill", "kcid", "kc", "skills", "skillname"),
    "log": ("orderid", "problemlogid", "logid", "order"),
    "time": (
        *("timestamp", "starttime", "time", "timedone", "endtime", "datetime", "date"),
        *("dateanswered", "answeredat", "createdat", "submittedat", "firsttransactiontime"),
    ),
}
NEEDED: Final = ("user", "item", "correct")
RIGHT: Final = frozenset({"1", "true", "correct"})
WRONG: Final = frozenset({"0", "false", "incorrect"})
# Placeholders for missing values in pandas, R, SQL and spreadsheets.
ABSENT: Final = frozenset(
    ["", "NaN", "nan", "NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null", "None", "none", "\\N"]
)
MARKS: Final = "\t;,"
_WHOLE: Final = re.compile(r"([0-9]+)\.0+")
_BETWEEN_NAMES: Final = re.compile(r"\s*(?:~~|;)\s*")
_BETWEEN_CODES: Final = re.compile(r"\s*,\s*")
_CODE: Final = re.compile(r"[\w.:-]*\d[\w.:-]*")
_CHUNK: Final = 1 << 20


class BadLog(WrongFolder):
    """A log that cannot be read as one row per answer; the message names lines of the file."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the file, and the line it begins on.

    Attributes
    ----------
    skills : tuple of str
        Empty if the row names no skill.
    time, log : str or None
        None without such a column.
    order : (time, number of the log)
        Sort key of the row; zeros if the file has none.
    """

    line: int
    user: str
    item: str
    correct: int
    skills: tuple[str, ...]
    time: str | None
    log: str | None
    order: tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class _Header:
    """The place and name of each role's column in the file, and the number of columns."""

    file: str
    place: Mapping[str, int]
    names: Sequence[str]

    def bad(self, line: int, role: str, problem: str) -> BadLog:
        name = self.names[self.place[role]]
        return BadLog(f"{self.file}: line {line}, column {name}: {problem}")


def read_rows(file: Path) -> Iterator[LogRow]:
    """Yield a file's rows in order.

    Raises
    ------
    BadLog
        If the file has no answers, a column is missing, a row is longer or shorter than the header,
        or a cell cannot be parsed.
    """
    with file.open(encoding=_find_encoding(file), newline="") as text:
        mark = _find_separator(text.readline())
        text.seek(0)
        table = csv.reader(text, delimiter=mark, strict=True)
        rows = _skip_empty(table, file.name)
        _, names = next(rows, (1, []))
        header = _Header(file.name, _places(names, file.name), [name.strip() for name in names])
        clock = _Clock()
        empty = True
        for line, row in rows:
            yield _row(header, line, row, clock)
            empty = False
    if empty:
        raise BadLog(f"{file.name}: expected answers below the header, found none")


def _find_encoding(file: Path) -> str:
    """Return the encoding that preserves every letter, so that no two names become one."""
    with file.open("rb") as raw:
        marked = raw.read(2) in (b"\xff\xfe", b"\xfe\xff")
        raw.seek(0)
        encoding = "utf-16" if marked else "utf-8-sig"
        decoder = getincrementaldecoder(encoding)()
        try:
            for chunk in iter(partial(raw.read, _CHUNK), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            if marked:
                raise BadLog(
                    f"{file.name}: begins as UTF-16 and is not UTF-16 to its end"
                ) from None
            return "latin-1"
    return encoding


def _find_separator(first: str) -> str:
    """Return the separator of the header's columns: the one that gives the most known columns."""
    known = {name for names in COLUMNS.values() for name in names}
    return max(MARKS, key=lambda mark: sum(_key(name) in known for name in first.split(mark)))


def _key(name: str) -> str:
    return re.sub(r'[\s_"]', "", name).lower()


def _skip_empty(table: Iterator[list[str]], file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not empty, with the line it begins on."""
    while True:
        begins = table.line_num + 1  # type: ignore[attr-defined]
        try:
            row = next(table)
        except StopIteration:
            return
        except csv.Error as problem:
            raise BadLog(f"{file}: line {begins}: not a table ({problem})") from None
        if any(cell.strip() for cell in row):
            yield begins, row


def _places(header: Sequence[str], file: str) -> dict[str, int]:
    names = [_key(name) for name in header]
    place = {}
    for role, known in COLUMNS.items():
        name = next((name for name in known if name in names), None)
        if name is None:
            continue
        if names.count(name) > 1:
            raise BadLog(f"{file}: two columns are called {name}; remove or rename one of them")
        place[role] = names.index(name)
    if missing := [role for role in NEEDED if role not in place]:
        raise BadLog(
            f"{file}: expected a column for {', '.join(missing)} "
            f"(such as {', '.join(COLUMNS[role][0] for role in missing)}), got {', '.join(names)}"
        )
    return place


def _row(header: _Header, line: int, row: Sequence[str], clock: _Clock) -> LogRow:
    width = len(header.names)
    if len(row) < width or any(cell.strip() for cell in row[width:]):
        raise BadLog(
            f"{header.file}: line {line} has {len(row)} columns, the header {width}; "
            "a cell with a separator in it wants quotes"
        )
    cells = {role: row[column].strip() for role, column in header.place.items()}
    for role in cells.keys() - {"skill", "correct"}:
        if cells[role] in ABSENT:
            raise header.bad(line, role, "expected a value, got none")
    return LogRow(
        line,
        _strip_fraction(cells["user"]),
        _strip_fraction(cells["item"]),
        _correct(header, line, cells["correct"]),
        _skills(cells.get("skill", "")),
        cells.get("time"),
        _strip_fraction(cells["log"]) if "log" in cells else None,
        (_time(header, line, cells, clock), _log(header, line, cells)),
    )


def _strip_fraction(cell: str) -> str:
    """Return `5` for `5.0`, as a column of numbers with gaps is written."""
    found = _WHOLE.fullmatch(cell)
    return found[1] if found else cell


def _correct(header: _Header, line: int, cell: str) -> int:
    found = _strip_fraction(cell).lower()
    if found not in RIGHT | WRONG:
        raise header.bad(line, "correct", f"expected correct to be 0 or 1, got {cell!r}")
    return int(found in RIGHT)


def _skills(cell: str) -> tuple[str, ...]:
    """Return a cell's skills.

    `~~` and `;` separate skills. A comma separates codes with a digit (`5,6`, `KC1,KC2`) but never
    words: `Operations +,-,/` and `Mean, Median` are one skill each. A sign alone is no skill.
    """
    parts = _BETWEEN_NAMES.split(cell)
    if not all(re.search(r"\w", part) for part in parts):
        parts = [cell]
    codes = (_BETWEEN_CODES.split(part) for part in parts)
    apart = (
        found if all(map(_CODE.fullmatch, found)) else [part]
        for part, found in zip(parts, codes, strict=True)
    )
    filled = (_strip_fraction(skill) for found in apart for skill in found if skill not in ABSENT)
    return tuple(dict.fromkeys(filled))


class _Clock:
    """The kind of time in a file's first row; every other row must have the same."""

    def __init__(self) -> None:
        self.kind = ""

    def read(self, cell: str) -> Decimal:
        """Return seconds since 1970 for a date, or the number itself.

        Raises
        ------
        ValueError
            If it is neither, or of another kind than in earlier rows.
        """
        kind, found = _number_or_date(cell)
        self.kind = self.kind or kind
        if kind != self.kind:
            raise ValueError(f"expected {self.kind} as on the lines before, got {cell!r}")
        return found


def _number_or_date(cell: str) -> tuple[str, Decimal]:
    try:
        number = Decimal(cell)
    except InvalidOperation:
        pass
    else:
        if number.is_finite():
            return "a number", number
    try:
        date = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(
            f"expected a number or a date such as 2012-09-28 15:10:27, got {cell!r}"
        ) from None
    kind = "a date without a time zone" if date.tzinfo is None else "a date with a time zone"
    since = (date if date.tzinfo else date.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return kind, Decimal(since.days * 86400 + since.seconds) + Decimal(since.microseconds) / 10**6


def _time(header: _Header, line: int, cells: Mapping[str, str], clock: _Clock) -> Decimal:
    if "time" not in cells:
        return Decimal(0)
    try:
        return clock.read(cells["time"])
    except ValueError as problem:
        raise header.bad(line, "time", str(problem)) from None


def _log(header: _Header, line: int, cells: Mapping[str, str]) -> Decimal:
    """Return the number of the log; without a time, a cell that is no number leaves the order
    unknown.
    """
    if "log" not in cells:
        return Decimal(0)
    try:
        number = Decimal(cells["log"])
    except InvalidOperation:
        number = Decimal("nan")
    if number.is_finite():
        return number
    if "time" in cells:
        return Decimal(0)
    raise header.bad(
        line, "log", f"expected a number to order the answers by, got {cells['log']!r}"
    )
