"""What stands around every page of a Teacher: the course, and where one may go in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from courses.models import Course

PLACES = (
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
class Place:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    title: str
    lang: str
    slug: str
    places: tuple[Place, ...]


def frame_of(course: Course, current: str) -> Frame:
    places = (
        Place(str(label), reverse(_route(name), args=[course.slug]), name == current)
        for name, label in PLACES
    )
    return Frame(course.title, course.language, course.slug, tuple(places))


def _route(name: str) -> str:
    return name if ":" in name else f"teaching:{name}"


def teacher(request: HttpRequest) -> User:
    """Who is here; `require_person` stands before each view that asks."""
    if not isinstance(request.user, User):
        raise TypeError("expected somebody signed in, got nobody")
    return request.user
