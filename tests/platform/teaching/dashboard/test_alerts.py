"""Needs found in answers: many tries without success, no hint opened, very quick answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from courses.models import SkillPrerequisite
from teaching.dashboard import messages
from teaching.dashboard.needs import find_needs
from tests.fixtures import factories
from tests.platform.teaching.conftest import TEN, answer, sit, tell

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LONG_AGO = TEN - timedelta(days=3)


def needs_of_kind(course, learner, kind, now=TEN):
    return [need for need in find_needs(course, [learner.pk], now=now) if need.kind == kind]


def answer_many(mia, quiz, *, wrong, right):
    """Answer three days ago, wrong ones first, and once wrong just now."""
    questions = list(quiz.questions.filter(position__isnull=False).order_by("position"))
    for number in range(wrong + right):
        question = questions[number % 3]
        answer(mia, question, LONG_AGO + number * MINUTE, right=number >= wrong)
    answer(mia, questions[0], TEN - MINUTE)


def test_ten_tries_with_two_of_five_right_is_wheel_spinning(course, quiz, mia):
    answer_many(mia, quiz, wrong=7, right=2)

    (need,) = needs_of_kind(course, mia, "spinning")

    assert (need.count, need.right, need.skill) == (10, 2, "slope")
    assert need.about == quiz.questions.get(position=1).code


@pytest.mark.parametrize(("wrong", "right"), [(6, 2), (6, 3)])
def test_fewer_tries_or_more_right_is_no_wheel_spinning(course, quiz, mia, wrong, right):
    answer_many(mia, quiz, wrong=wrong, right=right)

    assert needs_of_kind(course, mia, "spinning") == []


def test_a_right_last_answer_is_no_alert(course, quiz, question, mia):
    answer_many(mia, quiz, wrong=9, right=0)
    answer(mia, question, TEN, right=True)

    assert needs_of_kind(course, mia, "spinning") == []


def test_it_suggests_the_prerequisite_skill(course, quiz, mia):
    answer_many(mia, quiz, wrong=9, right=0)
    (need,) = needs_of_kind(course, mia, "spinning")
    skill = course.skills.get(slug="slope")
    SkillPrerequisite.objects.create(skill=skill, needs=factories.make_skill(course, "coordinates"))
    (with_one,) = needs_of_kind(course, mia, "spinning")

    assert "10 tries on <em>slope</em>, none of the last 5 correct" in messages.describe_reason(
        need, now=TEN
    )
    assert "Go through one try on “slope” together" in messages.suggest_action(need, "mia")
    assert messages.suggest_action(with_one, "mia") == (
        "Go back to “coordinates” with mia before doing more of “slope”."
    )


def test_four_wrong_without_a_hint_says_that_none_was_opened(course, question, mia):
    for minute in (9, 8, 7):
        answer(mia, question, TEN - minute * MINUTE)
    assert needs_of_kind(course, mia, "alone") == []

    answer(mia, question, TEN - MINUTE)

    (need,) = needs_of_kind(course, mia, "alone")
    assert "No hint opened on question 1" in messages.describe_reason(need, now=TEN)
    assert "after four incorrect answers" in messages.describe_reason(need, now=TEN)


def test_an_opened_hint_is_no_alert(course, quiz, question, mia):
    for minute in (9, 8, 7, 6):
        row = answer(mia, question, TEN - minute * MINUTE)
    row.hints_used = 1
    row.save(update_fields=["hints_used"])

    assert needs_of_kind(course, mia, "alone") == []


@pytest.mark.parametrize(
    ("times", "stands"), [((2900, 2900, 2900), 1), ((2900, 3000, 2900), 0), ((0, 0, 0), 0)]
)
def test_three_wrong_answers_within_three_seconds_each(course, quiz, mia, times, stands):
    for place, elapsed_ms in enumerate(times, 1):
        question = quiz.questions.get(position=place)
        answer(mia, question, TEN - (9 - place) * MINUTE, elapsed_ms=elapsed_ms)

    assert len(needs_of_kind(course, mia, "quick")) == stands


def test_quick_right_answers_are_no_alert(course, quiz, mia):
    for place in (1, 2, 3):
        question = quiz.questions.get(position=place)
        answer(mia, question, TEN - MINUTE, elapsed_ms=900, right=place == 3)

    assert needs_of_kind(course, mia, "quick") == []


def test_no_sentence_names_a_feeling_or_blames(course, quiz, question, mia):
    answer_many(mia, quiz, wrong=9, right=0)
    (need,) = needs_of_kind(course, mia, "spinning")
    said = " ".join(
        str(messages.describe_reason(replace(need, kind=kind), now=TEN))
        + messages.suggest_action(replace(need, kind=kind), "x")
        for kind in messages.REASONS
    ).lower()

    assert not [w for w in ("lazy", "weak", "guess", "risk", "gaming", "attention") if w in said]


def test_one_learner_on_one_question_stays_one_row(course, quiz, question, mia):
    from teaching.dashboard import handled_needs

    sitting = sit(mia, quiz, TEN - 20 * MINUTE)
    for minute in (9, 8, 7, 6):
        answer(mia, question, TEN - minute * MINUTE, elapsed_ms=900, sitting=sitting)
    tell(sitting, "stuck", TEN - MINUTE)
    rows = find_needs(course, [mia.pk], now=TEN)

    assert {need.kind for need in rows} >= {"stuck", "wrong", "alone", "quick"}
    assert len(handled_needs.open_rows(rows, {}, now=TEN)) == 1
