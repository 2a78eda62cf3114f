"""Links of a navigation, and the frame of the pages about a course."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from courses.models import Course


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of a navigation, and whether it leads to the page that shows it.

    `inside`: it leads to another page of the same tab.
    """

    label: str
    url: str
    current: bool
    inside: bool = False


@dataclass(frozen=True, slots=True)
class CourseFrame:
    """A course's title with its language, and the links to its pages (`_course_nav.html`)."""

    title: str
    lang: str
    slug: str
    places: tuple[NavItem, ...]


def link_pages(
    course: Course, pages: Iterable[tuple[str, str | Promise]], app: str, current: str
) -> tuple[NavItem, ...]:
    """Return the links to pages of an app, each given by the name of its URL and a label."""
    return tuple(
        NavItem(str(label), link_page(course, name, app), name == current) for name, label in pages
    )


def link_page(course: Course, name: str, app: str) -> str:
    """Return the address of a page of a course; a name without an app is one of `app`."""
    return reverse(name if ":" in name else f"{app}:{name}", args=[course.slug])
