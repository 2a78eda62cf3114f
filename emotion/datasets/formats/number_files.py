"""Numbers in text files: encodings, decimal commas, spellings of NaN, truncated last lines."""

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

# Spellings of a missing number in C runtimes, spreadsheets and statistics programs.
_MISSING = re.compile(
    r"[+-]?(\d\.#(ind|qnan|snan|inf)\d*|(nan|inf|infinity)(\(\w*\))?|n/?a|#n/a|null|none|-)?",
    re.IGNORECASE,
)
# Stricter than Python, which also accepts 1_0 and digits of other scripts.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
# No device measures more; a larger number is corrupt.
LARGEST = 1e30
SHOWN = 40


@dataclass(frozen=True, slots=True)
class TextLines:
    """A text file's lines; `unfinished`: the last one has no line end."""

    path: Path
    lines: Sequence[str]
    unfinished: bool

    @property
    def separator(self) -> str:
        """The cell separator: a tab or a semicolon in the first lines, else a comma."""
        head = "".join(self.lines[:3])
        return next((mark for mark in "\t;" if mark in head), ",")


@dataclass(frozen=True, slots=True)
class NumberTable:
    """Rows (N, width), NaN if a number is missing; `notes` list what was left out."""

    rows: NDArray[np.float64]
    notes: Sequence[str]


def read_lines(path: Path) -> TextLines:
    """Return the lines of the file. Raises WrongFolder if it is not text."""
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise WrongFolder(f"{path}: expected a readable file: {error.strerror}") from None
    if "\0" in text:
        raise WrongFolder(f"{path}: expected text, found binary data")
    *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return TextLines(path, [*lines, rest] if rest.strip() else lines, bool(rest.strip()))


def decode(content: bytes) -> str:
    """Return text from UTF-8, UTF-16, or else Windows-1252, which Excel writes in Europe."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    for at, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
        if content[at:200:2] and not any(content[at:200:2]) and any(content[1 - at : 200 : 2]):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.removeprefix(codecs.BOM_UTF8).decode("cp1252", errors="replace")


def read_table(text: TextLines, *, skip: int, width: int) -> NumberTable:
    """Return the rows after the first `skip` lines; a last line without an end is left out.

    Raises
    ------
    WrongFolder
        If a line is not `width` numbers; names the first such line. Empty lines are skipped.
    """
    lines, notes = text.lines[skip:], tuple[str, ...]()
    if text.unfinished and len(lines) > 1:
        # It may be an incomplete row, or a row whose last number lacks digits.
        lines, notes = lines[:-1], (f"{text.path.name}: left out the last line, which is cut off",)
    rows = _parse_plain(lines, width) if text.separator == "," else None
    if rows is None:
        rows = np.array(list(_parse_rows(text, lines, skip, width)), np.float64).reshape(-1, width)
    return NumberTable(np.where(np.abs(rows) < LARGEST, rows, np.nan), notes)


def _parse_plain(lines: Sequence[str], width: int) -> NDArray[np.float64] | None:
    """Return the rows if they are plain numbers, else None."""
    if not any(line.strip() for line in lines):
        return np.zeros((0, width))
    try:
        rows = np.loadtxt(lines, delimiter=",", ndmin=2, comments=None)
    except ValueError:
        return None
    return rows if rows.shape[1] == width else None


def _parse_rows(
    text: TextLines, lines: Sequence[str], skip: int, width: int
) -> Iterator[list[float]]:
    for number, line in enumerate(lines, start=skip + 1):
        if not line.strip():
            continue
        try:
            row = parse_numbers(line, text.separator, width)
        except ValueError as wrong:
            raise WrongFolder(
                f"{text.path}: expected {width} columns of numbers, line {number}: {wrong}"
            ) from None
        yield row


def parse_numbers(line: str, separator: str, width: int) -> list[float]:
    """Return the line's numbers. Raises ValueError if they are not `width` numbers."""
    found = split_cells(line, separator) if width > 1 else [line.strip().strip('"')]
    while len(found) > width and not found[-1]:
        found.pop()
    if len(found) != width:
        raise ValueError(f"got {len(found)} in {line[:SHOWN]!r}")
    decimal_comma = separator != "," or width == 1
    return [_parse_number(cell.replace(",", ".") if decimal_comma else cell) for cell in found]


def split_cells(line: str, separator: str) -> list[str]:
    """Return the line's cells without surrounding blanks."""
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error as error:
        raise ValueError(str(error)) from None


def _parse_number(cell: str) -> float:
    if _MISSING.fullmatch(cell):
        return math.nan
    if not _NUMBER.fullmatch(cell):
        raise ValueError(f"got {cell[:SHOWN]!r}")
    return float(cell)
