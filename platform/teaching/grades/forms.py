"""Forms about tests: a grade with its reason, extra attempts for one Learner, dates, regrades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as noop

from accounts.site.date_field import CourseDateField
from courses.answers.numerals import read_whole
from courses.gradebook.grades import LONGEST_REASON
from courses.gradebook.regrade_preview import RegradePreview
from courses.models import GroupDates, Unit
from teaching.grades.regrade_view_model import TREATMENT_WORDS

ONLY_QUESTION = _(
    "It is the only question that counts in some attempts, so it cannot be left out. "
    "Give every learner the point instead."
)
MOST_ATTEMPTS = 50
LONGEST_MIN = 24 * 60
WHOLE = _("Enter a whole number without a point or comma, such as 20.")
SCENARIOS = (
    ("course", _("Quiz with hints (not a test)")),
    ("practice", _("Practice test (not graded)")),
    ("graded", _("Graded test (never sensed)")),
)


class WholeNumberField(forms.IntegerField):
    """A whole number that is written the same in every language; percentages may end in %."""

    widget = forms.TextInput

    def __init__(self, unit: str = "", **given: Any) -> None:
        super().__init__(**given)
        self.unit = unit
        self.widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        found = read_whole(str(value), self.unit)
        if found is None:
            raise forms.ValidationError(WHOLE)
        return found


class TeacherForm(forms.Form):
    """A form that can report all its errors as one text."""

    def problem(self) -> str:
        """Return all errors, as sentences."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


class GradeForm(TeacherForm):
    """A grade that overrides the test's own."""

    percent = WholeNumberField(
        unit="%",
        label=_("Grade in percent"),
        min_value=0,
        max_value=100,
        error_messages={"required": _("Enter a grade from 0 to 100.")},
    )
    reason = forms.CharField(
        label=_("Reason (the learner can read it)"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Enter a reason. The learner can read it.")},
    )


class ExtraForm(TeacherForm):
    """Extra attempts, a later date, or both."""

    attempts = WholeNumberField(
        label=_("Extra attempts"), min_value=0, max_value=MOST_ATTEMPTS, required=False
    )
    due_at = CourseDateField(noop("New due date"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("attempts") and not cleaned.get("due_at"):
            raise forms.ValidationError(_("Enter at least one extra attempt or a later date."))
        return cleaned


class UnitDatesForm(TeacherForm):
    """When a unit opens and is due, and how a quiz is taken; empty = no such limit."""

    scenario = forms.ChoiceField(label=_("Type"), choices=SCENARIOS)
    opens_at = CourseDateField(noop("Opens"))
    due_at = CourseDateField(noop("Due"))
    attempts = WholeNumberField(
        label=_("Attempts"), min_value=1, max_value=MOST_ATTEMPTS, required=False
    )
    minutes = WholeNumberField(
        label=_("Time limit (minutes)"), min_value=1, max_value=LONGEST_MIN, required=False
    )

    def __init__(self, unit: Unit, data: Any = None) -> None:
        now = {
            "scenario": unit.scenario,
            "opens_at": unit.opens_at,
            "due_at": unit.due_at,
            "attempts": unit.attempts,
            "minutes": unit.time_limit_s and max(1, unit.time_limit_s // 60),
        }
        super().__init__(data, initial=now)
        self.unit = unit
        if unit.random_questions:
            # Only attempts draw questions, so the quiz has to remain a test.
            self.fields["scenario"] = forms.ChoiceField(
                label=_("Type (a test with random questions cannot be a quiz in the course)"),
                choices=[choice for choice in SCENARIOS if choice[0] != "course"],
            )
        if unit.kind != "quiz":
            for name in ("scenario", "attempts", "minutes"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        opens, due = cleaned.get("opens_at"), cleaned.get("due_at")
        if opens and due and opens >= due:
            raise forms.ValidationError(_("“Opens” must be before “Due”."))
        return cleaned


class GroupDatesForm(TeacherForm):
    """When a unit opens and is due for a group; empty = the date of the class."""

    opens_at = CourseDateField(noop("Opens"))
    due_at = CourseDateField(noop("Due"))

    def __init__(self, own: GroupDates | None, data: Any = None) -> None:
        now = {"opens_at": own.opens_at, "due_at": own.due_at} if own else {}
        super().__init__(data, initial=now)


class RegradeForm(TeacherForm):
    """How to regrade a question; `treatments` are those that can change something."""

    keeps_higher = forms.BooleanField(
        label=_("Learners keep the higher grade: no grade goes down"), required=False
    )

    def __init__(self, treatments: Sequence[str], data: Any = None) -> None:
        super().__init__(data)
        self.fields["treatment"] = forms.ChoiceField(
            label=_("What should count?"),
            widget=forms.RadioSelect,
            choices=[(name, TREATMENT_WORDS[name]) for name in treatments],
        )


class RegradeReasonForm(TeacherForm):
    """The reason for the previewed regrade, and a confirmation if grades go down."""

    reason = forms.CharField(
        label=_("Reason (the learners can read it)"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Enter a reason. The learners can read it.")},
    )
    stamp = forms.CharField(widget=forms.HiddenInput)
    lowers = forms.BooleanField(required=False)

    def __init__(self, preview: RegradePreview, data: Any = None) -> None:
        super().__init__(data)
        self.preview = preview

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        is_same = cleaned.get("stamp") == self.preview.stamp
        if is_same and self.preview.lowered and not cleaned.get("lowers"):
            raise forms.ValidationError(_("Some grades go down. Confirm this below."))
        if self.preview.stuck:
            raise forms.ValidationError(ONLY_QUESTION)
        return cleaned
