"""Outcomes of decisions: measured once, the same for offers made and held back."""

from __future__ import annotations

import itertools
import random
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from adaptation import answer_question, decide_intervention
from adaptation.effects import proximal_outcome
from adaptation.facts import course_records, sitting_facts
from adaptation.models import Intervention, ProximalOutcome, RuleState, Trial
from adaptation.offers import payload
from adaptation.rules import active_rules, versions
from consent.permits import gate, restrictions
from emotion.evaluation.statistics import causal_excursion_effect
from interventions.facts import Fact
from pipeline import tasks
from privacy.erasure import erasure
from telemetry import sittings, windows
from tests.fixtures import factories
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SCOPE = "pointer:adapt"
SURE = {"confusion": Fact(0.9, 60.0, "sensed", 1.0, (SCOPE,), 0.8, 0.95)}


@pytest.fixture
def lots(quiz, ines, now):
    """R1 and R2 are offered in one case of two."""
    for rule in ("R1", "R2"):
        ships = active_rules.shipped_rules()[rule].version
        versions.choose_version(quiz.course, rule, ships, by=ines, share=0.5, enabled=True, now=now)


@pytest.fixture
def sitting(mia, quiz, now):
    return sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)


def decided(sitting, at, *, offered=True, probability=0.5, randomised=True, **fields):
    """Store a decision about the first question of the quiz, as the worker does."""
    row = Intervention.objects.create(
        sitting=sitting,
        learner=sitting.learner,
        cut=Intervention.objects.count() + 1,
        probability=probability,
        delivered=offered,
        sealed=b"",
        decided_at=at,
        **{
            "question": sitting.unit.questions.get(position=1),
            "rule": "R1",
            "version": 1,
            "kind": "hint",
            **fields,
        },
    )
    proximal_outcome.schedule_measurement(row, randomised=randomised)
    return row


def answered(sitting, at, *, correct, question=None):
    question = question or sitting.unit.questions.get(position=1)
    row = factories.make_response(learner=sitting.learner, question=question, correct=correct)
    type(row).objects.filter(pk=row.pk).update(answered_at=at)
    sittings.touch(sitting.id, at)


def outcome(row):
    return ProximalOutcome.objects.get(pk=row.pk)


@pytest.mark.parametrize("offered", [True, False])
@pytest.mark.parametrize("correct", [True, False])
def test_the_next_try_on_the_skill_is_stored_whether_offered_or_held_back(
    sitting, now, offered, correct
):
    row = decided(sitting, now, offered=offered)
    answered(sitting, now - MINUTE, correct=not correct)
    answered(sitting, now + 2 * MINUTE, correct=correct)
    answered(sitting, now + 3 * MINUTE, correct=not correct)

    assert proximal_outcome.measure_due(now + 10 * MINUTE) == 1
    found = outcome(row)
    assert (found.due_at, found.right, found.after_s) == (None, correct, 120.0)


def test_nothing_is_measured_before_ten_minutes_are_over_and_nothing_twice(sitting, now):
    row = decided(sitting, now)

    assert proximal_outcome.measure_due(now + 9 * MINUTE) == 0
    assert outcome(row).right is None
    assert proximal_outcome.measure_due(now + 10 * MINUTE) == 1
    answered(sitting, now + 2 * MINUTE, correct=True)
    assert proximal_outcome.measure_due(now + 11 * MINUTE) == 0
    assert outcome(row).right is False


def test_tries_on_other_skills_too_late_or_by_others_do_not_count(sitting, now, noah):
    row = decided(sitting, now)
    elsewhere = factories.make_question(sitting.unit, skills=[factories.make_skill()])
    answered(sitting, now + MINUTE, correct=True, question=elsewhere)
    answered(sitting, now + 11 * MINUTE, correct=True)
    factories.make_response(learner=noah, question=sitting.unit.questions.get(position=1))

    proximal_outcome.measure_due(now + 20 * MINUTE)
    assert (outcome(row).right, outcome(row).after_s) == (False, None)


def test_a_try_on_another_question_of_the_skill_counts(sitting, now):
    row = decided(sitting, now)
    other = sitting.unit.questions.get(position=2)
    answered(sitting, now + MINUTE, correct=True, question=other)

    proximal_outcome.measure_due(now + 10 * MINUTE)
    assert outcome(row).right is True


@pytest.mark.parametrize(("minutes", "left"), [(4, True), (6, False)])
def test_who_is_on_no_page_of_the_course_after_five_minutes_has_left(sitting, now, minutes, left):
    row = decided(sitting, now)
    sittings.touch(sitting.id, now + minutes * MINUTE)

    proximal_outcome.measure_due(now + 10 * MINUTE)
    assert outcome(row).left is left


def test_who_goes_on_with_the_next_unit_has_not_left(sitting, now):
    row = decided(sitting, now)
    following = factories.make_reading_unit(sitting.unit.course)
    sittings.open(
        sitting.learner, following, scenario="course", page=uuid.uuid4(), now=now + 6 * MINUTE
    )

    proximal_outcome.measure_due(now + 10 * MINUTE)
    assert outcome(row).left is False


def test_the_sweep_measures(sitting, now, monkeypatch):
    row = decided(sitting, now)
    monkeypatch.setattr(tasks.timezone, "now", lambda: now + 10 * MINUTE)

    tasks.sweep()
    assert outcome(row).due_at is None


def test_the_first_draw_fixes_the_number_of_decisions(sitting, now, monkeypatch):
    decided(sitting, now)
    monkeypatch.setattr(proximal_outcome, "DETECTABLE_DIFFERENCE", 0.5)
    decided(sitting, now + MINUTE, offered=False)

    trial = Trial.objects.get()
    assert trial.decisions == causal_excursion_effect.needed_decisions(0.14) == 500
    assert (trial.course, trial.rule, trial.version) == (sitting.unit.course, "R1", 1)
    assert trial.began_at == now
    assert trial.outcomes.count() == 2


def test_another_version_is_another_trial_and_probability_one_is_none(sitting, now):
    decided(sitting, now)
    decided(sitting, now, version=2, probability=0.7)
    certain = decided(sitting, now, rule="R2", probability=1.0)
    barred = decided(sitting, now, offered=False, randomised=False)

    assert list(Trial.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    assert outcome(certain).trial is None
    assert outcome(barred).trial is None


def test_what_is_not_measured_yet_is_not_counted(sitting, now):
    decided(sitting, now)
    assert proximal_outcome.load_measured(Trial.objects.get(), simulated=False) == []


@pytest.mark.parametrize("kind", restrictions.KINDS)
def test_nobody_who_objects_or_restricts_is_counted(sitting, now, kind):
    decided(sitting, now)
    proximal_outcome.measure_due(now + 10 * MINUTE)
    assert len(proximal_outcome.load_measured(Trial.objects.get(), simulated=False)) == 1

    restrictions.set_restriction(sitting.learner, kind, on=True, now=now)
    assert proximal_outcome.load_measured(Trial.objects.get(), simulated=False) == []


def test_it_is_deleted_with_the_account_and_the_trial_stays(sitting, now, mia):
    row = decided(sitting, now)
    proximal_outcome.measure_due(now + 10 * MINUTE)

    erasure.erase(mia.code, actor=None, cause="request", now=now)
    assert not ProximalOutcome.objects.filter(pk=row.pk).exists()
    assert Trial.objects.count() == 1


def test_the_database_refuses_half_an_outcome(sitting, now):
    row = decided(sitting, now)
    for half in ({"right": True}, {"due_at": None}, {"due_at": None, "right": True, "left": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProximalOutcome.objects.filter(pk=row.pk).update(**half)


def test_no_try_counts_as_the_whole_time(sitting, now):
    """If they were left out, slow answers would be missing where they matter most."""
    decided(sitting, now)
    proximal_outcome.measure_due(now + 10 * MINUTE)
    (row,) = proximal_outcome.load_measured(Trial.objects.get(), simulated=False)
    assert (row.right, row.after_s, row.left) == (False, 600.0, True)


def weigh(sitting, cut, *, guessed=None, may_show_guesses=True, rng=None):
    """Run the decision at the end of a Window, as the worker does."""
    at = windows.end_of(sitting, cut)
    permits = gate.permits(sitting.learner.code, ["course", SCOPE], now=timezone.now()).granted
    course = course_records.read(sitting, permits["course"], now=at)
    seen = sitting_facts.gather_facts(course, guessed or {}, permits["course"], now=at)
    return decide_intervention.decide(
        course, seen, permits, cut=cut, now=at, rng=rng or random.Random(1),
        may_show_guesses=may_show_guesses,
    )  # fmt: skip


def stuck(sitting, now, times):
    answer_question.answer(
        sitting.learner, sitting.unit.questions.get(position=1), "999", sitting=sitting,
        hints_used=0, elapsed_ms=4000, draw=None, now=now, rng=random.Random(1),
    )  # fmt: skip
    if times > 1:
        stuck(sitting, now, times - 1)


def test_every_decision_of_the_worker_is_measured(sitting, now):
    stuck(sitting, now, 2)
    made = [row for cut in range(1, 12) if (row := weigh(sitting, cut))]

    (owed,) = ProximalOutcome.objects.all()
    assert [owed.intervention] == made
    assert owed.due_at == made[0].decided_at + proximal_outcome.WITHIN


def test_an_offer_held_back_because_it_uses_an_estimate_is_in_no_trial(mia, quiz, allow, lots):
    """It could not have been shown, whatever the draw."""
    allow(mia, SCOPE)
    began = timezone.now()
    for may, trials in ((False, 0), (True, 1)):
        page = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=began)
        stuck(page, began, 1)
        made = [row for cut in range(1, 8) if (row := weigh(
            page, cut, guessed=SURE, may_show_guesses=may
        ))]  # fmt: skip
        assert [row.rule for row in made] == ["R2"]
        assert Trial.objects.count() == trials
        Intervention.objects.all().delete()
        RuleState.objects.all().delete()


class Turns:
    """A random source that alternates between offering and holding back."""

    def __init__(self):
        self.numbers = itertools.cycle((0.25, 0.75))

    def random(self):
        return next(self.numbers)


def test_from_the_switch_to_the_range(quiz, now, lots):
    """Twenty learners are stuck; half are offered help, and only those are right next."""
    lot = Turns()
    for number in range(20):
        learner = make(f"learner-{number}", now=now)
        factories.make_enrolment(learner, quiz.course)
        page = sittings.open(learner, quiz, scenario="course", page=uuid.uuid4(), now=now)
        stuck(page, now, 2)
        (row,) = [made for cut in range(1, 12) if (made := weigh(page, cut, rng=lot))]
        assert bool(payload.build_message(row.code, page)) is row.delivered
        answered(page, row.decided_at + MINUTE, correct=row.delivered)

    assert proximal_outcome.measure_due(now + 30 * MINUTE) == 20
    rows = proximal_outcome.load_measured(Trial.objects.get(), simulated=False)
    assert [row.offered for row in rows].count(True) == 10
    assert {row.probability for row in rows} == {0.5}
    found = proximal_outcome.estimate_effects(rows)
    assert (found.right.value, found.after_s.value, found.left.value) == pytest.approx((1, 0, 0))
