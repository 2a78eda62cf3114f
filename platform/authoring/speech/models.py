"""A SpeechDraft: captions that a speech program is asked for, or has written, for one unit."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import get_language_info

from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, NUMBER, PUBLIC, closed, holds, matches

STATES: Final = ("pending", "there", "failed")


def forget(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Delete this Author's drafts when their account is erased; accepted captions stay."""
    return 0 if scopes is not None else SpeechDraft.objects.filter(author=subject).delete()[0]


@holds(
    subject=None,
    category="caption draft",
    scope=None,
    columns={
        "id": CODE,
        "author": CODE,
        "course": LINK,
        "unit": CODE,
        "lang": CODE,
        "film": CODE,
        "asked_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "percent": NUMBER,
        "state": CODE,
        "cues": PUBLIC,
        "revision": NUMBER,
        "why": PUBLIC,
    },
    erase=forget,
    retain="30d",
    clock="asked_at",
)
class SpeechDraft(models.Model):
    """Captions in `lang` for the video with the file `film`; with `due_at` set they are queued.

    They are kept apart from the draft of the course, so nothing that publishes, previews or exports
    can show them to a Learner. `revision` counts the Author's changes, and `why` says why there are
    no captions.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.UUIDField()
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    unit = models.UUIDField()
    lang = models.CharField(max_length=35)
    film = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=7, default="pending")
    cues = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=0)
    why = models.JSONField(default=list)

    class Meta:
        constraints = [
            closed("state", STATES, name="authoring_speechdraft_state"),
            matches("lang", r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", name="authoring_speechdraft_lang"),
            matches("film", r"^[A-Za-z0-9._-]+$", name="authoring_speechdraft_film"),
            models.UniqueConstraint(
                fields=["course", "unit", "lang"], name="authoring_speechdraft_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="pending", due_at__isnull=False)
                | (~models.Q(state="pending") & models.Q(due_at=None)),
                name="authoring_speechdraft_pending",
            ),
            models.CheckConstraint(
                condition=models.Q(state="there") | models.Q(cues=[]),
                name="authoring_speechdraft_cues",
            ),
            models.CheckConstraint(
                condition=models.Q(percent__lte=100), name="authoring_speechdraft_percent"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="authoring_speechdraft_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id}, {self.state}"

    @property
    def label(self) -> str:
        """The language in its own words, as players show it."""
        return name_language(self.lang)


def name_language(lang: str) -> str:
    """Return the language in its own words; its code where Django does not know it."""
    try:
        name = str(get_language_info(lang)["name_local"])
    except KeyError:
        return lang
    return capfirst(name)
