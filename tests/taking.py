"""Tests to take: a quiz of three questions as a practice test or as one that counts."""

from __future__ import annotations

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
