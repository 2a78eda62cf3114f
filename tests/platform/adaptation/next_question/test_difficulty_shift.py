"""`adjust`: ten points for three questions of one skill, within the band; nothing without it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from adaptation.next_question import choice_log, difficulty_shift, selection, target_success_rate
from adaptation.next_question.models import Choice
from consent.permits import gate
from privacy.erasure import erasure
from tests.fixtures import factories
from tests.fixtures.difficulty_shifts import adjust

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    """The gate checks grants as of now."""
    return timezone.now()


@pytest.fixture
def quiz(mia):
    """Questions of medium difficulty, each with an easier and a harder variant."""
    unit = factories.make_quiz_unit(questions=6)
    factories.make_enrolment(mia, unit.course)
    for place in unit.questions.filter(position__isnull=False):
        factories.make_variant(place, relation="harder")
    return unit


def permit(learner, now):
    return gate.permit(learner.code, "course", now=now)


def ask(learner, unit, now, seed=1, after=None):
    rng = random.Random(seed)
    allowed = permit(learner, now)
    return selection.ask(learner, unit, allowed, rng=rng, now=now, after=after)


def weighed(learner, now):
    row = Choice.objects.filter(learner=learner).latest("chosen_at")
    return row, choice_log.open_details(row, permit(learner, now))


@pytest.mark.parametrize(("rule", "target"), [("R15", 0.85), ("R16", 0.65)])
def test_it_moves_the_target_by_ten_points(mia, quiz, now, rule, target):
    row = adjust(mia, quiz.questions.first(), rule, now)

    ask(mia, quiz, now)

    choice, found = weighed(mia, now)
    assert found.target == pytest.approx(target)
    assert choice.adjust == row


def test_a_rule_of_a_course_moves_it_the_way_it_says(mia, quiz, now):
    adjust(mia, quiz.questions.first(), "C1", now, way="harder")
    assert [move.by for move in difficulty_shift.shifts_in_force(mia, now=now).values()] == [
        -difficulty_shift.SHIFT
    ]


def test_an_easier_variant_is_asked_even_within_the_range(mia, quiz, now):
    assert ask(mia, quiz, now).relation == ""
    Choice.objects.all().delete()
    quiz.questions.filter(relation="easier").update(difficulty=1)
    adjust(mia, quiz.questions.first(), "R15", now)

    assert ask(mia, quiz, now).relation == "easier"


def test_it_lasts_for_three_questions_of_the_skill_and_no_more(mia, quiz, now):
    adjust(mia, quiz.questions.first(), "R15", now)
    targets_seen, question = [], None
    for number in range(5):
        at = now + timedelta(seconds=number)
        question = ask(mia, quiz, at, seed=number, after=question)
        targets_seen.append(round(weighed(mia, now)[1].target, 2))

    assert targets_seen == [0.85, 0.85, 0.85, 0.75, 0.75]


def test_it_counts_for_its_own_skill_alone(mia, quiz, now):
    other = factories.make_quiz_unit(quiz.course)
    adjust(mia, other.questions.first(), "R15", now)

    ask(mia, quiz, now)

    choice, found = weighed(mia, now)
    assert (choice.adjust, found.target) == (None, 0.75)


@pytest.mark.parametrize(("set_at", "rule", "target"), [(0.85, "R15", 0.9), (0.55, "R16", 0.5)])
def test_it_never_leaves_the_band(mia, quiz, now, set_at, rule, target):
    target_success_rate.set_target(quiz.course, set_at, now=now)
    adjust(mia, quiz.questions.first(), rule, now)

    ask(mia, quiz, now)

    assert weighed(mia, now)[1].target == pytest.approx(target)


@pytest.mark.parametrize(
    "fields",
    [
        {"delivered": False},
        {"kind": "hint"},
        {"outcome": "withdrawn"},
    ],
    ids=["held back", "another kind", "withdrawn"],
)
def test_nothing_else_moves_anything(mia, quiz, now, fields):
    adjust(mia, quiz.questions.first(), **({"rule": "R15", "now": now} | fields))

    ask(mia, quiz, now)

    choice, found = weighed(mia, now)
    assert (choice.adjust, found.target) == (None, 0.75)


def test_an_old_one_moves_nothing(mia, quiz, now):
    decided_at = now - timedelta(hours=2)
    adjust(mia, quiz.questions.first(), rule="R15", now=now, decided_at=decided_at)

    ask(mia, quiz, now)

    choice, found = weighed(mia, now)
    assert (choice.adjust, found.target) == (None, 0.75)


def test_it_ends_with_the_consent_it_was_made_under(mia, allow, quiz, now):
    allow(mia, "pointer:adapt")
    question = quiz.questions.first()
    adjust(mia, question, "R15", now, scopes=["pointer:adapt"], epochs=[1])
    skill = question.skills.get().pk
    assert skill in difficulty_shift.shifts_in_force(mia, now=timezone.now())

    erasure.withdraw(mia.code, ["pointer:adapt"], now=timezone.now())

    assert difficulty_shift.shifts_in_force(mia, now=timezone.now()) == {}


def test_keeping_ones_level_ends_it_at_once_and_undo_brings_it_back(mia, quiz, now):
    row = adjust(mia, quiz.questions.first(), "R15", now)
    first = ask(mia, quiz, now)
    allowed = permit(mia, now)
    chosen = selection.choose(
        mia, quiz, allowed, rng=random.Random(2), now=now, after=first
    )  # fmt: skip
    selection.store_choice(mia, quiz, chosen, allowed, now=now)

    difficulty_shift.keep_level(mia, row.code, now=now)

    assert not Choice.objects.filter(asked_at=None).exists()
    ask(mia, quiz, now + timedelta(seconds=1), after=first)
    assert weighed(mia, now)[1].target == 0.75
    row.refresh_from_db()
    assert row.outcome == "withdrawn"

    difficulty_shift.undo_keep_level(mia, row.code, now=now)

    (move,) = difficulty_shift.shifts_in_force(mia, now=now).values()
    assert move.left == 2


def test_a_learner_cannot_keep_the_level_of_another(mia, noah, quiz, now):
    row = adjust(mia, quiz.questions.first(), "R15", now)

    assert difficulty_shift.keep_level(noah, row.code, now=now) is None
    assert difficulty_shift.shifts_in_force(mia, now=now)


def test_a_waiting_question_is_chosen_again_after_a_rule_fired(mia, quiz, now):
    allowed = permit(mia, now)
    chosen = selection.choose(mia, quiz, allowed, rng=random.Random(1), now=now)
    selection.store_choice(mia, quiz, chosen, allowed, now=now)
    row = adjust(mia, quiz.questions.first(), "R15", now)

    ask(mia, quiz, now + timedelta(seconds=1))

    assert weighed(mia, now)[0].adjust == row
