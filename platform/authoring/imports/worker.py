"""The worker of queued imports: each is done as a whole or not at all, and reports progress."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from accounts.models import User
from authoring.errors import BrokenPackage
from authoring.imports import import_requests
from authoring.imports.import_course import (
    CourseChanged,
    Imported,
    NothingUsable,
    compare_package,
    import_package,
)
from authoring.imports.models import Arrival
from authoring.imports.read_package import SeveralCourses, read_package
from authoring.imports.target import Target
from authoring.translatable_message import TranslatableMessage, message, to_stored
from authoring.versions import diff
from courses.media.media_store import storing_time
from courses.media.stored_file import StoreUnavailable
from pipeline import time_box
from pipeline.time_box import Tell, TooSlow
from work_queue.due_rows import take_lease

Result = TypeVar("Result")
logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=10)
MAX_TRIES: Final = 3
TELL_EVERY_S: Final = 0.5
MAX_CPU_S: Final = 120
MAX_COURSES: Final = 20
NOT_READ: Final = message(
    _("The file could not be read completely. Nothing was changed. Try again.")
)
TOO_MANY: Final = _("it contains {found} courses; upload at most {most} at a time")
CHANGED: Final = message(_("The course has changed since you checked. Please check again."))


class ImportCancelled(Exception):
    """The Author cancelled the import, or another worker took it."""


def process_due(*, now: Callable[[], datetime]) -> int:
    """Process all queued imports, one after the other; return their number."""
    done = 0
    while (row := take_lease(Arrival.objects.all(), now=now(), lease=LEASE)) is not None:
        _process(row, now)
        done += 1
    return done


def _process(row: Arrival, now: Callable[[], datetime]) -> None:
    if row.tries > MAX_TRIES:
        _finish(row, {"state": "failed", "why": to_stored([NOT_READ])})
        return
    try:
        _read(row, now)
    except ImportCancelled:
        if not Arrival.objects.filter(pk=row.pk).exists():
            import_requests.delete_file(row)
    except NothingUsable as broken:
        left_out = dict(broken.left_out.most_common())
        _finish(row, {"state": "refused", "why": to_stored(broken.parts), "left_out": left_out})
    except BrokenPackage as broken:
        _finish(row, {"state": "refused", "why": to_stored(broken.parts)})
    except StoreUnavailable:
        # The row is due again, as often as it takes.
        logger.warning("arrival.postponed")
        _still_queued(row).update(tries=row.tries - 1, due_at=now() + LEASE)
    except Exception:
        logger.exception("arrival.failed")
        _finish(row, {"state": "failed", "why": to_stored([NOT_READ])})


def run_in_time_box(
    read: Callable[..., Result], *arguments: Any, file: str, tell: Tell, cpu_s: int
) -> Result:
    """Return `read(*arguments, tell)`, run as by `pipeline.time_box`.

    BrokenPackage names `file` where the time limit was exceeded.
    """
    try:
        return time_box.run_in_time_box(read, *arguments, tell=tell, cpu_s=cpu_s)
    except TooSlow as error:
        sentence = _("reading it takes longer than {seconds} s; upload it in smaller parts")
        raise BrokenPackage(file, "", message(sentence, seconds=cpu_s)) from error


def _ask_or_split(row: Arrival, names: list[str], now: datetime) -> None:
    """Import each course of the file as a new one, or ask the Author which one is meant."""
    if not _target_of(row).automatic:
        _still_queued(row).update(state="ready", due_at=None, tries=0, parts=names)
    elif len(names) > MAX_COURSES:
        what = message(TOO_MANY, found=len(names), most=MAX_COURSES)
        raise BrokenPackage(row.name, "", what)
    else:
        import_requests.split(row, names, now=now)


def _read(row: Arrival, now: Callable[[], datetime]) -> None:
    _renew(row, now)
    try:
        _compare_or_import(row, now)
    except SeveralCourses as several:
        _ask_or_split(row, several.names, now())


def _compare_or_import(row: Arrival, now: Callable[[], datetime]) -> None:
    if row.updates and row.changes is None:
        _compare(row, now, why=[])
        return
    try:
        _import(row, now)
    except CourseChanged:
        _compare(row, now, why=[CHANGED])


def _compare(row: Arrival, now: Callable[[], datetime], *, why: list[TranslatableMessage]) -> None:
    """Store what the update would change, for its Author to confirm."""
    with import_requests.open_package(row) as path:
        found = compare_package(path, **_options(row, now))
    _still_queued(row).update(
        state="ready",
        due_at=None,
        tries=0,
        before=found.before,
        changes=diff.as_json(found.changes),
        left_out=dict(found.left_out.most_common()),
        why=to_stored(why),
    )


def _import(row: Arrival, now: Callable[[], datetime]) -> None:
    """Import in one transaction with the row, so that a cancelled import leaves nothing."""

    def finish(done: Imported) -> None:
        found = {
            "course": done.course,
            "before": done.before,
            "made": done.made,
            "counts": {name: number for name, number in done.counts.items() if number},
            "left_out": dict(done.left_out.most_common()),
        }
        if not _still_queued(row).update(state="there", due_at=None, why=[], **found):
            raise ImportCancelled

    with import_requests.open_package(row) as path:
        import_package(path, **_options(row, now), seen=row.before, finish=finish)
    import_requests.delete_file(row)


def _options(row: Arrival, now: Callable[[], datetime]) -> dict[str, Any]:
    return {
        "now": now(),
        "tell": _make_reporter(row, now),
        "target": _target_of(row),
        "name": row.name,
        "by": _author(row),
        "read": partial(run_in_time_box, read_package, file=row.name, cpu_s=MAX_CPU_S),
    }


def _target_of(row: Arrival) -> Target:
    return Target(slug=row.slug, title=row.title, updates=row.updates, part=row.part)


def _author(row: Arrival) -> User:
    by = User.objects.filter(code=row.author, is_active=True).first()
    if by is None:
        raise ImportCancelled
    return by


def _make_reporter(row: Arrival, now: Callable[[], datetime]) -> Callable[[int, int], None]:
    """Return a function that stores the progress at intervals, and stops a cancelled import."""
    reported_at = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at < TELL_EVERY_S:
            return
        reported_at = time.monotonic()
        _renew(row, now, done=done, total=total)

    return tell


def _renew(row: Arrival, now: Callable[[], datetime], **values: int) -> None:
    """Keep the row, also for as long as it takes to store its files."""
    due_at = now() + LEASE + storing_time(row.bytes)
    if not _still_queued(row).update(due_at=due_at, **values):
        raise ImportCancelled


def _still_queued(row: Arrival) -> QuerySet[Arrival]:
    return Arrival.objects.filter(pk=row.pk, state="owed", tries=row.tries)


def _finish(row: Arrival, found: Mapping[str, Any]) -> None:
    if _still_queued(row).update(due_at=None, **found):
        import_requests.delete_file(row)
