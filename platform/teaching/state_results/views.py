"""`/teach/<slug>/states/`: estimated states and results, skill by skill, of one week.

Figures of a group alone, published once with noise; they say what went together, not why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from courses.models import Course
from estimates.group_figures import published_results, weekly_cells
from estimates.group_figures.published_results import SkillResults, caption_of
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Publication
from estimates.models.group_figures import TEACH
from estimates.registry import predictors
from teaching.groups.group_filter import audience_of
from teaching.layout import frame_of
from teaching.percent_range import PercentRange
from teaching.skills.skill_stats import load_skill_shares
from teaching.skills.views import mean_with_interval


@dataclass(frozen=True, slots=True)
class SkillCard:
    """One skill's week.

    `correct` is the share of all learners in all weeks, as on the page Skills; None = too few.
    """

    results: SkillResults
    correct: PercentRange | None


@require_safe
@require_person
def states(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the week so far, or with `?week=` a published one; the newest with figures if none."""
    course = course_for_teacher(current_user(request), slug)
    now = timezone.now()
    withdraw_gone()
    running = weekly_cells.load_running(course, now=now)
    weeks = published_results.list_weeks([course], TEACH)
    chosen = _chosen_week(course, request.GET.get("week", "")) or (weeks[0] if weeks else running)
    listed = [running, *weeks] if running and running.at is None else weeks
    context = {
        "teach": frame_of(course, "states"),
        "allowed": running is not None,
        "choices": published_results.link_weeks(listed, chosen, request.path),
        "cards": load_cards(course, chosen) if running and chosen else [],
        "caption": caption_of(chosen),
        "made_by": _(predictors.shown_title()),
    }
    return render(request, "teaching/states.html", context)


def _chosen_week(course: Course, wanted: str) -> Publication | None:
    """Return the week named in the address, even if it has nothing left to show."""
    if not wanted:
        return None
    since = published_results.read_week(wanted)
    return get_object_or_404(Publication, course=course, audience=TEACH, since=since)


def load_cards(course: Course, week: Publication) -> list[SkillCard]:
    """Return the skills with figures in this week, in alphabetical order."""
    found = published_results.load_results([week], TEACH).get(course.pk, [])
    correct = _load_correct(course)
    return [SkillCard(each, correct.get(each.skill.pk) if each.skill else None) for each in found]


def _load_correct(course: Course) -> Mapping[int, PercentRange | None]:
    """Return by skill the share of questions that learners answered correctly at first try."""
    audience = audience_of(course)
    done = load_skill_shares(course, audience.learners) if audience.learners else {}
    return {
        skill: mean_with_interval([each.at_once for each in people])
        for skill, people in done.items()
        if audience.is_enough(len(people))
    }
