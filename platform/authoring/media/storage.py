"""The files of a course under MEDIA_ROOT/<course code>/, each named by its content.

A name contains the digest of the content, so an import never changes a file in use. A failed import
leaves only new files, and these are removed again.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.slugs import slug
from authoring.translatable_message import message
from courses.picture_files import SIGNATURES

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


class MediaShelf:
    """Collects the files that a course uses while it is read, and stores them at the end."""

    def __init__(self, root: Path, code: UUID, media_root: Path, media_url: str) -> None:
        self._root = root.resolve()
        self._folder = media_root / str(code)
        self._code = code
        self._url = media_url
        self._wanted: dict[str, Path] = {}
        self._made: list[Path] = []

    def add(self, name: str, *, kinds: tuple[str, ...], where: tuple[str, str]) -> str:
        """Add a file of the package; return its future path under MEDIA_ROOT."""
        path = self._root / name
        if not path.is_file():
            raise BrokenPackage(
                *where, message(_("expected the file {name}, found none"), name=name)
            )
        if path.is_symlink() or not path.resolve().is_relative_to(self._root):
            raise BrokenPackage(*where, message(_("expected {name} inside the package"), name=name))
        suffix = _find_suffix(path, kinds, where)
        shelved = path.name if self._is_stored(path) else _name_by_content(path, suffix)
        self._wanted[shelved] = path
        return f"{self._code}/{shelved}"

    def _is_stored(self, path: Path) -> bool:
        """Return whether the course's own folder has the file under the name of its content.

        Such a file is not read again: a course is published in a web request, and may have
        gigabytes of video.
        """
        digest = _DIGEST.search(path.stem)
        in_folder = path.parent == self._folder.resolve()
        return bool(
            in_folder and digest and path.name == shelved_name(path.stem, digest[1], path.suffix)
        )

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
        """Copy the files that are missing; a copy appears as a whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, source in self._wanted.items():
            target = self._folder / name
            if target.exists():
                continue
            part = self._folder / f".{uuid.uuid4().hex}.part"
            self._made += [part, target]
            shutil.copyfile(source, part)
            part.replace(target)

    def remove_copies(self) -> None:
        """Remove the copies after a failed import."""
        for path in self._made:
            path.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def remove_unused(self, versions: Iterable[str]) -> None:
        """Remove files of the course that neither it nor its `versions` (as texts) use."""
        old = {path for path in self._folder.iterdir() if path.name not in self._wanted}
        for text in versions:
            old -= {path for path in old if path.name in text}
        for path in old:
            path.unlink()


def shelved_name(stem: str, digest: str, suffix: str) -> str:
    """Return the name of a stored file; the digest of an earlier storing is dropped."""
    bare = _DIGEST.sub("", stem)
    return f"{slug(bare, 'file')}-{digest[:12]}{suffix}"


def _name_by_content(path: Path, suffix: str) -> str:
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
    raise BrokenPackage(
        *where,
        message(_("expected a {kinds} file, got {name}"), kinds=" or ".join(kinds), name=path.name),
    )
