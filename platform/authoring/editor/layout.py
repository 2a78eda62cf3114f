"""The frame of each page on which a course is edited: its tabs, and the state of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.access import current_user
from authoring.access import course_for_author
from authoring.versions import drafts
from authoring.versions.diff import Changes
from authoring.versions.drafts import StaleDraft, WorkingCopy
from courses.models import Course
from courses.navigation import CourseFrame, link_pages

TABS: Final = (
    ("builder", _("Content")),
    ("bank", _("Question bank")),
    ("words", pgettext_lazy("of the course", "Details")),
    ("skills", _("Skills")),
    ("warnings", _("Checks")),
    ("versions", _("Versions")),
    ("export", _("Export")),
)
# The messages that a page may show after a save.
DONE_MESSAGES: Final = {
    "saved": _("Draft saved"),
    "guessed": _(
        "Draft saved. The file was not in UTF-8 and was read as Windows-1252. Check "
        "letters such as é"
    ),
    "av1": _(
        "Draft saved. The video is encoded as AV1, which older phones and browsers cannot "
        "play. MP4 with H.264 plays everywhere"
    ),
    "portrait": _(
        "Draft saved. The video is taller than it is wide, so it is shown small in a "
        "lesson. A wide one is easier to watch"
    ),
    "film": _("The video is ready and in the draft"),
    "asked": _("Draft of captions requested"),
    "changed": _("Changes to the drafted captions saved"),
    "changed_guessed": _(
        "Changes to the drafted captions saved. The file was not in UTF-8 and was read as "
        "Windows-1252. Check letters such as é"
    ),
    "accepted": _("Captions added to the draft of the course"),
    "added": _("Added to the draft"),
    "removed": _("Removed from the draft"),
    "unneeded": _("Removed from the draft. Units that opened after it no longer wait for it"),
    "moved": _("Moved in the draft"),
    "copied": _("Copied in the draft"),
    "appended": _("Sections of the other course added to the draft"),
    "undone": _("Last save undone"),
}
# What saved no step of the draft, so that there is none to undo.
NO_STEP: Final = ("asked", "changed", "changed_guessed")


@dataclass(frozen=True, slots=True)
class EditorFrame(CourseFrame):
    """The frame of a page. `stamp` is the version of the draft that the person started from."""

    working: WorkingCopy
    stamp: str
    done: str
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a save was refused: who else saved, and what that changed."""

    mine: bool
    changes: Changes | None


def load_working_copy(request: HttpRequest, slug: str) -> WorkingCopy:
    """Load the working copy for its Author; 403 and 404 as in `course_for_author`."""
    return drafts.working_copy_of(course_for_author(current_user(request), slug))


def render_page(
    request: HttpRequest,
    template: str,
    working: WorkingCopy,
    current: str,
    context: Mapping[str, Any],
    conflict: StaleDraft | None = None,
) -> HttpResponse:
    """Render a page about the draft; a `conflict` says why nothing was saved."""
    details = Conflict(conflict.mine, conflict.changes) if conflict else None
    # A form that comes back unsaved is still of the draft on which it was opened. The page of a
    # conflict shows what the other person saved.
    stamp = working.stamp if conflict else request.POST.get("stamp", working.stamp)
    around = {"author": make_frame(working, current, request, stamp), "conflict": details}
    status = 409 if conflict else 422 if context.get("errors") else 200
    return render(request, f"authoring/{template}.html", {**context, **around}, status=status)


def make_frame(working: WorkingCopy, current: str, request: HttpRequest, stamp: str) -> EditorFrame:
    places = link_pages(working.course, TABS, "authoring", current)
    key = request.GET.get("done", "")
    done = str(DONE_MESSAGES.get(key, ""))
    title, lang = working.package["title"], working.package["language"]
    slug, can_undo = working.course.slug, key not in NO_STEP
    return EditorFrame(title, lang, slug, places, working, stamp, done, can_undo)


def save_draft(request: HttpRequest, course: Course, package: Mapping[str, Any]) -> WorkingCopy:
    """Save the package as the next step of the draft; raises StaleDraft."""
    stamp = request.POST.get("stamp", "")
    return drafts.save(course, package, stamp=stamp, by=current_user(request), now=timezone.now())


def redirect_done(url: str, done: str, at: str = "") -> HttpResponse:
    """Redirect to a page that reports what was done and offers to undo it."""
    mark = "&" if "?" in url else "?"
    return redirect(f"{url}{mark}{urlencode({'done': done})}{'#' + at if at else ''}")
