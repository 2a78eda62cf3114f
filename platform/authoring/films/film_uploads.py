"""Receive a video in pieces: begin, append, cancel and expire.

An offset is stored only after its bytes are on disk, or in the bucket, so that a sender who
continues at the stored offset never leaves a gap.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Final, Protocol
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

import pipeline
from accounts.models import User
from authoring.films import film_files
from authoring.films.models import Upload
from authoring.imports.import_requests import NO_ROOM
from authoring.media.uploads import FILM, MB
from courses.models import Course
from courses.refused_file import RefusedFile
from work_queue.turns import wait_for_turn

TASK: Final = "authoring.tasks.convert_films_due"
TURN: Final = "authoring.begin_upload"
MAX_PIECE: Final = 8 * MB
MAX_ARRIVING: Final = 3
MAX_WAIT: Final = timedelta(days=7)
# Space on the disk that an upload never takes.
RESERVE: Final = 1024 * MB
READ_SIZE: Final = 64 * 1024


class Stream(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes: ...


class WrongOffset(Exception):
    """The piece begins elsewhere than the bytes that are here end."""


class TooManyBytes(Exception):
    """The piece goes beyond the length of the file."""


class NoRoom(Exception):
    """The disk is full."""


def uploads_of(by: User) -> QuerySet[Upload]:
    return Upload.objects.filter(author=by.code)


@transaction.atomic
def begin(
    course: Course, unit: UUID, length: int, *, keeps_original: bool, by: User, now: datetime
) -> Upload:
    """Create an empty upload; raises RefusedFile."""
    if not 0 < length <= FILM.most:
        raise RefusedFile(
            _("The file must have between 1 byte and {size} GB.").format(
                size=FILM.most // MB // 1024
            )
        )
    # Each upload that begins counts the others.
    wait_for_turn(TURN)
    if uploads_of(by).filter(state="arriving").count() >= MAX_ARRIVING:
        raise RefusedFile(
            _(
                "{number} of your uploads are not finished. Finish or cancel one of them first."
            ).format(number=MAX_ARRIVING)
        )
    if settings.MEDIA_BUCKET is None:
        _check_room(length)
    row = Upload(
        author=by.code,
        course=course,
        unit=unit,
        length=length,
        keeps_original=keeps_original,
        sent_at=now,
        expires_at=now + MAX_WAIT,
    )
    if settings.MEDIA_BUCKET is None:
        path = film_files.path_of(row.id)
        path.parent.mkdir(parents=True)
        path.touch()
        _sync_folder(path.parent)
    row.save()
    return row


def _check_room(length: int) -> None:
    """Raise RefusedFile unless the file, its conversions and the other uploads have room."""
    film_files.folder().mkdir(parents=True, exist_ok=True)
    promised = sum(row.length - row.offset for row in Upload.objects.filter(state="arriving"))
    if shutil.disk_usage(film_files.folder()).free < 2 * length + promised + RESERVE:
        raise RefusedFile(
            _(
                "This site does not have enough space for the file now. Try again later, or tell "
                "the site administrator."
            )
        )


@transaction.atomic
def append(id: UUID, offset: int, piece: Stream, *, by: User, now: datetime) -> Upload | None:
    """Store a piece and return the upload; None if this person has no such upload.

    Raises WrongOffset, TooManyBytes, NoRoom and StoreUnavailable, and then counts nothing.
    """
    try:
        row = uploads_of(by).select_for_update(nowait=True).filter(pk=id).first()
    except OperationalError as error:
        raise WrongOffset from error
    if row is None:
        return None
    if row.offset != offset or row.state != "arriving":
        raise WrongOffset
    row.offset += _write(row.id, offset, piece, most=row.length - offset)
    row.expires_at = now + MAX_WAIT
    if row.offset == row.length:
        row.state, row.due_at = "pending", now
        transaction.on_commit(_wake)
    row.save(update_fields=["offset", "expires_at", "state", "due_at"])
    return row


def _write(id: UUID, offset: int, piece: Stream, *, most: int) -> int:
    """Store the piece at the offset, and return its size once it is stored."""
    if settings.MEDIA_BUCKET is not None:
        content = BytesIO()
        size = _copy(piece, content, most)
        content.seek(0)
        film_files.store_piece(id, offset, content)
        return size
    try:
        with film_files.path_of(id).open("r+b") as out:
            out.seek(offset)
            size = _copy(piece, out, most)
            out.truncate()
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        if error.errno in NO_ROOM:
            raise NoRoom from error
        raise
    return size


def _copy(piece: Stream, out: IO[bytes], most: int) -> int:
    size = 0
    while part := piece.read(READ_SIZE):
        size += len(part)
        if size > most:
            raise TooManyBytes
        out.write(part)
    return size


def _sync_folder(path: Path) -> None:
    """Store the names in the folder, which may else be lost with the power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _wake() -> None:
    pipeline.wake(TASK, queue="slow")


@transaction.atomic
def cancel(id: UUID, *, by: User) -> bool:
    """Delete the upload and its file; return whether this person had it.

    A conversion that ends at the same moment comes before or after: the row is locked.
    """
    rows = uploads_of(by).filter(pk=id).exclude(state="there")
    row = rows.select_for_update().first()
    if row is None:
        return False
    row.delete()
    transaction.on_commit(partial(film_files.delete, id))
    return True


def clear_expired(*, now: datetime) -> None:
    """Delete uploads that stopped a week ago, and files whose row is gone or done."""
    Upload.objects.filter(state="arriving", expires_at__lte=now).delete()
    waiting = Upload.objects.filter(state__in=("arriving", "pending"))
    film_files.delete_others(set(waiting.values_list("id", flat=True)), now=now)
