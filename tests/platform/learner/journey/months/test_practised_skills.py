"""The skills of each month: practised ones alone, and which of them rose."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from learner.journey.months.month_range import MonthRange
from learner.journey.months.practised_skills import load_practised_skills
from tests.fixtures import factories
from tests.fixtures.past_months import answer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SPAN = MonthRange(date(2026, 11, 1), NOW.date())
SEPTEMBER = datetime(2026, 9, 10, 12, 0, tzinfo=UTC)


def questions(skill, n):
    unit = factories.make_unit(skill.course, kind="quiz")
    return [factories.make_question(unit, skills=[skill]) for _ in range(n)]


def test_a_skill_appears_in_the_months_of_its_answers_with_its_change(mia, noah):
    skill = factories.make_skill()
    asked = questions(skill, 40)
    for n, question in enumerate(asked[:10]):
        answer(mia, question, SEPTEMBER + timedelta(minutes=n), correct=False)
    for n, question in enumerate(asked[10:]):
        answer(mia, question, NOW + timedelta(seconds=n))
    answer(noah, asked[0], datetime(2026, 10, 3, tzinfo=UTC))
    found = load_practised_skills(mia, SPAN, now=NOW)
    assert found.keys() == {date(2026, 9, 1), date(2026, 11, 1)}
    (first,), (last,) = found[date(2026, 9, 1)], found[date(2026, 11, 1)]
    assert (first.change_word, first.text_before, first.answers) == (
        "First answers",
        "not known",
        10,
    )
    assert (last.change_word, last.answers) == ("Rose", 30)
    assert last.text_before == first.text_after
    assert last.before.hi < last.after.lo


def test_ranges_that_overlap_are_no_clear_change_and_a_clear_fall_is_said(mia):
    same, worse = factories.make_skill(), factories.make_skill()
    for n, (skill, right) in enumerate(((same, True), (worse, True))):
        for m, question in enumerate(questions(skill, 20)):
            answer(mia, question, SEPTEMBER + timedelta(hours=n, minutes=m), correct=right)
    answer(mia, questions(same, 1)[0], NOW)
    for n, question in enumerate(questions(worse, 60)):
        answer(mia, question, NOW + timedelta(seconds=n), correct=False)
    changes = load_practised_skills(mia, SPAN, now=NOW)[date(2026, 11, 1)]
    assert [each.change for each in changes] == ["unclear", "fell"]
    assert [each.name for each in changes] == [same.name, worse.name]
