"""The frame around a Teacher's pages: the course and its navigation."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Course

NAV_ITEMS = (
    ("now", _("Now")),
    ("board", _("Class summary")),
    ("videos", _("Videos")),
    ("topics", _("Skills")),
    ("items", _("Questions")),
    ("compare", _("Compare")),
    ("learners", _("Learners")),
    ("grades", _("Grades")),
    ("units", _("Dates")),
    ("rules", _("Rules")),
    ("level", pgettext_lazy("of the questions", "Difficulty")),
    ("effects", _("Experiments")),
    ("discussion:reports", _("Discussion")),
)


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class TeacherFrame:
    title: str
    lang: str
    slug: str
    places: tuple[NavItem, ...]


def frame_of(course: Course, current: str) -> TeacherFrame:
    places = (
        NavItem(str(label), reverse(_route(name), args=[course.slug]), name == current)
        for name, label in NAV_ITEMS
    )
    return TeacherFrame(course.title, course.language, course.slug, tuple(places))


def _route(name: str) -> str:
    return name if ":" in name else f"teaching:{name}"
