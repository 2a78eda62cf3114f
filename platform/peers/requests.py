"""Requests for help that a classmate may answer, and the classmates who could.

It reads what Learners asked for and ticked: nothing sensed, estimated or decided by a rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from courses.models import Course, Question, Skill, Unit, UnitSkill
from peers.models import OPEN, DismissedRequest, HelperSkill, PeerHelpWish, PeerPair
from telemetry.models import GOT_IT, STUCK, Event

LOOK_BACK = timedelta(days=7)
MOST_HELPERS = 3


@dataclass(frozen=True, slots=True)
class PeerRequest:
    """One Learner who asked for help with one skill, and the helpers to suggest, best first."""

    wish: PeerHelpWish
    skill: Skill
    unit: Unit
    asked_at: datetime
    helpers: tuple[HelperSkill, ...] = ()


@dataclass(frozen=True, slots=True)
class SkillAsked:
    """A press of "I'm stuck" or "Ask my teacher", read as a request about one skill."""

    wish: PeerHelpWish
    skill: Skill
    unit: Unit
    at: datetime


def list_requests(course: Course, *, now: datetime) -> list[PeerRequest]:
    """Return the requests that wait for a suggestion, oldest first."""
    asked = _drop_answered(_find_asked(course, now))
    offers = _load_offers({each.skill.pk for each in asked})
    tried = _load_tried({each.wish.pk for each in asked})
    return [
        PeerRequest(each.wish, each.skill, each.unit, each.at, _choose_helpers(each, offers, tried))
        for each in sorted(asked, key=lambda each: each.at)
    ]


def _find_asked(course: Course, now: datetime) -> list[SkillAsked]:
    """Return the latest press for each Learner and skill, unless "Got it" followed."""
    rows = PeerHelpWish.objects.filter(enrolment__course=course, enrolment__user__is_active=True)
    wishes = {row.enrolment.user_id: row for row in rows.select_related("enrolment__user")}
    pressed = _find_presses(course, wishes, now - LOOK_BACK)
    skills = _find_skills(pressed)
    found = {
        (event.sitting.learner_id, skill.pk): SkillAsked(
            wishes[event.sitting.learner_id], skill, event.sitting.unit, event.at
        )
        for event in pressed
        for skill in skills[event.pk]
    }
    return list(found.values())


def _find_presses(course: Course, learners: Collection[int], since: datetime) -> list[Event]:
    """Return the last press of each Learner in each unit not followed by "Got it", by time."""
    rows = Event.objects.filter(
        sitting__unit__course=course, sitting__learner__any_of=learners, name__in=(STUCK, GOT_IT)
    ).filter(at__gte=since, sitting__unit__position__isnull=False)
    latest = {
        (row.sitting.learner_id, row.sitting.unit_id): row
        for row in rows.select_related("sitting__unit").order_by("at")
    }
    return sorted((row for row in latest.values() if row.name == STUCK), key=lambda row: row.at)


def _find_skills(pressed: Collection[Event]) -> dict[UUID, list[Skill]]:
    """Return the skills of each press: of the question worked on, else of the whole unit."""
    units = defaultdict(list)
    of_units = UnitSkill.objects.filter(unit__in={row.sitting.unit_id for row in pressed})
    for place in of_units.select_related("skill").order_by("pk"):
        units[place.unit_id].append(place.skill)
    worked = _find_questions(pressed)
    return {row.pk: worked.get(row.pk) or units[row.sitting.unit_id] for row in pressed}


def _find_questions(pressed: Collection[Event]) -> dict[UUID, list[Skill]]:
    """Return the skills of the question last answered or hinted before each press in a quiz."""
    acts = Event.objects.filter(
        sitting__in={row.sitting_id for row in pressed}, name__in=("answer", "hint")
    ).exclude(ref=None)
    last: dict[UUID, UUID] = {}
    for act in acts.order_by("t"):
        for row in pressed:
            if row.sitting_id == act.sitting_id and act.t <= row.t and act.ref is not None:
                last[row.pk] = act.ref
    questions = Question.objects.filter(code__in=set(last.values())).prefetch_related("skills")
    skills = {question.code: list(question.skills.all()) for question in questions}
    return {row: skills.get(code, []) for row, code in last.items()}


def _drop_answered(asked: Iterable[SkillAsked]) -> list[SkillAsked]:
    """Drop requests with an open pair, and those dismissed or paired since they were made."""
    asked = list(asked)
    learners = {each.wish.enrolment.user_id for each in asked}
    pairs = PeerPair.objects.filter(learner__any_of=learners).exclude(state="declined")
    paired = {(row.wish_id, row.skill_id): row for row in pairs.order_by("suggested_at")}
    dismissed = {
        (row.wish_id, row.skill_id): row.at
        for row in DismissedRequest.objects.filter(wish__in=[each.wish.pk for each in asked])
    }

    def is_waiting(each: SkillAsked) -> bool:
        key = (each.wish.pk, each.skill.pk)
        pair, gone = paired.get(key), dismissed.get(key)
        if pair is not None and (pair.state in OPEN or pair.suggested_at >= each.at):
            return False
        return gone is None or gone < each.at

    return [each for each in asked if is_waiting(each)]


def _load_offers(skills: Collection[int]) -> dict[int, list[HelperSkill]]:
    """Return the offers of active Learners by skill: who has fewest open pairs comes first."""
    busy = Count("enrolment__user", filter=Q(enrolment__helps_with__pairs__state__in=OPEN))
    rows = HelperSkill.objects.filter(skill__in=skills, enrolment__user__is_active=True)
    found: dict[int, list[HelperSkill]] = defaultdict(list)
    for row in rows.select_related("enrolment__user").annotate(busy=busy).order_by("busy", "since"):
        found[row.skill_id].append(row)
    return found


def _load_tried(wishes: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Return each wish with each offer that it was once paired with."""
    return set(PeerPair.objects.filter(wish__in=wishes).values_list("wish", "offer"))


def _choose_helpers(
    each: SkillAsked, offers: dict[int, list[HelperSkill]], tried: set[tuple[UUID, UUID]]
) -> tuple[HelperSkill, ...]:
    free = (
        offer
        for offer in offers.get(each.skill.pk, ())
        if offer.enrolment_id != each.wish.enrolment_id and (each.wish.pk, offer.pk) not in tried
    )
    return tuple(offer for offer, _ in zip(free, range(MOST_HELPERS), strict=False))
