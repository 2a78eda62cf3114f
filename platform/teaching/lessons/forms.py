"""The form for a note to the authors of a lesson."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teaching.grades.forms import TeacherForm
from teaching.lessons.recording_notes import LONGEST_NOTE, MOST_OPEN


class RecordingNoteForm(TeacherForm):
    """The text of a note; the authors of the course read it."""

    text = forms.CharField(
        label=_("Note for re-recording"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Enter a note.")},
    )

    def __init__(self, *given: Any, has_room: bool = True, **named: Any) -> None:
        super().__init__(*given, **named)
        self.has_room = has_room

    def clean(self) -> None:
        """Refuse another note where too many are open: one that is not seen would be lost."""
        if not self.has_room:
            text = _("This lesson already has {n} notes. Mark one as done first.")
            raise forms.ValidationError(text.format(n=MOST_OPEN))
