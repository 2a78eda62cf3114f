"""Tests to take: a quiz of three questions as a practice test or as one that counts."""

from __future__ import annotations

from django.utils import timezone

from adaptation import handing_in
from courses import attempts, regrades
from courses.models import Attempt
from courses.regrade_preview import covered_by, preview
from tests import factories


def make_test(*people, scenario="graded", course=None, questions=3, **fields):
    """A quiz that is a test, with `people` as its Learners; the right answer is always 5."""
    unit = factories.make_quiz_unit(course, questions=questions)
    for name, value in {"scenario": scenario, **fields}.items():
        setattr(unit, name, value)
    unit.save()
    for person in people:
        factories.make_enrolment(person, unit.course)
    return unit


def begin(learner, unit, *given, now):
    """Begin an Attempt with these answers to its first questions, 1.5 s each; return it."""
    attempt = attempts.begin(learner, unit, now=now)
    for question, one in zip(attempts.places_of(attempt), given, strict=False):
        attempts.keep(attempt, question, one, elapsed_ms=1500, now=now)
    return Attempt.objects.get(pk=attempt.pk)


def take(learner, unit, *given, now=None):
    """Hand in such an Attempt; return it."""
    now = now or timezone.now()
    return handing_in.hand_in(begin(learner, unit, *given, now=now), now=now)


def regrade(choice, reason, *, by, now=None):
    """Make the Regrade as the page does once its preview was read; return it."""
    stamp = preview(choice, list(covered_by(choice))).stamp
    return regrades.make(choice, reason, stamp, by=by, now=now or timezone.now())
