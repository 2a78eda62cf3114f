"""The database refuses a caption draft that says two things at once."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from authoring.speech.models import SpeechDraft

pytestmark = pytest.mark.django_db
CUES = [{"start": 1, "end": 2, "text": "said"}]


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"cues": CUES}, "cues"),
        ({"cues": CUES, "state": "failed", "due_at": None}, "cues"),
        ({"percent": 101}, "percent"),
        ({"state": "there"}, "pending"),
        ({"due_at": None}, "pending"),
        ({"state": "used", "due_at": None}, "state"),
        ({"lang": "English"}, "lang"),
        ({"film": "a/b.mp4"}, "film"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(desk, values, rule):
    desk.ask()
    with pytest.raises(IntegrityError, match=f"authoring_speechdraft_{rule}"), transaction.atomic():
        SpeechDraft.objects.update(**values)


def test_a_long_name_of_a_film_is_kept_whole(desk):
    desk.ask()
    SpeechDraft.objects.update(film=f"{'a' * 251}.mp4")
    assert len(SpeechDraft.objects.get().film) == 255
