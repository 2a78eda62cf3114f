"""The form of the grade categories: one part for each, and an empty one for the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.gradebook.course_totals import CategorySettings, load_categories, stamp_of
from courses.models import Course, GradeCategory, Unit
from courses.models.grade_category import MOST_WEIGHT
from teaching.grades.forms import TeacherForm, WholeNumberField

MOST_CATEGORIES: Final = 12
MOST_DROPPED: Final = 20
ENTER_WEIGHT: Final = _("Enter a weight from 1 to 100.")
ENTER_DROPPED: Final = _("Enter how many of the lowest grades do not count, from 0 to 20.")


class GradeCategoryForm(TeacherForm):
    """One category: its name, its weight, and the tests in it."""

    title = forms.CharField(
        label=_("Name"),
        max_length=GradeCategory._meta.get_field("title").max_length,
        error_messages={"required": _("Enter a name for each category.")},
    )
    weight = WholeNumberField(
        unit="%",
        label=_("Weight in percent"),
        min_value=1,
        max_value=MOST_WEIGHT,
        error_messages=dict.fromkeys(("required", "min_value", "max_value"), ENTER_WEIGHT),
    )
    drop_lowest = WholeNumberField(
        label=_("Lowest grades to drop"),
        min_value=0,
        max_value=MOST_DROPPED,
        required=False,
        error_messages=dict.fromkeys(("min_value", "max_value"), ENTER_DROPPED),
    )
    tests = forms.TypedMultipleChoiceField(
        label=_("Tests"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, tests: Sequence[Unit], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tests"].choices = [(unit.pk, unit.title) for unit in tests]  # type: ignore[attr-defined]

    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("title", "weight", "drop_lowest")]

    def read_settings(self) -> CategorySettings:
        cleaned = self.cleaned_data
        return CategorySettings(
            title=cleaned["title"],
            weight=cleaned["weight"],
            drop_lowest=cleaned["drop_lowest"] or 0,
            tests=tuple(cleaned["tests"]),
        )


class CategoriesForm(forms.BaseFormSet):  # type: ignore[type-arg]
    """All categories of a course, with the `stamp` of those that it shows."""

    stamp = ""

    def read_stamp(self) -> str:
        """Return the stamp that was sent with the form."""
        return str(self.data.get("stamp", ""))

    def clean(self) -> None:
        if any(self.errors):
            return
        found = self.read_settings()
        titles = Counter(each.title.casefold() for each in found)
        if max(titles.values(), default=1) > 1:
            raise forms.ValidationError(_("Give each category a name of its own."))
        uses = Counter(test for each in found for test in each.tests)
        if max(uses.values(), default=1) > 1:
            raise forms.ValidationError(_("Select each test in one category only."))

    def read_settings(self) -> list[CategorySettings]:
        """Return the categories that are filled in and not to be deleted."""
        used = (form for form in self.forms if form.has_changed() or form.initial)
        return [form.read_settings() for form in used if not form.cleaned_data.get("DELETE")]

    def problem(self) -> str:
        """Return all errors once each, as sentences."""
        found = [*self.non_form_errors(), *(form.problem() for form in self.forms if form.errors)]
        return " ".join(dict.fromkeys(str(each) for each in found))


def build_categories_form(
    course: Course, tests: Sequence[Unit], data: Any = None
) -> CategoriesForm:
    """Return the form with the categories as they are now."""
    made = forms.formset_factory(
        GradeCategoryForm,
        formset=CategoriesForm,
        extra=1,
        can_delete=True,
        max_num=MOST_CATEGORIES,
        validate_max=True,
    )
    found = load_categories(course, tests)
    initial = [{**asdict(each), "tests": list(each.tests)} for each in found]
    form = cast("CategoriesForm", made(data, initial=initial, form_kwargs={"tests": tests}))
    form.stamp = form.read_stamp() or stamp_of(found)
    return form
