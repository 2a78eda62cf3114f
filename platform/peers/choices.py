"""What a Learner chose: the skills they help with, and whether a classmate may help them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

import push
from accounts.models import User
from accounts.name_order import by_name
from consent.permits import gate
from courses.models import Course, Enrolment, Response, Skill
from estimates.knowledge import mastery
from peers.models import HelperSkill, PeerHelpWish


@dataclass(frozen=True, slots=True)
class SkillChoice:
    """A skill that the Learner may offer. `mastered` is for their own eyes."""

    slug: str
    name: str
    ticked: bool
    mastered: bool


@transaction.atomic
def save_choices(
    user: User, course: Course, *, may_be_helped: bool, slugs: Collection[str], now: datetime
) -> None:
    """Store what the Learner ticked. Pairs made from what they unticked end with it."""
    # Locked, so that a course left meanwhile keeps nothing.
    rows = Enrolment.objects.select_for_update()
    enrolment = get_object_or_404(rows, course=course, user=user, role="learner")
    offers = HelperSkill.objects.filter(enrolment=enrolment)
    offers.exclude(skill__slug__in=slugs).delete()
    chosen = [skill for skill in load_answered_skills(user, course) if skill.slug in slugs]
    HelperSkill.objects.bulk_create(
        [HelperSkill(enrolment=enrolment, skill=skill, since=now) for skill in chosen],
        ignore_conflicts=True,
    )
    if may_be_helped:
        PeerHelpWish.objects.get_or_create(enrolment=enrolment, defaults={"since": now})
    else:
        PeerHelpWish.objects.filter(enrolment=enrolment).delete()
    push.notify(f"course.{course.slug}", {"type": "teaching.changed"})


def may_be_helped(user: User, course: Course) -> bool:
    return PeerHelpWish.objects.filter(enrolment__user=user, enrolment__course=course).exists()


def load_skill_choices(user: User, course: Course, *, now: datetime) -> list[SkillChoice]:
    """Return the skills to tick: those they have probably mastered first, then by name.

    Mastery only sorts this page: a tick that needed it would show an estimate to the Teacher.
    """
    skills = load_answered_skills(user, course)
    offers = HelperSkill.objects.filter(enrolment__user=user, skill__course=course)
    ticked = set(offers.values_list("skill", flat=True))
    permit = gate.permit(user.code, "course", now=now)
    known = mastery.read(permit).of_skills(by_name(skills, lambda skill: skill.name))
    found = [
        SkillChoice(
            slug=each.skill.slug,
            name=each.skill.name,
            ticked=each.skill.pk in ticked,
            mastered=each.n > 0 and each.lo >= mastery.MASTERED,
        )
        for each in known
    ]
    return sorted(found, key=lambda choice: not choice.mastered)


def load_answered_skills(user: User, course: Course) -> list[Skill]:
    """Return the skills on which the Learner has given a right answer."""
    right = Response.objects.filter(learner=user, question__course=course, correct=True)
    rows = Skill.objects.filter(course=course, questions__in=right.values("question"))
    return list(rows.distinct())
