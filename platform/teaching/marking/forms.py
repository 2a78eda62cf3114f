"""The form of a mark: a level of each criterion, or points, and a comment."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from courses.answers.numerals import current_language, read_number, to_plain, write_number
from courses.gradebook.marks import LONGEST_COMMENT, MarkNote, PastMark
from courses.gradebook.percents import describe_points, round_points
from courses.questions.rubric import Criterion, share_of_levels
from teaching.grades.forms import TeacherForm

PREFIX = "level-"


class MarkForm(TeacherForm):
    """A mark of one answer; `points` are those of the question when it was asked."""

    comment = forms.CharField(
        label=lazy("Comment (the learner can read it)"),
        max_length=LONGEST_COMMENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, str] | None,
        *,
        rubric: tuple[Criterion, ...],
        points: Fraction,
        before: PastMark | None,
    ) -> None:
        super().__init__(data, initial=_initial(points, before))
        self.rubric, self.points = rubric, points
        for criterion in rubric:
            self.fields[PREFIX + criterion.id] = _level_field(criterion)
        if not rubric:
            self.fields["points"] = forms.CharField(
                label=_("Points, from 0 to {most}").format(most=_write(points)),
                max_length=20,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                error_messages={"required": lazy("Enter the points.")},
            )

    @property
    def criteria(self) -> list[forms.BoundField]:
        """The fields of the rubric."""
        return [self[PREFIX + criterion.id] for criterion in self.rubric]

    def clean_points(self) -> Fraction:
        """Read points in the language of the page."""
        reading = read_number(self.cleaned_data["points"], current_language())
        if reading is None or not reading.certain or not 0 <= reading.value <= self.points:
            text = _("Enter a number from 0 to {most}.").format(most=_write(self.points))
            raise forms.ValidationError(text)
        if (100 * reading.value).denominator != 1:
            raise forms.ValidationError(_("Enter points with at most two decimal places."))
        return reading.value

    def read_share(self) -> Fraction:
        """Return the share of the points of a valid form."""
        share = share_of_levels(self.rubric, self.read_note().levels)
        if share is not None:
            return share
        found: Fraction = self.cleaned_data["points"]
        return found / self.points

    def read_note(self) -> MarkNote:
        """Return the comment and the chosen levels of a valid form."""
        cleaned = self.cleaned_data
        levels = {each.id: cleaned[PREFIX + each.id] for each in self.rubric}
        return MarkNote(cleaned["comment"], levels)


def _level_field(criterion: Criterion) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=criterion.text,
        choices=[
            (level.id, f"{level.text} ({describe_points(level.points, criterion.most)})")
            for level in criterion.levels
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a level of “{criterion}”.").format(criterion=criterion.text)
        },
    )


def _initial(points: Fraction, before: PastMark | None) -> dict[str, Any]:
    if before is None:
        return {}
    levels = {PREFIX + criterion: level for criterion, level in before.note.levels.items()}
    return {
        "seen": before.id,
        "comment": before.note.comment,
        "points": _write(before.share * points),
        **levels,
    }


def _write(points: Fraction) -> str:
    return write_number(to_plain(round_points(points, points)), current_language())
