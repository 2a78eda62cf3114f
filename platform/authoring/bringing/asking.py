"""Sending a package, giving it up, and taking back what it became."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext as _

import audit
import pipeline
from accounts.models import User
from authoring.access import courses_written_by
from authoring.bringing.model import LONGEST_NAME, Arrival
from authoring.uploads import MB, RefusedFile, folder_of
from authoring.versions import publishing
from courses.models import Course, Response

TASK: Final = "authoring.tasks.bring_in_due"
MOST: Final = 2048 * MB
MOST_WAITING: Final = 5
ENDINGS: Final = re.compile(r"(\.tar\.gz|\.tgz|\.tar|\.zip|\.gift|\.txt|\.csv|\.xml)$")


class CannotUndo(Exception):
    """Says in a sentence why what came in stays."""


def folder() -> Path:
    """Where packages wait to be read; nothing serves files from here."""
    return Path(settings.MEDIA_ROOT) / "arrivals"


def file_of(row: Arrival) -> Path:
    """Under a name that nobody chose; the readers look at what is in it."""
    ending = ENDINGS.search(row.name.lower())
    return folder() / str(row.id) / f"course{ending[1] if ending else ''}"


def mine(by: User) -> QuerySet[Arrival]:
    """What this Author sent, the last first."""
    return Arrival.objects.filter(author=by.code).select_related("course").order_by("-sent_at")


def send(sent: UploadedFile[Any] | None, *, slug: str, by: User, now: datetime) -> Arrival:
    """Keep the file and owe its reading; raises RefusedFile."""
    if sent is None or not sent.size:
        raise RefusedFile(_("Choose a file: a package, or questions as GIFT or CSV."))
    if sent.size > MOST:
        raise RefusedFile(
            _("The file is larger than {size} MB. Send the course in parts.").format(
                size=MOST // MB
            )
        )
    if mine(by).filter(state="owed").count() >= MOST_WAITING:
        raise RefusedFile(_("Several files are still being read. Wait until they are done."))
    row = Arrival(author=by.code, name=_name(sent), slug=slug, bytes=sent.size, sent_at=now)
    row.due_at = now
    path = file_of(row)
    path.parent.mkdir(parents=True)
    with path.open("xb") as out:
        for piece in sent.chunks():
            out.write(piece)
    with transaction.atomic():
        row.save()
        transaction.on_commit(lambda: pipeline.wake(TASK, queue="slow"))
    return row


def cancel(id: UUID, *, by: User) -> None:
    """Nobody waits for it any more; a worker that reads it stops."""
    for row in mine(by).filter(pk=id, state="owed"):
        clear(row)
        row.delete()


def clear(row: Arrival) -> None:
    """The file goes; what was read of it is in the course."""
    path = file_of(row)
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        path.parent.rmdir()


def clear_left(*, now: datetime) -> None:
    """Files whose row went: the Author's account, or a worker that died."""
    if not folder().is_dir():
        return
    known = {str(id) for id in Arrival.objects.filter(state="owed").values_list("id", flat=True)}
    for path in folder().iterdir():
        old = now.timestamp() - path.stat().st_mtime > 3600
        if path.name not in known and old and path.is_dir():
            for each in path.iterdir():
                each.unlink()
            path.rmdir()


@transaction.atomic
def undo(id: UUID, *, by: User, now: datetime) -> Arrival:
    """Take back what came in: the version before it again, or no such course; raises CannotUndo."""
    row = mine(by).select_for_update(of=["self"]).filter(pk=id, state="there").first()
    if row is None or row.course is None:
        raise CannotUndo(_("This was undone already, or the course is gone."))
    if not courses_written_by(by).filter(pk=row.course.pk).exists():
        raise CannotUndo(_("You do not write this course any more."))
    if row.before is not None:
        publishing.go_back(row.course, row.before.number, by=by, now=now, cause="undone")
    else:
        _remove(row.course, by)
        row.course = row.made = None
    row.state = "undone"
    row.save(update_fields=["state", "course", "made"])
    return row


def _remove(course: Course, by: User) -> None:
    """A course that was new goes, unless people are in it: what they did would go with it."""
    others = course.enrolments.exclude(user=by).exists()
    if others or Response.objects.filter(question__course=course).exists():
        raise CannotUndo(
            _(
                "Somebody is in this course already, and what they did in it is kept. "
                "Remove its units in the builder instead."
            )
        )
    public = {"act": "removed", "course": course.slug}
    audit.record("course.edit", actor=by.code, subject=None, public=public)
    try:
        course.delete()
    except ProtectedError as error:
        raise CannotUndo(_("This course has rules of its own, which are kept.")) from error
    transaction.on_commit(lambda: shutil.rmtree(folder_of(course), ignore_errors=True))


def _name(sent: UploadedFile[Any]) -> str:
    name = Path(str(sent)).name
    return name if len(name) <= LONGEST_NAME else name[-LONGEST_NAME:]
