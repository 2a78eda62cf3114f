"""The frame around a Teacher's pages: the course and its navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Course
from courses.navigation import CourseFrame, link_pages

NAV_ITEMS = (
    ("now", _("Now")),
    ("board", _("Class summary")),
    ("videos", _("Videos")),
    ("topics", _("Skills")),
    ("states", _("States and results")),
    ("items", _("Questions")),
    ("compare", _("Compare")),
    ("learners", _("Learners")),
    ("grades", _("Grades")),
    ("marking", _("Marking")),
    ("units", _("Dates")),
    ("rules", _("Rules")),
    ("level", pgettext_lazy("of the questions", "Difficulty")),
    ("effects", _("Experiments")),
    ("messaging:threads", _("Messages")),
    ("discussion:announcements", _("Announcements")),
    ("discussion:reports", _("Discussion")),
    ("peers:requests", _("Peer help")),
)


def frame_of(course: Course, current: str) -> CourseFrame:
    """Return the frame of a page, `current` by its name in `NAV_ITEMS`."""
    places = link_pages(course, NAV_ITEMS, "teaching", current)
    return CourseFrame(course.title, course.language, course.slug, places)
