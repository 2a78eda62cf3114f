"""Read the CSV files of a ZIP row by row, without unpacking to disk.

The number of files and of unpacked bytes is limited, whatever the ZIP declares.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.people_import.csv_reader import clean_cell
from stewardship.people.imports.files.csv_table import (
    LONGEST_ROW,
    MB,
    UnreadableFile,
    describe_long_row,
)

MOST_FILES: Final = 100
MOST_BYTES: Final = 100 * MB
# Text compresses to about a tenth; a hundredfold expansion is an attack.
MOST_GROWTH, ALWAYS_ALLOWED = 100, 10 * MB
ALLOWED_COMPRESSION: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MAGIC: Final = b"PK\x03\x04"
DAMAGED: Final = lazy("The ZIP file is damaged or encrypted. Export it again.")
TOO_LARGE: Final = lazy(
    "The ZIP file has more than {files} files, or unpacks to more than {size} MB. "
    "Export fewer people at a time."
)
UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
)
Cells = Mapping[str, str]


@dataclass(slots=True)
class ByteBudget:
    """How many more bytes may be unpacked from a ZIP."""

    left: int

    def spend(self, count: int) -> None:
        """Count unpacked bytes. Raises UnreadableFile."""
        self.left -= count
        if self.left < 0:
            raise describe_large_archive()


class CountedStream(io.RawIOBase):
    """A compressed file that counts the bytes it yields."""

    def __init__(self, source: IO[bytes], budget: ByteBudget) -> None:
        self.source, self.budget = source, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.source.read(len(buffer))
        self.budget.spend(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)


@dataclass(frozen=True, slots=True)
class CsvArchive:
    """A ZIP and its CSV files by name, without their folders."""

    packed: zipfile.ZipFile
    files: Mapping[str, zipfile.ZipInfo]
    budget: ByteBudget

    def __contains__(self, name: str) -> bool:
        return name in self.files

    def read_rows(self, name: str) -> Iterator[tuple[int, Cells]]:
        """Yield the rows by lower-case heading; nothing if the file is missing.

        Raises UnreadableFile.
        """
        if name not in self.files:
            return
        headings: list[str] | None = None
        for number, cells in self._read_cells(name):
            if headings is None:
                headings = [clean_cell(cell).casefold() for cell in cells]
            elif any(cells):
                values = map(clean_cell, cells)
                yield number, dict(zip(headings, values, strict=False))

    def _read_cells(self, name: str) -> Iterator[tuple[int, list[str]]]:
        number = 0
        try:
            with self.packed.open(self.files[name]) as source:
                counted = io.BufferedReader(CountedStream(source, self.budget))
                text = io.TextIOWrapper(counted, encoding="utf-8-sig", newline="")
                for number, cells in enumerate(csv.reader(text, strict=True), 1):
                    if sum(map(len, cells)) > LONGEST_ROW:
                        raise describe_long_row(number)
                    yield number, cells
        except (csv.Error, UnicodeDecodeError) as error:
            what = _("{name} is not a CSV file in UTF-8. Check it after row {row}.")
            raise UnreadableFile(what.format(name=name, row=number)) from error
        except UNREADABLE as error:
            raise UnreadableFile(DAMAGED) from error


def open_archive(sent: bytes) -> CsvArchive:
    """Return the CSV files of a ZIP. Raises UnreadableFile."""
    try:
        packed = zipfile.ZipFile(io.BytesIO(sent))
    except UNREADABLE as error:
        raise UnreadableFile(DAMAGED) from error
    listed = packed.infolist()
    if len(listed) > MOST_FILES:
        raise describe_large_archive()
    files: dict[str, zipfile.ZipInfo] = {}
    for info in listed:
        path = PurePosixPath(info.filename)
        if path.suffix.lower() != ".csv" or path.parts[0] == "__MACOSX":
            continue
        if info.compress_type not in ALLOWED_COMPRESSION or path.name.lower() in files:
            raise UnreadableFile(DAMAGED)
        files[path.name.lower()] = info
    most = min(MOST_BYTES, max(ALWAYS_ALLOWED, MOST_GROWTH * len(sent)))
    return CsvArchive(packed, files, ByteBudget(most))


def describe_large_archive() -> UnreadableFile:
    """Return the error for a ZIP with too many files or bytes."""
    return UnreadableFile(str(TOO_LARGE).format(files=MOST_FILES, size=MOST_BYTES // MB))
