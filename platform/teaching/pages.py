"""What stands around every page of a Teacher: the course, and where one may go in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from courses.models import Course

PLACES = (
    ("now", "Now"),
    ("board", "Board"),
    ("videos", "Videos"),
    ("topics", "Topics"),
    ("items", "Questions"),
    ("compare", "Groups"),
    ("learners", "Learners"),
    ("grades", "Grades"),
    ("units", "Dates"),
    ("rules", "Rules"),
    ("level", "Level"),
    ("effects", "Effects"),
    ("discussion:reports", "Discussion"),
)


@dataclass(frozen=True, slots=True)
class Place:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    title: str
    slug: str
    places: tuple[Place, ...]


def frame_of(course: Course, current: str) -> Frame:
    places = (
        Place(label, reverse(_route(name), args=[course.slug]), name == current)
        for name, label in PLACES
    )
    return Frame(course.title, course.slug, tuple(places))


def _route(name: str) -> str:
    return name if ":" in name else f"teaching:{name}"


def teacher(request: HttpRequest) -> User:
    """Who is here; `require_person` stands before each view that asks."""
    if not isinstance(request.user, User):
        raise TypeError("expected somebody signed in, got nobody")
    return request.user
