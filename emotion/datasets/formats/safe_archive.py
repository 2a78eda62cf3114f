"""A data set's archive as bytes: looked through, and unpacked for as long as it is read.

What it claims to hold is counted before anything is written, and nothing lands outside its folder.
"""

from __future__ import annotations

import io
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

# As in Python's own library from 3.11.4 on; Debian 12 has 3.11.2.
from backports import tarfile

from emotion.datasets import WrongFolder

# What no data set that is read here comes near.
MOST_FILES, MOST_BYTES = 5_000, 1 << 29
_BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError)


def glance(packed: bytes, wanted: Sequence[str]) -> None:
    """Look for a file of each pattern of `wanted`, without unpacking any.

    Raises
    ------
    WrongFolder
        Where the bytes are no whole .tar.gz, hold too much, or lack one of these files.
    """
    with _opened(packed) as archive:
        names = [member.name for member in _counted(archive)]
    for pattern in wanted:
        if not any(fnmatch(f"/{name}", f"*/{pattern}") for name in names):
            raise WrongFolder(f"expected a file {pattern} in the archive, found none")


@contextmanager
def unpacked(packed: bytes) -> Iterator[Path]:
    """Give the folder of its files, which goes with the block; links and devices are left out.

    Raises
    ------
    WrongFolder
        As `glance`; and what is raised within says nothing of where the folder was.
    """
    with tempfile.TemporaryDirectory() as told:
        folder = Path(told)
        with _opened(packed) as archive:
            plain = [each for each in _counted(archive) if each.isfile() or each.isdir()]
            archive.extractall(folder, plain, filter="data")
        try:
            yield folder
        except WrongFolder as wrong:
            raise WrongFolder(str(wrong).replace(f"{folder}/", "")) from None


@contextmanager
def _opened(packed: bytes) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            yield archive
    except _BROKEN as wrong:
        raise WrongFolder(f"expected a whole .tar.gz: {wrong}") from None


def _counted(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    found, size = [], 0
    for member in archive:
        found.append(member)
        size += member.size
        if len(found) > MOST_FILES or size > MOST_BYTES:
            raise WrongFolder(
                f"expected at most {MOST_FILES} files of {MOST_BYTES >> 20} MB in the archive"
            )
    return found
