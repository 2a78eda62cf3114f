"""`/research/studies/<id>/states/`: estimated states and results of a study, of one week.

Figures of a group alone. Only a Researcher who may collect data for the study now reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_role
from estimates.group_figures import disclosure, published_results
from estimates.group_figures.differences import PercentInterval
from estimates.group_figures.published_results import SkillResults, caption_of, stamp
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Publication
from estimates.models.group_figures import RESEARCH
from estimates.registry import predictors
from privacy.csv_response import csv_of
from research import access
from research.results import study_results
from research.results.study_results import CourseResults
from research.studies import study_setup

HEAD = (
    "week", "course", "skill", "people", "simulated", "state", "share_low", "share_high",
    "correct_low", "correct_high", "correct_otherwise_low", "correct_otherwise_high",
    "difference_low", "difference_high", "note",
)  # fmt: skip
NOT_CHECKED = "estimates, not checked on people"


@require_safe
@require_role("researcher")
def states(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show the newest week with figures, or `?week=` another; `?as=csv` returns it as a file."""
    user, now = current_user(request), timezone.now()
    study = access.study(user, id)
    may_read = study_setup.may_take(study, user, now=now)
    withdraw_gone()
    courses = list(study_results.find_courses(study, user)) if may_read else []
    listed = published_results.list_weeks(courses, RESEARCH)
    chosen = _choose_week(listed, request.GET.get("week", ""))
    week = chosen[0] if chosen else None
    found = study_results.load_courses(courses, chosen)
    if request.GET.get("as") == "csv" and week and found:
        return csv_of(f"states-{stamp(week)}", HEAD, _csv_rows(found, stamp(week)))
    context = {
        "place": "studies",
        "study": study,
        "may_read": may_read,
        "allowed": disclosure.current_floor(RESEARCH) is not None,
        "has_courses": bool(courses),
        "choices": published_results.link_weeks(listed, week, request.path),
        "week": stamp(week) if week else "",
        "caption": caption_of(week) if week else "",
        "courses": found,
        "made_by": _(predictors.shown_title()),
    }
    return render(request, "research/states.html", context)


def _choose_week(listed: Sequence[Publication], wanted: str) -> list[Publication]:
    """Return the publications of the week in the address, else of the newest one."""
    if not listed and not wanted:
        return []
    since = published_results.read_week(wanted) if wanted else listed[0].since
    return [each for each in listed if each.since == since]


def _csv_rows(found: Iterable[CourseResults], week: str) -> Iterator[tuple[object, ...]]:
    """Yield a line per state; no number where there are too few people."""
    for each in found:
        for skill in each.skills:
            yield from _skill_rows(skill, (week, each.course.slug))


def _skill_rows(skill: SkillResults, about: tuple[str, str]) -> Iterator[tuple[object, ...]]:
    name = skill.skill.name if skill.skill else "all skills"
    simulated = "yes" if skill.picture.simulated else "no"
    for line in skill.lines:
        one = line.result
        parts = (one.share, one.inside, one.outside, one.difference)
        numbers = [number for part in parts for number in _limits(part)]
        yield (*about, name, skill.people, simulated, one.label.lower(), *numbers, NOT_CHECKED)


def _limits(part: PercentInterval | None) -> tuple[object, object]:
    return (part.low, part.high) if part else ("", "")
