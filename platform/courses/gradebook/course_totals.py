"""The course total: the weighted mean of the grade categories.

Only tests with a grade count, so it is the total so far. A Teacher sets a grade of 0 where a
missing test should count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

from django.db import transaction

import audit
from accounts.models import User
from courses.gradebook.percents import round_percent
from courses.models import Course, GradeCategory, Unit


@dataclass(frozen=True, slots=True)
class CategorySettings:
    """A category as a Teacher sets it, with the pks of its tests."""

    title: str
    weight: int
    drop_lowest: int
    tests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CategoryTotal:
    """The mean of one category; `percent` is None until one of its tests has a grade.

    `counted` of its `tests` are in the mean: dropped grades and tests without a grade are not.
    """

    title: str
    weight: int
    drop_lowest: int
    percent: int | None
    counted: int
    tests: int


@dataclass(frozen=True, slots=True)
class CourseTotal:
    """The total of one Learner; `percent` is None until a test that counts has a grade."""

    percent: int | None
    categories: tuple[CategoryTotal, ...]


def list_graded_tests(course: Course) -> list[Unit]:
    return list(course.units.filter(position__isnull=False, scenario="graded"))


def load_categories(course: Course, units: Iterable[Unit]) -> list[CategorySettings]:
    """Return the categories of a course, each with those of `units` that belong to it."""
    members: dict[int | None, list[int]] = {}
    for unit in units:
        members.setdefault(unit.grade_category_id, []).append(unit.pk)
    return [
        CategorySettings(row.title, row.weight, row.drop_lowest, tuple(members.get(row.pk, ())))
        for row in course.grade_categories.all()
    ]


class StaleCategories(Exception):
    """The categories were changed since they were shown."""


def stamp_of(categories: Sequence[CategorySettings]) -> str:
    """Return a digest of the categories, which differs when one of them was changed."""
    content = json.dumps([asdict(each) for each in categories])
    return hashlib.sha256(content.encode()).hexdigest()


@transaction.atomic
def replace_categories(
    course: Course, settings: Sequence[CategorySettings], *, stamp: str, by: User
) -> None:
    """Replace the categories of a course, and record a leaf.

    Raises StaleCategories where they are no longer those of the stamp.
    """
    Course.objects.select_for_update().get(pk=course.pk)
    if stamp != stamp_of(load_categories(course, list_graded_tests(course))):
        raise StaleCategories
    course.grade_categories.all().delete()
    for each in settings:
        row = GradeCategory.objects.create(
            course=course, title=each.title, weight=each.weight, drop_lowest=each.drop_lowest
        )
        course.units.filter(pk__in=each.tests).update(grade_category=row)
    public = {"course": course.slug, "what": "course_total"}
    audit.record("course.edit", actor=by.code, subject=None, public=public)


def compute_total(
    categories: Sequence[CategorySettings], percents: Mapping[int, int]
) -> CourseTotal | None:
    """Return the total of one Learner from the percent of each test by its pk.

    None where the course has no categories.
    """
    if not categories:
        return None
    means = [_mean_of(each, percents) for each in categories]
    known = [(mean, each.weight) for mean, each in zip(means, categories, strict=True) if mean]
    weights = sum(weight for _, weight in known)
    total = sum((mean.value * weight for mean, weight in known), Fraction(0))
    rows = tuple(_describe(each, mean) for each, mean in zip(categories, means, strict=True))
    return CourseTotal(round_percent(total / weights) if known else None, rows)


@dataclass(frozen=True, slots=True)
class _CategoryMean:
    value: Fraction
    counted: int


def _mean_of(category: CategorySettings, percents: Mapping[int, int]) -> _CategoryMean | None:
    """Return the mean without the lowest grades; the best grade always counts."""
    found = sorted(percents[pk] for pk in category.tests if pk in percents)
    counted = found[min(category.drop_lowest, len(found) - 1) :] if found else []
    return _CategoryMean(Fraction(sum(counted), len(counted)), len(counted)) if counted else None


def _describe(category: CategorySettings, mean: _CategoryMean | None) -> CategoryTotal:
    return CategoryTotal(
        title=category.title,
        weight=category.weight,
        drop_lowest=category.drop_lowest,
        percent=None if mean is None else round_percent(mean.value),
        counted=0 if mean is None else mean.counted,
        tests=len(category.tests),
    )
