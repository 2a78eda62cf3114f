"""Requests to import a package: send, choose, confirm, cancel and undo."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

import audit
import pipeline
from accounts.models import User
from authoring import translatable_message
from authoring.access import courses_written_by
from authoring.imports.models import LONGEST_NAME, WAITING, Arrival
from authoring.imports.target import Target
from authoring.media.uploads import MB
from authoring.versions import publication
from courses.media.media_store import open_copies, open_store
from courses.media.orphans import delete_orphans
from courses.media.stored_file import ARRIVALS, StoreUnavailable
from courses.models import AnswerFile, Course, OpenAnswer, Response
from courses.refused_file import RefusedFile

logger = logging.getLogger(__name__)
TASK: Final = "authoring.tasks.bring_in_due"
MAX_BYTES: Final = 2048 * MB
MAX_WAITING: Final = 5
MAX_WAIT: Final = timedelta(days=7)
NOT_CONFIRMED: Final = gettext_noop("You did not confirm the import within {days} days.")
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class CannotUndo(Exception):
    """The import cannot be undone; the text gives the reason."""


def name_of(row: Arrival) -> str:
    """Return the name of the package in the store; readers look only at its content."""
    return f"{ARRIVALS}/{row.id}/course"


@contextmanager
def open_package(row: Arrival) -> Iterator[Path]:
    """Yield a path of the package on this disk. Raises FileNotFoundError, StoreUnavailable."""
    with open_copies() as copies:
        yield copies.path(name_of(row))


def imports_of(by: User) -> QuerySet[Arrival]:
    """Return this Author's imports, newest first."""
    return Arrival.objects.filter(author=by.code).select_related("course").order_by("-sent_at")


def send(sent: UploadedFile[Any] | None, *, target: Target, by: User, now: datetime) -> Arrival:
    """Store the file and queue its import; raises RefusedFile."""
    if sent is None or not sent.size:
        raise RefusedFile(
            _("Select a file: a course package, or questions as Moodle XML, GIFT or CSV.")
        )
    if sent.size > MAX_BYTES:
        raise RefusedFile(
            _("The file is larger than {size} MB. Upload the course in parts.").format(
                size=MAX_BYTES // MB
            )
        )
    if imports_of(by).filter(state__in=WAITING).count() >= MAX_WAITING:
        raise RefusedFile(
            _(
                "{number} of your files are still waiting. Finish or cancel one of them first."
            ).format(number=MAX_WAITING)
        )
    row = Arrival(author=by.code, name=_file_name(sent), bytes=sent.size, sent_at=now, due_at=now)
    row.slug, row.title, row.updates = target.slug, target.title, target.updates
    _store_file(row, sent)
    with transaction.atomic():
        row.save()
        transaction.on_commit(_wake)
    return row


def _store_file(row: Arrival, sent: UploadedFile[Any]) -> None:
    """Copy the file to its place; RefusedFile, without a partial file, where the disk is full."""
    assert sent.file is not None  # noqa: S101 - it has a size
    sent.seek(0)
    try:
        open_store().save(name_of(row), sent.file)
    except OSError as error:
        delete_file(row)
        if error.errno not in NO_ROOM:
            raise
        raise RefusedFile(
            _(
                "Not uploaded: this site does not have enough space for the file now. Try again "
                "later, or tell the site administrator."
            )
        ) from error


def _wake() -> None:
    pipeline.wake(TASK, queue="slow")


@transaction.atomic
def choose(id: UUID, part: str, *, by: User, now: datetime) -> None:
    """Store which course of the file to import, and queue the import again."""
    row = (
        imports_of(by).select_for_update(of=["self"]).filter(pk=id, state="ready", part="").first()
    )
    if row is not None and part in row.parts:
        row.part, row.state, row.due_at = part, "owed", now
        row.save(update_fields=["part", "state", "due_at"])
        transaction.on_commit(_wake)


@transaction.atomic
def split(row: Arrival, names: list[str], *, now: datetime) -> None:
    """Queue each course of the file: the first in this row, the others in new rows.

    Does nothing where another worker took the row, or its Author cancelled it.
    """
    queued = Arrival.objects.filter(pk=row.pk, state="owed", tries=row.tries)
    if not queued.update(part=names[0], parts=names, due_at=now, tries=0):
        return
    for name in names[1:]:
        other = Arrival(author=row.author, name=row.name, bytes=row.bytes, sent_at=row.sent_at)
        other.part, other.parts, other.due_at = name, names, now
        open_store().copy(name_of(row), name_of(other))
        other.save()


@transaction.atomic
def confirm(id: UUID, *, by: User, now: datetime) -> None:
    """Store the Author's consent to the changes, and queue the import."""
    ready = imports_of(by).filter(pk=id, state="ready", changes__isnull=False)
    if ready.update(state="owed", due_at=now):
        transaction.on_commit(_wake)


def cancel(id: UUID, *, by: User) -> None:
    """Delete the file and its row; a worker that is reading it stops."""
    for row in imports_of(by).filter(pk=id, state__in=WAITING):
        delete_file(row)
        row.delete()


def delete_file(row: Arrival) -> None:
    """Delete the file; its content is in the course.

    While the store is away, the file stays until `clear_expired`.
    """
    with suppress(StoreUnavailable):
        open_store().delete([name_of(row)])


def clear_expired(*, now: datetime) -> None:
    """Refuse files that were not confirmed in a week, and delete files whose row is gone."""
    ready = Arrival.objects.filter(state="ready")
    why = translatable_message.to_stored(
        [translatable_message.message(NOT_CONFIRMED, days=MAX_WAIT.days)]
    )
    for row in ready.filter(sent_at__lte=now - MAX_WAIT):
        if ready.filter(pk=row.pk).update(state="refused", why=why):
            delete_file(row)
    waiting = Arrival.objects.filter(state__in=WAITING)
    delete_orphans(ARRIVALS, "/course", lambda: [name_of(row) for row in waiting], now=now)


@transaction.atomic
def undo(id: UUID, *, by: User, now: datetime) -> Arrival:
    """Undo an import: restore the version before it, or delete the new course.

    Raises CannotUndo.
    """
    row = imports_of(by).select_for_update(of=["self"]).filter(pk=id, state="there").first()
    if row is None or row.course is None:
        raise CannotUndo(_("The import was already undone, or the course no longer exists."))
    if not courses_written_by(by).filter(pk=row.course.pk).exists():
        raise CannotUndo(_("You are no longer an author of this course."))
    if row.before is not None:
        publication.go_back(row.course, row.before.number, by=by, now=now, cause="undone")
    else:
        _delete_course(row.course, by)
        row.course = row.made = None
    row.state = "undone"
    row.save(update_fields=["state", "course", "made"])
    return row


def _delete_course(course: Course, by: User) -> None:
    """Delete a course that was new, unless people are in it, whose work would be lost."""
    others = course.enrolments.exclude(user=by).exists()
    answers = Response.objects, OpenAnswer.objects, AnswerFile.objects
    if others or any(rows.filter(question__course=course).exists() for rows in answers):
        raise CannotUndo(
            _(
                "Someone is already enrolled in this course or has answered in it, and their work "
                "is kept. Remove its units under “Content” instead."
            )
        )
    public = {"act": "removed", "course": course.slug}
    audit.record("course.edit", actor=by.code, subject=None, public=public)
    try:
        course.delete()
    except ProtectedError as error:
        raise CannotUndo(_("This course has its own rules, which are kept.")) from error
    transaction.on_commit(partial(_delete_files, course))


def _delete_files(course: Course) -> None:
    """Delete the files of a course."""
    store = open_store()
    try:
        store.delete([file.name for file in store.list_files(str(course.code))])
    except (StoreUnavailable, OSError):
        logger.error("media.course_files_left: %s", course.code)


def _file_name(sent: UploadedFile[Any]) -> str:
    name = Path(str(sent)).name
    return name if len(name) <= LONGEST_NAME else name[-LONGEST_NAME:]
