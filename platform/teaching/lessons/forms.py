"""The form for a note to the authors of a lesson."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from teaching.grades.forms import TeacherForm
from teaching.lessons.recording_notes import LONGEST_NOTE


class RecordingNoteForm(TeacherForm):
    """The text of a note; the authors of the course read it."""

    text = forms.CharField(
        label=_("Note for re-recording"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Enter a note.")},
    )
