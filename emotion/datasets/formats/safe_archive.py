"""A data set's archive as bytes: inspected, and unpacked temporarily.

Its declared content is checked before anything is written, and nothing is written outside its
folder.
"""

from __future__ import annotations

import io
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

# As in Python's standard library from 3.11.4 on; Debian 12 has 3.11.2.
from backports import tarfile

from emotion.datasets import WrongFolder

# Far more than any data set read here has.
MOST_FILES, MOST_BYTES = 5_000, 1 << 29
_BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError)


def inspect(packed: bytes, wanted: Sequence[str]) -> None:
    """Check for a file of each pattern of `wanted`, without unpacking any.

    Raises
    ------
    WrongFolder
        If the bytes are no complete .tar.gz, contain too much, or lack one of these files.
    """
    with _open_archive(packed) as archive:
        names = [member.name for member in _check_members(archive)]
    for pattern in wanted:
        if not any(fnmatch(f"/{name}", f"*/{pattern}") for name in names):
            raise WrongFolder(f"expected a file {pattern} in the archive, found none")


@contextmanager
def unpack(packed: bytes) -> Iterator[Path]:
    """Unpack the files to a temporary folder and yield it; links and devices are left out.

    Raises
    ------
    WrongFolder
        As `glance`; the messages of errors inside the context do not show the folder's path.
    """
    with tempfile.TemporaryDirectory() as told:
        folder = Path(told)
        with _open_archive(packed) as archive:
            plain = [each for each in _check_members(archive) if each.isfile() or each.isdir()]
            archive.extractall(folder, plain, filter="data")
        try:
            yield folder
        except WrongFolder as wrong:
            raise WrongFolder(str(wrong).replace(f"{folder}/", "")) from None


@contextmanager
def _open_archive(packed: bytes) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            yield archive
    except _BROKEN as wrong:
        raise WrongFolder(f"expected a whole .tar.gz: {wrong}") from None


def _check_members(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    found, size = [], 0
    for member in archive:
        found.append(member)
        size += member.size
        if len(found) > MOST_FILES or size > MOST_BYTES:
            raise WrongFolder(
                f"expected at most {MOST_FILES} files of {MOST_BYTES >> 20} MB in the archive"
            )
    return found
