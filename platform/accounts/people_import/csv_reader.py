"""Reading of people lists saved by office programs: encoding, lines and cells.

Office programs save UTF-8 with and without a BOM, UTF-16 and Windows-1252, and use different
separators.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final, TextIO

# Number of characters decoded at a time.
PIECE: Final = 65_536
SEPARATORS: Final = ",;\t"
UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
# White space of every kind, and zero-width characters that office programs leave.
_BLANK: Final = r"[\s\u00ad\u180e\u200b-\u200f\u2060\ufeff]+"
_EDGES: Final = re.compile(rf"\A{_BLANK}|{_BLANK}\Z")
_BETWEEN: Final = re.compile(rf"{_BLANK}|[-‐‑_:*/()]")  # noqa: RUF001
_CONTROL: Final = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")
_EXCEL_SEPARATOR: Final = re.compile(r"sep=[,;\t]", re.IGNORECASE)
_LINE_BREAKS: Final = re.compile(r"\s*[\r\n]\s*")


class BrokenRow(ValueError):
    """A row whose quotation marks do not show where its cells end."""

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row} cannot be split into cells")
        self.row = row


def decode_text(sent: bytes) -> str | None:
    """Return the text as UTF-16 with a BOM, else UTF-8, else Windows-1252; None if not text."""
    text = open_text(sent)
    return None if text is None else text.read()


def open_text(sent: bytes) -> TextIO | None:
    """Return the text as `decode_text` does, as a stream that is decoded piece by piece."""
    for encoding in ["utf-16"] if sent.startswith(UTF_16_MARKS) else ["utf-8-sig", "cp1252"]:
        text = io.TextIOWrapper(io.BytesIO(sent), encoding, newline="")
        try:
            while piece := text.read(PIECE):
                if _CONTROL.search(piece):
                    return None
        except UnicodeDecodeError:
            continue
        text.seek(0)
        return text
    return None


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, skipping Excel's `sep=` note.

    Each line is one row: an unclosed quote spoils no other line.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if number != 1 or not _EXCEL_SEPARATOR.fullmatch(trim(line)):
            yield number, line


def typed_lines(
    text: str, is_heading: Callable[[list[str]], bool]
) -> Iterator[tuple[int, str, list[str]]]:
    """Yield each line that has content, with its number and cells.

    A first line with headings fixes the separator. Otherwise each line is split by its own.
    """
    fixed, is_first = "", True
    for number, line in numbered_lines(text):
        separator = fixed or separator_of(line)
        cells = cells_of(line, separator)
        if not any(cells):
            continue
        if is_first and separator in line and is_heading(cells):
            fixed = separator
        is_first = False
        yield number, line, cells


def read_rows(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row with its number, skipping Excel's `sep=` note.

    Rows are counted as in spreadsheets: a quoted cell may contain line breaks, which become spaces.
    `text` keeps its line ends. Raises BrokenRow.
    """
    first = text.readline()
    has_note = _EXCEL_SEPARATOR.fullmatch(trim(first)) is not None
    lines = (part for line in chain([first][has_note:], text) for part in line.splitlines())
    separator = separator_of(next((line for line in lines if line.strip(" " + SEPARATORS)), ""))
    text.seek(0)
    reader = csv.reader(text, delimiter=separator, strict=True)
    number = 1
    try:
        for cells in reader:
            if number != 1 or not has_note:
                yield number, [_join_lines(cell) for cell in cells]
            number += 1
    except csv.Error as error:
        raise BrokenRow(number) from error


def _join_lines(cell: str) -> str:
    return trim(_LINE_BREAKS.sub(" ", cell) if "\n" in cell or "\r" in cell else cell)


def separator_of(line: str) -> str:
    """Return the most frequent separator in a line."""
    return max(SEPARATORS, key=line.count)


def cells_of(line: str, separator: str) -> list[str]:
    """Return the cells of a line, trimmed."""
    return [trim(cell) for cell in next(csv.reader([line], delimiter=separator), [])]


def clean_cell(text: str) -> str:
    """Return a text as one line without control characters."""
    return trim(_CONTROL.sub("", _LINE_BREAKS.sub(" ", text)))


def trim(text: str) -> str:
    """Strip white space and zero-width characters from both ends."""
    if text[:1].isalnum() and text[-1:].isalnum():
        return text
    return _EDGES.sub("", text)


def fold_word(cell: str) -> str:
    """Return a word in the form used to compare headings and roles: case-folded, no spaces."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", cell).casefold())
