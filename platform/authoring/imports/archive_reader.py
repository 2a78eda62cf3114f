"""Open a package: a folder as it is, or an untrusted archive entry by entry.

An entry must not leave the folder, be a link or a device, occur twice, or be an archive itself. The
exceptions are the folders for downloads, which are never opened. The number of entries and the
bytes unpacked are limited, and counted while unpacking.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.translatable_message import message

MAX_ENTRIES = 20_000
MAX_BYTES = 2 * 1024**3
# Text compresses to a tenth, video not at all; growth by a hundred is an attack.
MAX_GROWTH, ALWAYS = 100, 10 * 1024**2
MAX_PATH = 240
# A text file that is no archive contains questions; it is copied, so that only it is read.
MAX_TEXT = 16 * 1024**2
# Files that identify a folder as the top of a course.
MARKS = (
    "course.json",
    "content-pool",
    "course.xml",
    "imsmanifest.xml",
    "h5p.json",
    "moodle_backup.xml",
)
# Folders for downloads in OLX and in Canvas's exports.
DOWNLOADS = ("static", "web_resources")
NESTED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_PACKED = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
_PIECE = 1024 * 1024
# The errors of the standard library for damaged, cut or encrypted archives, also while reading.
UNREADABLE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
)

Entry = tuple[str, IO[bytes] | None]


def open_package(path: Path, scratch: Path, name: str = "") -> Path:
    """Return the top folder of a course; archives and single files are put into `scratch`.

    `name` is the name that the sender gave the file, if it is stored under another one.
    """
    name = name or path.name
    if path.is_dir():
        return _find_root(path, name)
    if not path.is_file():
        raise BrokenPackage(name, "", _("expected a folder, .zip or .tar.gz, found nothing"))
    if _is_text(path):
        shutil.copyfile(path, scratch / file_name(name))
        return scratch
    try:
        _unpack(_entries(path, name), scratch, name, _max_bytes(path))
    except UNREADABLE as error:
        raise BrokenPackage(
            name, "", message(_("expected a complete archive: {problem}"), problem=str(error))
        ) from error
    return _find_root(scratch, name)


def file_name(name: str) -> str:
    """Return the end of a name, as any file system accepts it and all readers find it."""
    end = name.encode("utf-8", "replace")[-MAX_PATH:].decode("utf-8", "ignore")
    return end.replace("/", "-").replace("\0", "").lstrip(".") or "file"


def _max_bytes(path: Path) -> int:
    """Return how many bytes this archive may unpack to."""
    return min(MAX_BYTES, max(ALWAYS, MAX_GROWTH * path.stat().st_size))


def _find_root(folder: Path, name: str) -> Path:
    tops = [folder, *(top for top in sorted(folder.iterdir()) if top.is_dir())][:50]
    found = [top for top in tops if _is_course(top)]
    if not found:
        return folder
    if found[0] != folder and len(found) > 1:
        raise BrokenPackage(
            name, "", message(_("expected one course, found {found}"), found=len(found))
        )
    return found[0]


def _is_course(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in MARKS)


def _is_text(path: Path) -> bool:
    """Return whether a file is neither packed nor binary, and small enough to read at once."""
    with path.open("rb") as file:
        head = file.read(4096)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not head.strip() or head.startswith(_PACKED) or (b"\0" in head and not wide):
        return False
    return path.stat().st_size <= MAX_TEXT


def _entries(path: Path, name: str) -> Iterator[Entry]:
    if zipfile.is_zipfile(path):
        return _zip_entries(path, name)
    if tarfile.is_tarfile(path):
        return _tar_entries(path, name)
    raise BrokenPackage(
        name, "", _("expected a folder, a .zip or .tar.gz archive, or a text file with questions")
    )


def _tar_entries(path: Path, archive: str) -> Iterator[Entry]:
    with tarfile.open(path) as packed:
        for member in packed:
            if not (member.isfile() or member.isdir()):
                raise BrokenPackage(
                    archive, member.name, _("is a link or a special file, which is not allowed")
                )
            yield member.name, packed.extractfile(member) if member.isfile() else None


def _zip_entries(path: Path, archive: str) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as packed:
        for info in packed.infolist():
            if (info.external_attr >> 16) & 0o170000 not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise BrokenPackage(
                    archive, info.filename, _("is a link or a special file, which is not allowed")
                )
            yield info.filename, None if info.is_dir() else packed.open(info)


def _unpack(entries: Iterator[Entry], scratch: Path, archive: str, most: int) -> None:
    left, seen = most, set[str]()
    for number, (name, source) in enumerate(entries, 1):
        if number > MAX_ENTRIES:
            raise BrokenPackage(
                archive, name, message(_("expected at most {most} entries"), most=MAX_ENTRIES)
            )
        inside = _safe_path(name, archive)
        if source is None or inside is None:
            continue
        if inside.as_posix().casefold() in seen:
            raise BrokenPackage(archive, name, _("is in the archive more than once"))
        seen.add(inside.as_posix().casefold())
        left = _copy(source, scratch / inside, left, archive, name)


def _safe_path(name: str, archive: str) -> PurePosixPath | None:
    """Return the path of an entry, or None for the top folder itself."""
    path = PurePosixPath(name)
    if name.startswith("/") or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        raise BrokenPackage(archive, name, _("expected a path inside the package"))
    if len(name) > MAX_PATH:
        raise BrokenPackage(
            archive,
            name[:60],
            message(_("expected a path of at most {most} characters"), most=MAX_PATH),
        )
    if path.name.lower().endswith(NESTED) and not {*DOWNLOADS} & {*path.parts[:-1]}:
        raise BrokenPackage(
            archive, name, _("is an archive inside the archive, which is not allowed")
        )
    return path if path.parts else None


def _copy(source: IO[bytes], target: Path, left: int, archive: str, name: str) -> int:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        out = target.open("xb")
    except OSError as error:
        raise BrokenPackage(
            archive, name, _("cannot be written next to the other files (the name clashes)")
        ) from error
    with source, out:
        while piece := source.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise BrokenPackage(
                    archive, name, _("the archive is larger than allowed when unpacked")
                )
            out.write(piece)
    return left
