"""The drafted captions of a unit, as its page lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.urls import reverse

from authoring import translatable_message
from authoring.speech import draft_requests
from authoring.speech.models import SpeechDraft
from courses.models import Course

KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ListedDraft:
    """One draft; `url` is the page on which it is checked."""

    lang: str
    label: str
    state: str
    has_begun: bool
    percent: int
    why: str
    url: str
    kept_until: datetime


@dataclass(frozen=True, slots=True)
class SpeechPanel:
    """The drafts of a unit, and the languages in which one can be asked for."""

    url: str
    drafts: tuple[ListedDraft, ...]
    languages: Mapping[str, str]
    lang: str

    @property
    def waits(self) -> bool:
        return any(draft.state == "pending" for draft in self.drafts)


def make_panel(course: Course, code: UUID, unit: Mapping[str, Any], lang: str) -> SpeechPanel:
    """Return the panel of a video unit; `lang` is the language of the course."""
    rows = draft_requests.drafts_of(course, code).defer("cues")
    # One that was accepted is kept only for the case that this is undone.
    listed = [row for row in rows if not draft_requests.has_track(unit, row.lang)]
    known = draft_requests.list_languages() if draft_requests.is_available() else {}
    return SpeechPanel(
        url=reverse("authoring:unit", args=[course.slug, code]),
        drafts=tuple(_list(row, course) for row in listed),
        languages={
            each: name for each, name in known.items() if not draft_requests.has_track(unit, each)
        },
        lang=draft_requests.guess_language(lang),
    )


def _list(row: SpeechDraft, course: Course) -> ListedDraft:
    return ListedDraft(
        lang=row.lang,
        label=row.label,
        state=row.state,
        has_begun=row.tries > 0,
        percent=row.percent,
        why=translatable_message.format_stored(row.why),
        url=reverse("authoring:captions", args=[course.slug, row.unit, row.lang]),
        kept_until=row.asked_at + KEPT,
    )
