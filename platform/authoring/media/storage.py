"""The published files of a course, under <course code>/, each named by its content.

A name contains the digest of the content, so an import never changes a file in use. A failed import
leaves only new files, and these are removed again.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.slugs import slug
from authoring.translatable_message import message
from courses.media.media_store import open_store
from courses.media.orphans import AGE
from courses.media.stored_file import StoreUnavailable
from courses.picture_files import SIGNATURES

logger = logging.getLogger(__name__)
# suffix -> the bytes with which such a file begins, and their offset
KINDS: dict[str, tuple[tuple[int, bytes], ...]] = {
    # QuickTime of older cameras begins with another box than MP4.
    ".mp4": tuple((4, box) for box in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
    ".webm": ((0, b"\x1a\x45\xdf\xa3"),),
    ".vtt": ((0, b"WEBVTT"), (3, b"WEBVTT")),
    **{suffix: (signature,) for suffix, signature in SIGNATURES.items()},
    ".gif": ((0, b"GIF8"),),
}
_DIGEST = re.compile(r"-([0-9a-f]{12})$")


class Shelf(Protocol):
    """Where a reader finds the files that a course names."""

    def add(self, name: str, *, kinds: tuple[str, ...], where: tuple[str, str]) -> str:
        """Add a file; return the name under which it is published. Raises BrokenPackage."""

    def read_bytes(self, name: str) -> bytes:
        """Return a small file; raises FileNotFoundError."""

    def url(self, shelved: str) -> str:
        """Return the URL of a path that `add` returned."""


class StoredShelf:
    """The files that a course has already: they were checked when they were stored.

    None is read again: a course is published in a web request, and may have gigabytes of video.
    """

    def __init__(self, code: UUID, media_url: str) -> None:
        self._code, self._url = code, media_url

    def add(self, name: str, *, kinds: tuple[str, ...], where: tuple[str, str]) -> str:
        stored = f"{self._code}/{name}"
        if stored not in self._stored:
            raise _not_found(name, where)
        if Path(name).suffix not in kinds:
            raise _wrong_kind(name, kinds, where)
        return stored

    def read_bytes(self, name: str) -> bytes:
        return open_store().read_bytes(f"{self._code}/{name}")

    def url(self, shelved: str) -> str:
        return f"{self._url}{shelved}"

    @cached_property
    def _stored(self) -> frozenset[str]:
        return _names_of(self._code)


class MediaShelf:
    """Collects the files that a course uses while it is read, and stores them at the end."""

    def __init__(self, root: Path, code: UUID, media_url: str) -> None:
        self._root = root.resolve()
        self._code = code
        self._url = media_url
        self._wanted: dict[str, Path] = {}
        self._made: list[str] = []

    def add(self, name: str, *, kinds: tuple[str, ...], where: tuple[str, str]) -> str:
        """Add a file of the package; return the name under which it is published."""
        path = self._root / name
        if not path.is_file():
            raise _not_found(name, where)
        if path.is_symlink() or not path.resolve().is_relative_to(self._root):
            raise BrokenPackage(*where, message(_("expected {name} inside the package"), name=name))
        shelved = name_by_content(path, _find_suffix(path, kinds, where))
        self._wanted[shelved] = path
        return f"{self._code}/{shelved}"

    def read_bytes(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def contains(self, name: str) -> bool:
        """Return whether a file of the package was added."""
        return self._root / name in self._wanted.values()

    def source_of(self, shelved: str) -> Path:
        """Return the file of the package for a path that `add` returned."""
        return self._wanted[Path(shelved).name]

    def url(self, shelved: str) -> str:
        """Return the URL of a path that `add` returned."""
        return f"{self._url}{shelved}"

    def copy_files(self) -> None:
        """Store the files that are missing."""
        store, stored_before = open_store(), _names_of(self._code)
        for name, source in self._wanted.items():
            stored = f"{self._code}/{name}"
            if stored not in stored_before:
                self._made.append(stored)
                with source.open("rb") as file:
                    store.save(stored, file)

    def has_copies(self) -> bool:
        """Return whether files were stored that `remove_copies` has not removed."""
        return bool(self._made)

    def remove_copies(self) -> None:
        """Remove the copies after a failed import."""
        try:
            open_store().delete(self._made)
            self._made = []
        except StoreUnavailable:
            # The next import into the course removes them, if there is one.
            logger.error("media.copies_left: %d", len(self._made))

    def remove_unused(self, load_versions: Callable[[], Iterable[str]], *, now: datetime) -> None:
        """Remove old files of the course that neither it nor its versions (as texts) use.

        A new file may get its name in a version only later. The versions are read after the list,
        so that a file that was named meanwhile stays.
        """
        wanted, before = {f"{self._code}/{name}" for name in self._wanted}, (now - AGE).timestamp()
        try:
            files = open_store().list_files(str(self._code))
            old = {file.name for file in files if file.stored_at < before} - wanted
            for text in load_versions():
                old -= {name for name in old if name.partition("/")[2] in text}
            open_store().delete(old)
        except StoreUnavailable:
            # The course is stored; the next import into it removes them.
            logger.error("media.unused_left")


def _names_of(code: UUID) -> frozenset[str]:
    return frozenset(file.name for file in open_store().list_files(str(code)))


def shelved_name(stem: str, digest: str, suffix: str) -> str:
    """Return the name of a stored file; the digest of an earlier storing is dropped."""
    bare = _DIGEST.sub("", stem)
    return f"{slug(bare, 'file')}-{digest[:12]}{suffix}"


def name_by_content(path: Path, suffix: str) -> str:
    """Return the name under which this file is stored."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return shelved_name(path.stem, digest, suffix)


def _find_suffix(path: Path, kinds: tuple[str, ...], where: tuple[str, str]) -> str:
    """Return the suffix that fits the content: OATutor's pictures are JPEG and named .gif."""
    with path.open("rb") as file:
        head = file.read(16)
    for suffix in kinds:
        if any(head[at:].startswith(magic) for at, magic in KINDS[suffix]):
            return suffix
    raise _wrong_kind(path.name, kinds, where)


def _not_found(name: str, where: tuple[str, str]) -> BrokenPackage:
    return BrokenPackage(*where, message(_("expected the file {name}, found none"), name=name))


def _wrong_kind(name: str, kinds: tuple[str, ...], where: tuple[str, str]) -> BrokenPackage:
    what = _("expected a {kinds} file, got {name}")
    return BrokenPackage(*where, message(what, kinds=" or ".join(kinds), name=name))
