"""`/teach/<slug>/states/`: estimated states and results, skill by skill, of one week.

Figures of a group alone, published once with noise; they say what went together, not why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from accounts.name_order import by_name
from courses.access import course_for_teacher
from courses.models import Course, Skill
from courses.navigation import NavItem
from estimates.label_names import heading_of, name_of
from estimates.models import AFFECT_LABELS
from estimates.registry import predictors
from teaching import disclosure
from teaching.class_picture.current_cells import withdraw_gone
from teaching.class_picture.models import Cell, Publication
from teaching.class_picture.proportions import BAND, Picture
from teaching.disclosure import CellFigures
from teaching.groups.group_filter import audience_of
from teaching.layout import frame_of
from teaching.percent_range import PercentRange
from teaching.skills.skill_stats import load_skill_shares
from teaching.skills.views import mean_with_interval
from teaching.state_results import weekly_cells
from teaching.state_results.differences import (
    FEWER,
    MORE,
    NO_DIFFERENCE,
    StateResult,
    results_of,
)
from teaching.state_results.weekly_cells import KIND

STAMP_FORMAT = "%Y%m%d"


@dataclass(frozen=True, slots=True)
class StateLine:
    """One state of a skill; `finding` says in words how it went together with results.

    `points` is the interval of the difference; "" = too few people.
    """

    name: str
    result: StateResult
    finding: str
    points: str


@dataclass(frozen=True, slots=True)
class SkillCard:
    """One skill's week; no `lines` = its estimates were not sure.

    `correct` is the share of all learners in all weeks, as on the page Skills; None = too few.
    """

    name: str
    people: str
    simulated: bool
    correct: PercentRange | None
    unsure: int
    lines: tuple[StateLine, ...]


@require_safe
@require_person
def states(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the week so far, or with `?week=` a published one; the newest with figures if none."""
    course = course_for_teacher(current_user(request), slug)
    now = timezone.now()
    withdraw_gone()
    running = weekly_cells.load_running(course, now=now)
    weeks = _published_weeks(course)
    chosen = _chosen_week(course, request.GET.get("week", "")) or (weeks[0] if weeks else running)
    context = {
        "teach": frame_of(course, "states"),
        "allowed": running is not None,
        "choices": _week_choices(weeks, chosen, running, course),
        "cards": load_cards(course, chosen) if running and chosen else [],
        "caption": _caption(chosen),
        "made_by": _(predictors.shown_title()),
    }
    return render(request, "teaching/states.html", context)


def _published_weeks(course: Course) -> list[Publication]:
    """Return the ended weeks that have figures, newest first; at most five are stored."""
    shown = Cell.objects.filter(kind=KIND, n__isnull=False).values("publication")
    rows = Publication.objects.filter(course=course, since__isnull=False, at__isnull=False)
    return list(rows.filter(pk__in=shown).order_by("-since"))


def _chosen_week(course: Course, wanted: str) -> Publication | None:
    """Return the week named in the address, even if it has nothing left to show."""
    if not wanted:
        return None
    try:
        since = datetime.strptime(wanted, STAMP_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(Publication, course=course, since=since)


def load_cards(course: Course, week: Publication) -> list[SkillCard]:
    """Return the skills with figures in this week, in alphabetical order.

    A skill without figures is not named: that it has a cell would reveal that someone is sensed.
    """
    cells = list(Cell.objects.filter(publication=week, kind=KIND))
    seen = disclosure.read_cells(cells)
    rows = {cell.skill_id: seen[cell.pk] for cell in cells if cell.skill_id}
    skills = Skill.objects.filter(course=course, pk__in=rows)
    correct = _load_correct(course)
    return [
        _make_card(skill, figures, figures.picture, correct.get(skill.pk))
        for skill in by_name(skills, lambda skill: skill.name)
        if (figures := rows[skill.pk]).picture
    ]


def _load_correct(course: Course) -> Mapping[int, PercentRange | None]:
    """Return by skill the share of questions that learners answered correctly at first try."""
    audience = audience_of(course)
    done = load_skill_shares(course, audience.learners) if audience.learners else {}
    return {
        skill: mean_with_interval([each.at_once for each in people])
        for skill, people in done.items()
        if audience.is_enough(len(people))
    }


def _make_card(
    skill: Skill, figures: CellFigures, found: Picture, correct: PercentRange | None
) -> SkillCard:
    by_label = {each.label: each for each in results_of(found, figures.floor)}
    return SkillCard(
        name=skill.name,
        people=str(found.n) if found.simulated else f"{found.n}–{found.n + BAND - 1}",
        simulated=found.simulated,
        correct=correct,
        unsure=found.unsure,
        lines=tuple(
            _make_line(label, by_label[label]) for label in AFFECT_LABELS if label in by_label
        ),
    )


def _make_line(label: str, result: StateResult) -> StateLine:
    found = result.difference
    points = _("{low} to {high}").format(low=found.low, high=found.high) if found else ""
    return StateLine(heading_of(label), result, _describe(result), points.replace("-", "−"))


def _describe(found: StateResult) -> str:
    words: Mapping[str, str] = {
        MORE: _("More correct answers with {state} than otherwise."),
        FEWER: _("Fewer correct answers with {state} than otherwise."),
        NO_DIFFERENCE: _("No difference was found. It could be up to {points} points."),
    }
    said = words.get(found.finding, _("Too few people with {state} to compare."))
    return said.format(state=name_of(found.label), points=found.most)


def _week_choices(
    weeks: Iterable[Publication],
    chosen: Publication | None,
    running: Publication | None,
    course: Course,
) -> list[NavItem]:
    listed = [running, *weeks] if running and running.at is None else [*weeks]
    return [
        NavItem(_caption(week), f"/teach/{course.slug}/states/?week={stamp(week)}", week == chosen)
        for week in listed
    ]


def _caption(week: Publication | None) -> str:
    if week is None or week.since is None or week.at is None:
        return _("This week so far")
    return _("{begin} to {end}").format(
        begin=date_format(week.since, "j F"), end=date_format(week.quarter, "j F")
    )


def stamp(week: Publication) -> str:
    """Return the week as used in an address: 20261116."""
    return f"{week.since:{STAMP_FORMAT}}"
