"""Numbers in text files: encodings, decimal commas, spellings of NaN, a last line cut off."""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder

# What C runtimes, spreadsheets and statistics programs write for a missing number.
_MISSING = re.compile(
    r"[+-]?(\d\.#(ind|qnan|snan|inf)\d*|(nan|inf|infinity)(\(\w*\))?|n/?a|#n/a|null|none|-)?",
    re.IGNORECASE,
)
# Python alone would also take 1_0 and digits of other scripts.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
# No device measures more; a larger number is a broken one.
LARGEST = 1e30
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Lines:
    """A text file's lines; `unfinished` where the last of them has no line end."""

    path: Path
    lines: Sequence[str]
    unfinished: bool

    @property
    def separator(self) -> str:
        """What separates cells: a tab or a semicolon in the first lines, else a comma."""
        head = "".join(self.lines[:3])
        return next((mark for mark in "\t;" if mark in head), ",")


@dataclass(frozen=True, slots=True)
class NumberTable:
    """Rows (N, width), NaN where a number is missing; `notes` say what was left out."""

    rows: NDArray[np.float64]
    notes: Sequence[str]


def read_lines(path: Path) -> Lines:
    """Return the lines of the file. Raises WrongFolder where it is not text."""
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise WrongFolder(f"{path}: expected a readable file: {error.strerror}") from None
    if "\0" in text:
        raise WrongFolder(f"{path}: expected text, found binary data")
    *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Lines(path, [*lines, rest] if rest.strip() else lines, bool(rest.strip()))


def decode(content: bytes) -> str:
    """Return text of UTF-8, of UTF-16, or else of Windows-1252, which Excel writes in Europe."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    for at, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
        if content[at:200:2] and not any(content[at:200:2]) and any(content[1 - at : 200 : 2]):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.removeprefix(codecs.BOM_UTF8).decode("cp1252", errors="replace")


def read_table(text: Lines, *, skip: int, width: int) -> NumberTable:
    """Return the rows after the first `skip` lines; a last line without an end is left out.

    Raises
    ------
    WrongFolder
        Where a line is not `width` numbers; it names the first one. Empty lines are passed over.
    """
    lines, notes = text.lines[skip:], tuple[str, ...]()
    if text.unfinished and len(lines) > 1:
        # It may be half a row, or a row whose last number lacks digits.
        lines, notes = lines[:-1], (f"{text.path.name}: left out the last line, which is cut off",)
    rows = _fast(lines, width) if text.separator == "," else None
    if rows is None:
        rows = np.array(list(_rows(text, lines, skip, width)), np.float64).reshape(-1, width)
    return NumberTable(np.where(np.abs(rows) < LARGEST, rows, np.nan), notes)


def _fast(lines: Sequence[str], width: int) -> NDArray[np.float64] | None:
    """Return the rows of plain numbers; None where a line has anything else."""
    if not any(line.strip() for line in lines):
        return np.zeros((0, width))
    try:
        rows = np.loadtxt(lines, delimiter=",", ndmin=2, comments=None)
    except ValueError:
        return None
    return rows if rows.shape[1] == width else None


def _rows(text: Lines, lines: Sequence[str], skip: int, width: int) -> Iterator[list[float]]:
    for number, line in enumerate(lines, start=skip + 1):
        if not line.strip():
            continue
        try:
            row = numbers(line, text.separator, width)
        except ValueError as wrong:
            raise WrongFolder(
                f"{text.path}: expected {width} columns of numbers, line {number}: {wrong}"
            ) from None
        yield row


def numbers(line: str, separator: str, width: int) -> list[float]:
    """Return the line's numbers. Raises ValueError where they are not `width` numbers."""
    found = cells(line, separator) if width > 1 else [line.strip().strip('"')]
    while len(found) > width and not found[-1]:
        found.pop()
    if len(found) != width:
        raise ValueError(f"got {len(found)} in {line[:SHOWN]!r}")
    decimal_comma = separator != "," or width == 1
    return [_number(cell.replace(",", ".") if decimal_comma else cell) for cell in found]


def cells(line: str, separator: str) -> list[str]:
    """Return the line's cells without blanks around them."""
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error as error:
        raise ValueError(str(error)) from None


def _number(cell: str) -> float:
    if _MISSING.fullmatch(cell):
        return math.nan
    if not _NUMBER.fullmatch(cell):
        raise ValueError(f"got {cell[:SHOWN]!r}")
    return float(cell)
