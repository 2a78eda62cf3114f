"""The worker of uploaded videos: convert each, and put it into the draft of its course."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_noop as _

from accounts.models import User
from authoring import course_package as packages
from authoring.access import courses_written_by
from authoring.editor.units.video_files import NewFilm, with_film
from authoring.films import conversion, film_files
from authoring.films.conversion import BrokenFilm, Rendition
from authoring.films.film_uploads import RESERVE
from authoring.films.models import Upload
from authoring.media import ffmpeg, video_metadata
from authoring.media.storage import KINDS, name_by_content
from authoring.media.uploads import FILM, HEAD
from authoring.media.video_metadata import VideoMetadata
from authoring.translatable_message import TranslatableMessage, message, to_stored
from authoring.versions import drafts, publication
from courses.media.media_store import open_store, storing_time
from courses.media.stored_file import StoreUnavailable
from courses.models import Course
from work_queue.due_rows import describe_error, take_lease

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
LEASE: Final = timedelta(minutes=10)
MAX_TRIES: Final = 3
TELL_EVERY_S: Final = 1.0
NOT_A_FILM: Final = message(
    _("The file is not a video that can be converted. Export it as MP4 and upload it again.")
)
NO_LENGTH: Final = message(
    _("The video has no picture or no length. Export it as MP4 and upload it again.")
)
NOT_CONVERTED: Final = message(
    _("The video could not be converted. Export it as MP4 with H.264 and upload it again.")
)
NO_SPACE: Final = message(
    _(
        "This site does not have enough space to convert the video. Tell the site administrator, "
        "and upload the video again later."
    )
)
LOST: Final = message(_("Part of the video is no longer here. Upload the video again."))
UNIT_GONE: Final = message(_("The unit is no longer in the draft. Nothing was changed."))
NOT_AUTHOR: Final = message(_("You are no longer an author of this course."))


class FailedFilm(Exception):
    """There is no video; `why` says what to do."""

    def __init__(self, why: TranslatableMessage) -> None:
        super().__init__(why.source)
        self.why = why


class UploadCancelled(Exception):
    """The Author cancelled the upload, or another worker took it."""


def process_due(*, now: Clock) -> int:
    """Convert the next queued video; return how many there were.

    One at a time, so that other work of the slow worker comes between two videos.
    """
    row = take_lease(Upload.objects.all(), now=now(), lease=LEASE)
    if row is None:
        return 0
    _process(row, now)
    return 1


def _process(row: Upload, now: Clock) -> None:
    try:
        if row.tries > MAX_TRIES:
            raise FailedFilm(NOT_CONVERTED)
        _convert(row, now)
    except UploadCancelled:
        if not Upload.objects.filter(pk=row.pk).exists():
            film_files.delete(row.id)
    except FailedFilm as failed:
        _fail(row, failed.why)
    except StoreUnavailable:
        # The upload is due again, as often as it takes.
        logger.warning("film.postponed")
        _still_queued(row).update(tries=row.tries - 1, due_at=now() + LEASE)
    except BrokenFilm as broken:
        logger.warning("film.broken %s", type(broken).__name__)
        _fail(row, NOT_CONVERTED)
    except Exception as error:  # noqa: BLE001 - one video stops no other
        logger.error("film.failed", extra=describe_error(error))
        _fail(row, NOT_CONVERTED)


def _fail(row: Upload, why: TranslatableMessage) -> None:
    if _still_queued(row).update(state="failed", due_at=None, why=to_stored([why])):
        film_files.delete(row.id)


def _still_queued(row: Upload) -> QuerySet[Upload]:
    return Upload.objects.filter(pk=row.pk, state="pending", tries=row.tries)


def _convert(row: Upload, now: Clock) -> None:
    if settings.MEDIA_BUCKET is not None:
        _renew(row, row.length, now)
        _fetch(row)
    film = _name_by_kind(film_files.path_of(row.id))
    facts = measure(film)
    if shutil.disk_usage(film.parent).free < conversion.most_bytes(facts) + RESERVE:
        raise FailedFilm(NO_SPACE)
    with tempfile.TemporaryDirectory(dir=film.parent) as name:
        into = Path(name)
        found = conversion.convert(film, facts, into, _make_reporter(row, now))
        poster = conversion.take_poster(found[0].path, facts.seconds, into / "poster.jpg")
        original = film if row.keeps_original else None
        kept = [*(each.path for each in found), *([original] if original else [])]
        _renew(row, sum(path.stat().st_size for path in kept), now)
        with _remove_if_it_fails(row) as added:
            _place(row, _shelve(row, facts, found, poster, original, added), now())
    film_files.delete(row.id)


def _fetch(row: Upload) -> None:
    """Copy the video from the bucket to this disk; raises FailedFilm."""
    film_files.folder().mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(film_files.folder()).free < row.length + RESERVE:
        raise FailedFilm(NO_SPACE)
    try:
        film_files.join_pieces(row.id, row.length)
    except film_files.LostPiece as error:
        raise FailedFilm(LOST) from error


@contextmanager
def _remove_if_it_fails(row: Upload) -> Iterator[list[str]]:
    """Delete the files in the list if the block fails, unless something refers to them.

    They stay if another worker has taken the row, because it may use them.
    """
    added: list[str] = []
    try:
        yield added
    except BaseException:
        ours = _still_queued(row).exists() or not Upload.objects.filter(pk=row.pk).exists()
        if added and ours:
            _delete_unnamed(row, added)
        raise


def _delete_unnamed(row: Upload, names: list[str]) -> None:
    """Delete the files but those that a version names, as after another upload of this video."""
    try:
        with transaction.atomic():
            with suppress(Course.DoesNotExist):
                drafts.lock(row.course)
            for text in publication.version_texts(row.course):
                names = [name for name in names if name.partition("/")[2] not in text]
            open_store().delete(names)
    except StoreUnavailable:
        # The next import into the course removes them.
        logger.error("film.files_left: %d", len(names))


def _renew(row: Upload, size: int, now: Clock) -> None:
    """Keep the row for as long as it takes to store this many bytes, or to fetch them."""
    if not _still_queued(row).update(due_at=now() + LEASE + storing_time(size)):
        raise UploadCancelled


def _name_by_kind(path: Path) -> Path:
    """Return the file under a name with the suffix that fits its content."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    suffix = ""
    for each in FILM.suffixes:
        if any(head[at:].startswith(magic) for at, magic in KINDS[each]):
            suffix = each
    if not suffix:
        raise FailedFilm(NOT_A_FILM)
    named = path.with_suffix(suffix)
    named.unlink(missing_ok=True)
    named.hardlink_to(path)
    return named


def measure(film: Path) -> VideoMetadata:
    """Return length and upright size of the video; raises FailedFilm."""
    facts = video_metadata.measure(film)
    if not ffmpeg.codec_of(film):
        raise FailedFilm(NOT_A_FILM)
    if not (facts.seconds and facts.width and facts.height):
        raise FailedFilm(NO_LENGTH)
    return facts


def _make_reporter(row: Upload, now: Clock) -> Callable[[int], None]:
    """Return a function that stores the progress at intervals, and stops a cancelled upload."""
    reported_at = time.monotonic() - TELL_EVERY_S

    def tell(percent: int) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at < TELL_EVERY_S:
            return
        reported_at = time.monotonic()
        if not _still_queued(row).update(percent=percent, due_at=now() + LEASE):
            raise UploadCancelled

    return tell


def _shelve(
    row: Upload,
    facts: VideoMetadata,
    found: list[Rendition],
    poster: Path | None,
    original: Path | None,
    added: list[str],
) -> NewFilm:
    """Publish the files, and list in `added` those that the course had not."""
    files: list[dict[str, Any]] = [
        {"src": _move(row, each.path, added), "width": each.width, "height": each.height}
        for each in found
    ]
    best, *others = files
    return NewFilm(
        video=best["src"],
        seconds=facts.seconds,
        width=best["width"],
        height=best["height"],
        renditions=tuple(others),
        poster=_move(row, poster, added) if poster else "",
        original=_move(row, original, added) if original else "",
    )


def _move(row: Upload, path: Path, added: list[str]) -> str:
    """Publish a file of the course under the name of its content; return the name."""
    name = name_by_content(path, path.suffix)
    store, stored = open_store(), f"{row.course.code}/{name}"
    if store.find(stored) is None:
        added.append(stored)
        store.move_in(stored, path)
    return name


def _require_files(row: Upload, film: NewFilm) -> None:
    """Raise StoreUnavailable if another upload of this video or an import has deleted a file."""
    names = [film.video, film.poster, film.original, *(each["src"] for each in film.renditions)]
    if any(open_store().find(f"{row.course.code}/{name}") is None for name in names if name):
        raise StoreUnavailable("a file was deleted before it was named")


@transaction.atomic
def _place(row: Upload, film: NewFilm, now: datetime) -> None:
    """Save the draft with the video as the next step, whatever else was saved meanwhile."""
    by = User.objects.filter(code=row.author, is_active=True).first()
    if by is None or not courses_written_by(by).filter(pk=row.course_id).exists():
        raise FailedFilm(NOT_AUTHOR)
    drafts.lock(row.course)
    _require_files(row, film)
    working = drafts.working_copy_of(row.course)
    try:
        unit: dict[str, Any] = packages.find_unit(row.course, working.package, row.unit)
    except Http404 as error:
        raise FailedFilm(UNIT_GONE) from error
    package = packages.with_unit(working.package, with_film(unit, film))
    saved = drafts.save(row.course, package, stamp=working.stamp, by=by, now=now)
    done = {"state": "there", "due_at": None, "percent": 100, "step": saved.stamp}
    if not _still_queued(row).update(**done):
        raise UploadCancelled
