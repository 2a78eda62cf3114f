"""The worker of caption drafts: take the sound of each video, and run the speech program on it."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_noop as _

from accounts.models import User
from authoring import course_package as packages
from authoring.access import courses_written_by
from authoring.films.conversion import BrokenFilm
from authoring.films.film_uploads import RESERVE
from authoring.media import ffmpeg
from authoring.speech import recogniser, sound_files
from authoring.speech.draft_requests import has_track
from authoring.speech.models import SpeechDraft
from authoring.translatable_message import TranslatableMessage, message, to_stored
from authoring.versions import drafts
from courses.media.media_store import LocalCopies, open_copies, open_store, storing_time
from courses.media.stored_file import StoreUnavailable
from work_queue.due_rows import describe_error, take_lease

logger = logging.getLogger(__name__)
Json = dict[str, Any]
Clock = Callable[[], datetime]
LEASE: Final = timedelta(minutes=10)
MAX_TRIES: Final = 3
TELL_EVERY_S: Final = 1.0
NO_PROGRAM: Final = message(_("This site no longer has a speech model. Upload a file instead."))
NO_SOUND: Final = message(_("The video has no sound, so there is nothing to draft."))
NO_SPEECH: Final = message(
    _("The speech model found no speech. Check the language, or upload a file instead.")
)
UNKNOWN_LANGUAGE: Final = message(
    _("The speech model does not know this language. Select another one, or upload a file.")
)
NOT_DRAFTED: Final = message(
    _("The speech model failed. Tell the site administrator, or upload a file instead.")
)
TOO_SLOW: Final = message(
    _("The speech model took too long. Tell the site administrator, or upload a file instead.")
)
NO_SPACE: Final = message(
    _(
        "This site does not have enough space to read the sound of the video. Tell the site "
        "administrator, and try again later."
    )
)
NOT_READ: Final = message(
    _("The sound of the video could not be read. Upload the video again, then draft the captions.")
)
REPLACED: Final = message(_("The video was replaced meanwhile. Draft the captions again."))
HAS_TRACK: Final = message(
    _("The video has got captions in this language meanwhile. The draft was not kept.")
)
NOT_AUTHOR: Final = message(
    _("The person who asked is no longer an author of this course. Draft the captions again.")
)


class FailedDraft(Exception):
    """There are no captions; `why` says what to do."""

    def __init__(self, why: TranslatableMessage) -> None:
        super().__init__(why.source)
        self.why = why


class DraftCancelled(Exception):
    """An Author cancelled the draft, its unit is gone, or another worker took it."""


def process_due(*, now: Clock) -> int:
    """Draft the next queued captions; return how many there were.

    One at a time, so that other work of the slow worker comes between two videos.
    """
    row = take_lease(SpeechDraft.objects.all(), now=now(), lease=LEASE)
    if row is None:
        return 0
    _process(row, now)
    return 1


def _process(row: SpeechDraft, now: Clock) -> None:
    try:
        if row.tries > MAX_TRIES:
            raise FailedDraft(NOT_DRAFTED)
        cues = _draft(row, now)
        _find_unit(row)
        _finish(row, state="there", percent=100, cues=cues)
    except DraftCancelled:
        pass
    except FailedDraft as failed:
        _fail(row, failed.why)
    except StoreUnavailable:
        # The draft is due again when its lease ends, as often as it takes.
        logger.warning("speech.postponed")
        _still_queued(row).update(tries=row.tries - 1)
    except recogniser.LanguageUnknown:
        _fail(row, UNKNOWN_LANGUAGE)
    except recogniser.TooSlow:
        logger.warning("speech.too_slow")
        _fail(row, TOO_SLOW)
    except BrokenFilm:
        logger.warning("speech.broken_film")
        _fail(row, NOT_READ)
    except recogniser.BrokenProgram:
        # What the program wrote is not logged, because it may be words of the video.
        logger.warning("speech.broken_program")
        _fail(row, NOT_DRAFTED)
    except Exception as error:  # noqa: BLE001 - one video stops no other
        logger.error("speech.failed", extra=describe_error(error))
        _fail(row, NOT_DRAFTED)


def _draft(row: SpeechDraft, now: Clock) -> list[Json]:
    """Return the cues; raises FailedDraft and what `recognise` raises."""
    program: Path | None = settings.SPEECH_PROGRAM
    if program is None:
        raise FailedDraft(NO_PROGRAM)
    seconds = _find_unit(row)["duration"]
    tell = _make_reporter(row, now)
    with sound_files.make_folder(row.id) as folder:
        sound = folder / "sound.wav"
        with open_copies(str(row.course.code)) as copies:
            _take_sound(_fetch(row, copies, now), seconds, sound, tell)
        cues = recogniser.recognise(program, sound, row.lang, seconds, tell)
    if not cues:
        raise FailedDraft(NO_SPEECH)
    return cues


def _fetch(row: SpeechDraft, copies: LocalCopies, now: Clock) -> Path:
    """Return the film on this disk, and keep the row for as long as that takes."""
    file = open_store().find(f"{row.course.code}/{row.film}")
    if file is None:
        raise FailedDraft(REPLACED)
    if not _still_queued(row).update(due_at=now() + LEASE + storing_time(file.size)):
        raise DraftCancelled
    try:
        return copies.path(row.film)
    except FileNotFoundError as error:
        raise FailedDraft(REPLACED) from error


def _take_sound(film: Path, seconds: float, sound: Path, tell: Callable[[int], None]) -> None:
    """Write the sound of the film; raises FailedDraft and BrokenFilm."""
    found = ffmpeg.has_sound(film)
    if found is None:
        raise BrokenFilm("no answer about the sound")
    if not found:
        raise FailedDraft(NO_SOUND)
    if shutil.disk_usage(sound.parent).free < sound_files.most_bytes(seconds) + RESERVE:
        raise FailedDraft(NO_SPACE)
    # Taking the sound is a small part of the work, and counts as none of it.
    sound_files.extract(film, seconds, sound, lambda _percent: tell(0))


def _find_unit(row: SpeechDraft) -> Json:
    """Return the unit of the draft; FailedDraft or DraftCancelled where captions have no place."""
    by = User.objects.filter(code=row.author, is_active=True).first()
    if by is None or not courses_written_by(by).filter(pk=row.course_id).exists():
        raise FailedDraft(NOT_AUTHOR)
    package = drafts.working_copy_of(row.course).package
    try:
        unit = packages.find_unit(row.course, package, row.unit)
    except Http404 as error:
        # There is no page on which this could be read.
        _still_queued(row).delete()
        raise DraftCancelled from error
    if unit["files"].get("video") != row.film:
        raise FailedDraft(REPLACED)
    if has_track(unit, row.lang):
        raise FailedDraft(HAS_TRACK)
    return unit


def _fail(row: SpeechDraft, why: TranslatableMessage) -> None:
    _finish(row, state="failed", why=to_stored([why]))


def _finish(row: SpeechDraft, **values: Any) -> None:
    """Store the outcome; nothing where the draft was cancelled or taken meanwhile."""
    _still_queued(row).update(due_at=None, **values)


def _still_queued(row: SpeechDraft) -> QuerySet[SpeechDraft]:
    return SpeechDraft.objects.filter(pk=row.pk, state="pending", tries=row.tries)


def _make_reporter(row: SpeechDraft, now: Clock) -> Callable[[int], None]:
    """Return a function that stores the progress at intervals, and stops a cancelled draft."""
    reported_at = time.monotonic() - TELL_EVERY_S

    def tell(percent: int) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at < TELL_EVERY_S:
            return
        reported_at = time.monotonic()
        if not _still_queued(row).update(percent=percent, due_at=now() + LEASE):
            raise DraftCancelled

    return tell
