"""The frame around a Teacher's pages: five tabs, and the pages behind each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Course
from courses.navigation import CourseFrame, NavItem, link_page


@dataclass(frozen=True, slots=True)
class NavRow:
    """The pages behind a tab, and its label."""

    label: str
    places: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class TeacherFrame(CourseFrame):
    """The frame of a Teacher's page.

    `below` has the pages behind the open tab, then those behind the open one of these.
    """

    below: tuple[NavRow, ...]


@dataclass(frozen=True, slots=True)
class NavPage:
    """A page by the name of its URL, or a tab over several pages, which opens the first of them."""

    label: str | Promise
    name: str = ""
    pages: tuple[NavPage, ...] = ()

    @property
    def first(self) -> str:
        """Return the name of the page that the link opens."""
        return self.name or self.pages[0].first

    def names(self) -> Iterator[str]:
        """Yield the name of this page, or of each page behind this tab."""
        if self.name:
            yield self.name
        for page in self.pages:
            yield from page.names()


NAV_TABS = (
    NavPage(_("Today"), "now"),
    NavPage(
        _("Lessons"),
        pages=(
            NavPage(pgettext_lazy("of a lesson", "Map"), "lessons"),
            NavPage(_("Questions"), "items"),
            NavPage(_("Skills"), "topics"),
            NavPage(
                _("All figures"),
                pages=(
                    NavPage(_("Class summary"), "board"),
                    NavPage(_("Videos"), "videos"),
                    NavPage(_("States and results"), "states"),
                    NavPage(_("Compare"), "compare"),
                ),
            ),
            NavPage(_("Dates"), "units"),
        ),
    ),
    NavPage(
        _("Learners"),
        pages=(
            NavPage(pgettext_lazy("learners of a course", "List"), "learners"),
            NavPage(_("Grades"), "grades"),
            NavPage(_("Marking"), "marking"),
            NavPage(_("Messages"), "messaging:threads"),
        ),
    ),
    NavPage(
        _("Rules"),
        pages=(
            NavPage(_("Rules"), "rules"),
            NavPage(pgettext_lazy("of the questions", "Difficulty"), "level"),
            NavPage(_("Experiments"), "effects"),
        ),
    ),
    NavPage(
        _("Settings"),
        pages=(
            NavPage(_("People"), "people"),
            NavPage(pgettext_lazy("of learners", "Groups"), "groups"),
            NavPage(_("Announcements"), "discussion:announcements"),
            NavPage(_("Discussion"), "discussion:reports"),
            NavPage(_("Peer help"), "peers:requests"),
        ),
    ),
)


def frame_of(course: Course, current: str) -> TeacherFrame:
    """Return the frame of a page, `current` by its name in `NAV_TABS`."""
    first, *below = _open_rows(course, NAV_TABS, "", current)
    return TeacherFrame(
        course.title, course.language, course.slug, first.places, below=tuple(below)
    )


def _open_rows(
    course: Course, pages: tuple[NavPage, ...], label: str, current: str
) -> Iterator[NavRow]:
    """Yield the tabs, then the pages behind the open one, as deep as it goes."""
    yield NavRow(label, tuple(_link(course, page, current) for page in pages))
    for page in pages:
        if page.pages and current in page.names():
            yield from _open_rows(course, page.pages, str(page.label), current)


def _link(course: Course, page: NavPage, current: str) -> NavItem:
    """Link a page; `inside`: the page shown is behind this tab, and not the one it opens."""
    url = link_page(course, page.first, "teaching")
    is_inside = current in page.names()
    return NavItem(
        str(page.label), url, current=is_inside, inside=is_inside and current != page.first
    )
