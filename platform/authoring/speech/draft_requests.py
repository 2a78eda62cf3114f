"""Ask for captions from a video's sound, change a draft of them, and remove it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

import pipeline
from accounts.models import User
from accounts.name_order import by_name
from authoring.speech.models import SpeechDraft, name_language
from courses.models import Course
from courses.refused_file import RefusedFile
from work_queue.turns import wait_for_turn

Json = dict[str, Any]
TASK: Final = "authoring.tasks.draft_captions_due"
TURN: Final = "authoring.ask_for_captions"
# The videos of a course can be queued together, but one person does not fill the queue.
MAX_PENDING: Final = 20


class ChangedMeanwhile(Exception):
    """The draft is no longer what the page was opened with."""


def is_available() -> bool:
    """Return whether the operator names a speech program."""
    return settings.SPEECH_PROGRAM is not None


def list_languages() -> dict[str, str]:
    """Return the languages that can be chosen, by code, each in its own words."""
    known = {lang: name_language(lang) for lang, info in LANG_INFO.items() if "name_local" in info}
    return dict(by_name(known.items(), lambda each: each[1]))


def guess_language(lang: str) -> str:
    """Return the choice for a course in this language; "" where there is none."""
    try:
        return str(get_language_info(lang.lower())["code"])
    except KeyError:
        return ""


def drafts_of(course: Course, unit: UUID) -> QuerySet[SpeechDraft]:
    return SpeechDraft.objects.filter(course=course, unit=unit).order_by("asked_at")


def find_draft(course: Course, unit: UUID, lang: str) -> SpeechDraft | None:
    """Return captions that are there to be checked."""
    return drafts_of(course, unit).filter(lang=lang, state="there").first()


@transaction.atomic
def ask(
    course: Course, code: UUID, unit: Mapping[str, Any], lang: str, *, by: User, now: datetime
) -> SpeechDraft:
    """Queue captions for the unit's video; raises RefusedFile."""
    film = unit["files"].get("video")
    if not is_available():
        raise RefusedFile(_("This site has no speech model. Upload the captions as a file."))
    if lang not in list_languages():
        raise RefusedFile(_("Select the language that is spoken in the video."))
    if not film:
        raise RefusedFile(_("Upload the video first."))
    if has_track(unit, lang):
        raise RefusedFile(
            _("This video already has captions in {language}. Remove them first.").format(
                language=name_language(lang)
            )
        )
    # Each request counts the others.
    wait_for_turn(TURN)
    _check_others(course, code, lang, by)
    row = SpeechDraft.objects.create(
        author=by.code, course=course, unit=code, lang=lang, film=film, asked_at=now, due_at=now
    )
    transaction.on_commit(partial(pipeline.wake, TASK, queue="slow"))
    return row


def _check_others(course: Course, code: UUID, lang: str, by: User) -> None:
    """Remove a failed draft in this language; RefusedFile for another one, or for too many."""
    drafts_of(course, code).filter(lang=lang, state="failed").delete()
    if drafts_of(course, code).filter(lang=lang).exists():
        raise RefusedFile(
            _("There is already a draft in {language}. Use it or remove it first.").format(
                language=name_language(lang)
            )
        )
    if SpeechDraft.objects.filter(author=by.code, state="pending").count() >= MAX_PENDING:
        raise RefusedFile(
            _(
                "{number} of your videos are waiting for captions. Wait for one of them, or cancel "
                "one."
            ).format(number=MAX_PENDING)
        )


def has_track(unit: Mapping[str, Any], lang: str) -> bool:
    """Return whether the unit has captions in this language."""
    return any(row["lang"].lower() == lang.lower() for row in unit["files"]["captions"])


def remove(course: Course, code: UUID, lang: str, state: str) -> None:
    """Cancel a queued draft, or delete one; a worker on it stops by itself.

    A draft that has left the `state` that the Author saw stays.
    """
    drafts_of(course, code).filter(lang=lang, state=state).delete()


def change(draft: SpeechDraft, cues: list[Json], revision: str) -> None:
    """Store changed cues; ChangedMeanwhile unless the page was opened at this revision."""
    rows = SpeechDraft.objects.filter(pk=draft.pk, state="there", revision=draft.revision)
    values = {"cues": cues, "revision": draft.revision + 1}
    if revision != str(draft.revision) or not rows.update(**values):
        raise ChangedMeanwhile
