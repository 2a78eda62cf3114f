"""Two wordings of a hint: drawn once, recorded with the probability, and updated each day."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from adaptation.effects import hint_ab_trial
from adaptation.models import WordingShown, WordingTrial
from consent.permits import restrictions
from courses.models import Hint, Response
from emotion.evaluation.statistics.thompson_sampling import WARM_UP
from pipeline import tasks
from privacy.erasure import erasure
from tests.fixtures import ab_trials, factories

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def hint(mia):
    """The first hint of a quiz that mia is in; it has a second wording."""
    unit = factories.make_quiz_unit(questions=1)
    factories.make_enrolment(mia, unit.course)
    found = Hint.objects.filter(question__unit=unit).order_by("position").first()
    found.html, found.other_html = "Undo it.", "Look at the sign first."
    found.other_text = found.other_html
    found.save()
    return found


class Lot:
    def __init__(self, number):
        self.number = number

    def random(self):
        return self.number


def read(learner, hint, now, lot=0.0):
    return hint_ab_trial.find_other_wordings(learner, [hint], now=now, rng=Lot(lot))


def test_a_teacher_is_not_part_of_the_trial(ines, hint, now):
    factories.make_enrolment(ines, hint.question.course, role="teacher")
    assert read(ines, hint, now) == set()
    assert not WordingShown.objects.exists()


def test_the_drawn_wording_is_read_and_its_probability_recorded(mia, noah, hint, now):
    factories.make_enrolment(noah, hint.question.course)
    assert read(mia, hint, now, lot=0.49) == {hint.pk}
    assert read(noah, hint, now, lot=0.51) == set()

    rows = WordingShown.objects.order_by("pk").values_list("other", "probability", "right")
    assert list(rows) == [(True, 0.5, None), (False, 0.5, None)]


def test_it_is_drawn_once_per_learner(mia, hint, now):
    read(mia, hint, now, lot=0.1)
    WordingTrial.objects.update(share=0.2)

    assert read(mia, hint, now + DAY, lot=0.99) == {hint.pk}
    assert WordingShown.objects.get().probability == 0.5


def test_a_hint_of_one_wording_draws_nothing(mia, hint, now):
    plain = hint.question.hints.get(position=2)
    assert hint_ab_trial.find_other_wordings(mia, [plain], now=now, rng=Lot(0.0)) == set()
    assert not WordingTrial.objects.exists()


def test_an_objector_reads_the_first_wording_and_no_row_is_stored(mia, hint, now):
    restrictions.set_restriction(mia, restrictions.OBJECTION, on=True, now=now)
    assert read(mia, hint, now) == set()
    assert not WordingShown.objects.exists()


def answered(learner, hint, at, *, correct):
    row = factories.make_response(learner=learner, question=hint.question, correct=correct)
    Response.objects.filter(pk=row.pk).update(answered_at=at)


@pytest.mark.parametrize("correct", [True, False])
def test_the_next_try_at_the_question_is_what_counts(mia, hint, now, correct):
    read(mia, hint, now)
    answered(mia, hint, now - MINUTE, correct=not correct)
    answered(mia, hint, now + MINUTE, correct=correct)
    answered(mia, hint, now + 2 * MINUTE, correct=not correct)

    assert hint_ab_trial.measure_due(now + 9 * MINUTE) == 0
    assert hint_ab_trial.measure_due(now + 10 * MINUTE) == 1
    assert (WordingShown.objects.get().right, WordingShown.objects.get().due_at) == (correct, None)


def test_no_try_in_ten_minutes_counts_as_incorrect(mia, hint, now):
    read(mia, hint, now)
    answered(mia, hint, now + 11 * MINUTE, correct=True)

    hint_ab_trial.measure_due(now + 20 * MINUTE)
    assert WordingShown.objects.get().right is False


def test_it_stays_even_until_each_was_shown_fifty_times(hint, now):
    trial = ab_trials.run_wording_trial(
        hint, now, first=WARM_UP, other=WARM_UP - 1, right_other=WARM_UP - 1
    )

    assert hint_ab_trial.learn_due(now + DAY) == 1
    trial.refresh_from_db()
    assert (trial.share, trial.learnt_at) == (0.5, now + DAY)


def test_then_the_better_wording_is_read_more_and_the_other_by_a_fifth(hint, now):
    trial = ab_trials.run_wording_trial(
        hint, now, first=80, other=80, right_first=20, right_other=60
    )

    assert hint_ab_trial.learn_due(now + DAY - MINUTE) == 0
    assert hint_ab_trial.learn_due(now + DAY) == 1
    assert hint_ab_trial.learn_due(now + DAY + MINUTE) == 0
    trial.refresh_from_db()
    assert trial.share == pytest.approx(0.8, abs=0.001)
    assert trial.ended_at is None


@pytest.mark.parametrize(("right_other", "share"), [(90, 1.0), (33, 0.0), (12, 0.0)])
def test_at_the_planned_number_it_ends_and_the_second_stays_only_if_it_helps(
    hint, now, right_other, share, mia
):
    trial = ab_trials.run_wording_trial(
        hint, now, first=100, other=100, right_first=30, right_other=right_other
    )
    WordingTrial.objects.update(decisions=200)

    hint_ab_trial.learn_due(now + DAY)
    trial.refresh_from_db()
    assert (trial.share, trial.ended_at) == (share, now + DAY)
    assert read(mia, hint, now + 2 * DAY, lot=0.5) == ({hint.pk} if share else set())
    assert trial.shown.count() == 200
    assert hint_ab_trial.learn_due(now + 5 * DAY) == 0


@pytest.mark.parametrize(("lot", "decisions"), [(0.0, 501), (0.5, 751), (0.999, 1000)])
def test_the_plan_is_drawn_when_the_hint_is_first_opened(mia, noah, hint, now, lot, decisions):
    factories.make_enrolment(noah, hint.question.course)
    read(mia, hint, now, lot=lot)
    read(noah, hint, now, lot=0.3)

    assert WordingTrial.objects.get().decisions == decisions


def test_the_sweep_measures_and_learns(mia, hint, now, monkeypatch):
    read(mia, hint, now)
    monkeypatch.setattr(tasks.timezone, "now", lambda: now + DAY)

    tasks.sweep()
    assert WordingShown.objects.get().due_at is None
    assert WordingTrial.objects.get().learnt_at == now + DAY


def test_it_is_deleted_with_the_account(mia, hint, now):
    read(mia, hint, now)
    erasure.erase(mia.code, actor=None, cause="request", now=now)
    assert not WordingShown.objects.exists()


def test_the_database_refuses_an_invalid_probability(mia, hint, now):
    read(mia, hint, now)
    for table, wrong in ((WordingTrial, {"share": 0.9}), (WordingShown, {"probability": 1.0})):
        with pytest.raises(IntegrityError), transaction.atomic():
            table.objects.update(**wrong)


def test_an_opened_hint_is_read_in_the_drawn_wording(mia, hint, client_for, monkeypatch):
    """Through the page, as a Learner opens it."""
    from learner.questions import quiz_page

    page = f"/units/{hint.question.unit.code}/?question={hint.question.code}"
    for lot, read_here in ((0.9, "Undo it."), (0.1, "Look at the sign first.")):
        monkeypatch.setattr(quiz_page, "SystemRandom", lambda lot=lot: Lot(lot))
        WordingShown.objects.all().delete()
        unopened = client_for(mia).get(page).content.decode()
        assert read_here not in unopened
        assert not WordingShown.objects.exists()

        opened = client_for(mia).get(f"{page}&open=1").content.decode()
        assert read_here in opened
        assert WordingShown.objects.get().other is (lot < 0.5)


def test_the_mean_share_equals_the_draws(hint, now):
    rng = random.Random(1)
    drawn = [
        hint_ab_trial.find_other_wordings(
            factories.make_enrolment(course=hint.question.course).user, [hint], now=now, rng=rng
        )
        for _ in range(60)
    ]
    assert 15 < sum(map(bool, drawn)) < 45
