"""The form for the name of a group."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models.learner_group import LONGEST_NAME
from teaching.grades.forms import TeacherForm

NAME_TAKEN = _("Another group of this course has this name. Choose another name.")


class GroupForm(TeacherForm):
    """The name of a group; its Learners read it."""

    name = forms.CharField(
        label=_("Name of the group"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter a name for the group.")},
    )

    def say_taken(self) -> None:
        """Report that another group has this name."""
        self.add_error("name", NAME_TAKEN)
