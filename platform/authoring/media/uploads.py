"""Check and store a file that an Author uploads; its content decides its type.

A file of another kind, too large or empty is refused before the draft changes. A name contains the
digest of the content, so no file in use is overwritten.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from authoring.media import captions
from authoring.media.storage import KINDS, shelved_name
from courses.media.media_store import open_store
from courses.models import Course
from courses.refused_file import RefusedFile

MB: Final = 1024 * 1024
HEAD: Final = 16


@dataclass(frozen=True, slots=True)
class UploadKind:
    """The files that are accepted in one place."""

    words: str | Promise
    suffixes: tuple[str, ...]
    most: int


VIDEO: Final = UploadKind(lazy("an MP4 or WebM video"), (".mp4", ".webm"), 1024 * MB)
# In pieces, and of any kind that ffmpeg converts.
FILM: Final = UploadKind(lazy("an MP4, MOV, MKV or WebM video"), (".mp4", ".webm"), 4096 * MB)
POSTER: Final = UploadKind(lazy("a PNG, JPEG or WebP image"), (".png", ".jpg", ".webp"), 5 * MB)
CAPTIONS: Final = UploadKind(lazy("a caption file (.vtt or .srt)"), (".vtt", ".srt"), 1 * MB)


def shelve(course: Course, sent: UploadedFile[Any] | None, wanted: UploadKind) -> str:
    """Store the file and return its name in the course; raises RefusedFile."""
    file = check_upload(sent, wanted)
    suffix, digest = suffix_of(file, wanted), hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    name = shelved_name(Path(str(sent)).stem, digest.hexdigest(), suffix)
    file.seek(0)
    assert file.file is not None  # noqa: S101 - its pieces were just read
    open_store().save(f"{course.code}/{name}", file.file)
    return name


@contextmanager
def open_on_disk(sent: UploadedFile[Any] | None, wanted: UploadKind) -> Iterator[Path]:
    """Yield a path of the uploaded file, with its right suffix, to look into it before it is
    stored. Raises RefusedFile.
    """
    file = check_upload(sent, wanted)
    suffix = suffix_of(file, wanted)
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / f"upload{suffix}"
        if isinstance(file, TemporaryUploadedFile):
            path.symlink_to(file.temporary_file_path())
        else:
            path.write_bytes(file.read())
            file.seek(0)
        yield path


def shelve_text(course: Course, name: str, text: str) -> str:
    """Store a text that was written on this site; return its name in the course."""
    return shelve_bytes(course, name, text.encode())


def shelve_bytes(course: Course, name: str, content: bytes) -> str:
    """Store a file that was made on this site; the suffix is that of the name."""
    path = Path(name)
    shelved = shelved_name(path.stem, hashlib.sha256(content).hexdigest(), path.suffix)
    open_store().save(f"{course.code}/{shelved}", BytesIO(content))
    return shelved


def read_text(sent: UploadedFile[Any] | None, wanted: UploadKind) -> tuple[str, bool]:
    """Return the text of a small file, and whether its encoding was guessed; raises RefusedFile."""
    try:
        content: bytes = check_upload(sent, wanted).read()
        return captions.decode(content)
    except ValueError as error:
        raise RefusedFile(
            _("The file is not in UTF-8. Save it as UTF-8 and upload it again.")
        ) from error


def check_upload(sent: UploadedFile[Any] | None, wanted: UploadKind) -> UploadedFile[Any]:
    """Return the file if it is neither empty nor too large; raises RefusedFile."""
    if sent is None or not sent.size:
        raise RefusedFile(_("Select {wanted}.").format(wanted=wanted.words))
    if sent.size > wanted.most:
        raise RefusedFile(
            _("The file is larger than {size} MB. Upload a smaller one.").format(
                size=wanted.most // MB
            )
        )
    return sent


def suffix_of(sent: UploadedFile[Any], wanted: UploadKind) -> str:
    """Return the suffix that fits the first bytes, whatever the file's name; raises RefusedFile."""
    head = sent.read(HEAD)
    sent.seek(0)
    for suffix in wanted.suffixes:
        if any(head[at:].startswith(magic) for at, magic in KINDS.get(suffix, ())):
            return suffix
    raise RefusedFile(
        _("This file is not {wanted}. Select another file.").format(wanted=wanted.words)
    )
