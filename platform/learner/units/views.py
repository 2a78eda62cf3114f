"""`/units/<uuid>/`: a video, a reading or a quiz, and the progress that its page reports.

The page of a video on another site links to it.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_person
from accounts.models import User
from consent.legal_profiles import profiles
from courses import attempts, availability, completion
from courses.access import is_learner, unit_for_learner, unit_for_member
from courses.external_videos import name_site
from courses.models import Unit
from learner.courses.lessons import CourseLesson, group_lessons, lesson_of, url_of
from learner.exams import start_page
from learner.questions import quiz_page
from learner.units import video_page

Context = dict[str, object]


@dataclass(frozen=True, slots=True)
class NextUnit:
    """The unit after this one; `test` is its kind of test, or ""."""

    title: str
    url: str
    test: str


@dataclass(frozen=True, slots=True)
class UnitPage:
    """The frame of every unit: its place in the course and the next unit.

    `asks_first`: the site's rules hide the report buttons until the Learner asks for them. `lang`:
    the language of the course texts. `lesson`: None once the unit is retired; an attempt already
    begun can still be finished. `quiet`: offers wait while a video plays. `check_ins`: the Learner
    accepts check-ins.
    """

    unit: Unit
    title: str
    url: str
    course_title: str
    course_url: str
    lang: str
    attribution: str
    lesson: CourseLesson | None
    learner: bool
    asks_first: bool
    quiet: bool
    check_ins: bool
    done: bool
    resume_s: float
    onward: NextUnit | None
    scenario: str
    due_at: datetime | None


@require_safe
@require_person
def unit(request: HttpRequest, code: UUID) -> HttpResponse:
    """Show one unit. A quiz redirects to its next question."""
    user = current_user(request)
    found = unit_for_member(user, code)
    form = choose_page(user, found)
    onward = quiz_page.find_next_url(request, user, found) if form == "quiz" else ""
    return redirect(onward) if onward else _render_form(request, user, found, form)


def render_unit(request: HttpRequest, user: User, found: Unit, problem: str = "") -> HttpResponse:
    """Render the unit. If a reply could not be read, `problem` says why and the status is 422."""
    return _render_form(request, user, found, choose_page(user, found), problem)


def _render_form(
    request: HttpRequest, user: User, found: Unit, form: str, problem: str = ""
) -> HttpResponse:
    context = {
        "page": build_unit_page(user, found),
        **CONTEXT_BUILDERS[form](request, user, found, problem),
    }
    status = 422 if problem else 200
    return render(request, f"learner/units/{form}.html", context, status=status)


def choose_page(user: User, found: Unit) -> str:
    """Return the kind of page: "later" while the unit is closed, "test", or the unit's own kind."""
    if not availability.is_open_for(user, found, now=timezone.now()):
        return "later"
    return "test" if attempts.is_test(found) else found.kind


@require_POST
@require_person
def mark_done(request: HttpRequest, code: UUID) -> HttpResponse:
    """`/units/<uuid>/done/`: mark a unit as done. A quiz is done by answering it."""
    user = current_user(request)
    found = unit_for_learner(user, code)
    if found.kind == "quiz":
        return HttpResponseBadRequest("A quiz is done by answering its questions.")
    availability.require_open(user, found, now=timezone.now())
    completion.mark_done(user, found, now=timezone.now())
    onward = build_unit_page(user, found).onward
    return redirect(onward.url if onward else f"/courses/{found.course.slug}/")


@require_POST
@require_person
def record_watched(request: HttpRequest, code: UUID) -> HttpResponse:
    """`/units/<uuid>/watched/`: record the stretches that were played and the resume position."""
    user = current_user(request)
    found = unit_for_learner(user, code)
    if found.kind != "video":
        return HttpResponseBadRequest("Only a video is watched.")
    availability.require_open(user, found, now=timezone.now())
    try:
        stretches = video_page.parse_stretches(request.POST.get("watched", ""))
        resume_s = float(request.POST.get("at", "0"))
        completion.record_watched(user, found, stretches, resume_s=resume_s, now=timezone.now())
    except ValueError:
        return HttpResponseBadRequest("Expected seconds: from, to, from, to.")
    return HttpResponse(status=204)


def build_unit_page(user: User, found: Unit) -> UnitPage:
    course, now = found.course, timezone.now()
    units = list(course.units.filter(position__isnull=False).order_by("position"))
    states = completion.load_progress(user, course)
    units = [unit for unit in units if unit.pk in states]
    is_retired, course_url = found.position is None, f"/courses/{course.slug}/"
    state = completion.NO_PROGRESS if is_retired else completion.require_progress(states, found)
    dates = availability.load_availability(user, units, now=now)
    rows = group_lessons(units, states, found, availability=dates, now=now)
    return UnitPage(
        unit=found,
        title=found.title,
        url=course_url if is_retired else url_of(found),
        course_title=course.title,
        course_url=course_url,
        lang=course.language,
        attribution=course.attribution,
        lesson=None if is_retired else lesson_of(rows, found),
        learner=is_learner(user, course),
        asks_first=profiles.folds_reports(),
        quiet=user.quiet_videos,
        check_ins=user.check_ins > 0,
        done=state.done,
        resume_s=state.resume_s,
        onward=None if is_retired else _find_next(units, found, dates.finished),
        scenario=found.scenario,
        due_at=dates.due.get(found.pk),
    )


def _find_next(units: list[Unit], found: Unit, finished: AbstractSet[int]) -> NextUnit | None:
    """Return the unit after this one, without those that still wait for another unit."""
    later = [unit for unit in units if (unit.position or 0) > (found.position or 0)]
    after = next(
        (u for u in later if not availability.waits_for_unit(u, finished | {found.pk})), None
    )
    if after is None:
        return None
    test = after.scenario if attempts.is_test(after) else ""
    return NextUnit(after.title, url_of(after), test)


def _build_later_context(_request: HttpRequest, user: User, found: Unit, _problem: str) -> Context:
    now = timezone.now()
    dates = availability.load_availability(user, [found], now=now)
    waits = availability.waits_for_unit(found, dates.finished)
    return {
        "opens_at": None if dates.is_open_by_date(found, now=now) else dates.opens[found.pk],
        "needed": found.opens_after if waits else None,
    }


def _build_reading_context(
    _request: HttpRequest, _user: User, found: Unit, _problem: str
) -> Context:
    return {"html": found.reading.html}


def _build_external_context(
    _request: HttpRequest, _user: User, found: Unit, _problem: str
) -> Context:
    address = found.external_video.address
    return {"address": address, "site": name_site(address)}


CONTEXT_BUILDERS: dict[str, Callable[[HttpRequest, User, Unit, str], Context]] = {
    "video": video_page.build_context,
    "external": _build_external_context,
    "reading": _build_reading_context,
    "quiz": quiz_page.build_context,
    "test": start_page.build_context,
    "later": _build_later_context,
}
