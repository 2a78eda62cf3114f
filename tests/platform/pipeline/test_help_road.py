"""Help without a sensor: wrong answers and silence lead to one offer, with a reason."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest

from adaptation import answer_question
from adaptation.models import Intervention, RuleState
from adaptation.offers import outcomes, payload
from adaptation.rules import active_rules
from consent.permits import gate
from estimates import self_reports
from estimates.models import SelfReport
from pipeline import window_processing as pipeline_windows
from telemetry import events, sittings, windows
from telemetry.models import Window
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz(mia):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return unit


@pytest.fixture
def sitting(mia, quiz, now):
    return sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)


def answer(sitting, question, given, at):
    return answer_question.answer(
        sitting.learner,
        question,
        given,
        sitting=sitting,
        hints_used=0,
        elapsed_ms=4000,
        draw=None,
        now=at,
        rng=random.Random(1),
    )


def run_until(sitting, seconds):
    """Run the worker for each second of the Sitting. Returns the seconds of new offers."""
    made = {}
    for second in range(int(seconds) + 1):
        at = sitting.began_at + timedelta(seconds=second)
        pipeline_windows.drain(now=lambda at=at: at, rng=random.Random(1))
        for row in Intervention.objects.filter(sitting=sitting):
            made.setdefault(row.code, second)
    return list(made.values())


def stuck(sitting, question):
    for second in (10, 15):
        answer(sitting, question, "999", sitting.began_at + timedelta(seconds=second))


def test_two_wrong_answers_and_silence_bring_an_offer_after_the_dwell(sitting, quiz):
    stuck(sitting, quiz.questions.filter(position=1).get())

    # Silent for 20 s at 0:35, for another 10 s of dwell until 0:45; the Window closes a second on.
    assert run_until(sitting, 120) == [46]
    offer = Intervention.objects.get()
    assert (offer.rule, offer.kind, offer.probability, offer.delivered) == ("R1", "hint", 1, True)


def test_the_offer_names_the_answers_it_is_based_on(sitting, quiz):
    stuck(sitting, quiz.questions.filter(position=1).get())
    run_until(sitting, 50)

    shown = payload.build_message(Intervention.objects.get().code, sitting)

    assert shown["text"] == "Your last two answers here were not correct."
    assert shown["why"]["course"][0] == "Two answers to this question were not correct."
    assert shown["why"]["estimated"] == []
    assert [action["outcome"] for action in shown["actions"]] == ["accepted", "later", "never"]


def test_a_right_answer_in_time_prevents_the_offer(sitting, quiz):
    question = quiz.questions.filter(position=1).get()
    stuck(sitting, question)
    answer(sitting, question, question.answer, sitting.began_at + timedelta(seconds=40))

    assert run_until(sitting, 120) == []


def test_one_wrong_answer_brings_no_offer(sitting, quiz):
    answer(sitting, quiz.questions.filter(position=1).get(), "999", sitting.began_at)

    assert run_until(sitting, 90) == []


def test_a_rule_the_teacher_switched_off_stays_silent(sitting, quiz, ines, now):
    active_rules.switch_rule(quiz.course, "R1", enabled=False, by=ines, now=now)
    stuck(sitting, quiz.questions.filter(position=1).get())

    assert run_until(sitting, 90) == []


def test_a_window_processed_twice_offers_once(sitting, quiz):
    stuck(sitting, quiz.questions.filter(position=1).get())
    run_until(sitting, 46)
    Window.objects.filter(sitting=sitting, state="done").update(state="pending")

    run_until(sitting, 60)

    assert Intervention.objects.count() == 1


def test_late_windows_bring_no_offer(sitting, quiz):
    stuck(sitting, quiz.questions.filter(position=1).get())
    at = sitting.began_at + timedelta(minutes=10)

    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))

    assert not Intervention.objects.exists()
    assert set(Window.objects.values_list("state", flat=True)) == {"late"}


def test_a_refused_offer_does_not_come_again_for_its_question(sitting, quiz):
    question = quiz.questions.filter(position=1).get()
    stuck(sitting, question)
    run_until(sitting, 46)
    at = sitting.began_at + timedelta(seconds=50)
    outcomes.record(Intervention.objects.get().code, "never", sitting, now=at)

    for second in (200, 205):
        answer(sitting, question, "999", sitting.began_at + timedelta(seconds=second))
    run_until(sitting, 260)

    assert Intervention.objects.count() == 1
    assert RuleState.objects.get(rule="R1").dismissals == 1


def test_windows_stop_a_minute_after_the_last_activity(sitting, now):
    windows.fall_due(sitting.id, 3.0, now)

    assert run_until(sitting, 300) == []
    assert Window.objects.filter(sitting=sitting).count() == 12


def test_a_right_answer_before_the_worker_runs_prevents_the_offer(sitting, quiz):
    question = quiz.questions.filter(position=1).get()
    stuck(sitting, question)
    run_until(sitting, 44)
    answer(sitting, question, question.answer, sitting.began_at + timedelta(seconds=45.5))

    assert run_until(sitting, 60) == []


def test_a_hidden_page_gets_no_offer(sitting, quiz):
    stuck(sitting, quiz.questions.filter(position=1).get())
    at = sitting.began_at + timedelta(seconds=16)
    events.store(sitting, uuid.uuid4(), 16.0, "visibility", 0.0, None, at)

    assert run_until(sitting, 90) == []


def test_a_got_it_report_prevents_offers(sitting, quiz):
    stuck(sitting, quiz.questions.filter(position=1).get())
    at = sitting.began_at + timedelta(seconds=20)
    permit = gate.permit(sitting.learner.code, "course", now=at)
    self_reports.store(sitting, uuid.uuid4(), 20.0, "got_it", permit, now=at)

    assert run_until(sitting, 90) == []


def test_a_damaged_report_does_not_block_help_for_others(sitting, quiz, noah, now):
    stuck(sitting, quiz.questions.filter(position=1).get())
    factories.make_enrolment(noah, quiz.course)
    damaged = sittings.open(noah, quiz, scenario="course", page=uuid.uuid4(), now=now)
    permit = gate.permit(noah.code, "course", now=now)
    self_reports.store(damaged, uuid.uuid4(), 0.0, "stuck", permit, now=now)
    SelfReport.objects.update(sealed=b"\x01 not what was sealed")
    windows.fall_due(damaged.id, 0.0, now)

    assert run_until(sitting, 50) == [46]
    assert not Window.objects.filter(state="pending", due_at__lt=now).exists()


def test_windows_of_a_dead_worker_fall_due_after_half_a_minute(sitting, now):
    windows.fall_due(sitting.id, 0.0, now)
    at = now + timedelta(seconds=7)
    claimed = windows.claim(at, 64)

    assert len(claimed) == 1
    assert windows.claim(at, 64) == []
    assert windows.claim(at + timedelta(seconds=31), 64)[0] == claimed[0]


def test_a_rule_switched_off_while_arming_creates_no_more_windows(sitting, quiz, ines, now):
    stuck(sitting, quiz.questions.filter(position=1).get())
    run_until(sitting, 37)
    assert RuleState.objects.get(rule="R1").phase == "arming"
    active_rules.switch_rule(quiz.course, "R1", enabled=False, by=ines, now=now)
    last = Window.objects.order_by("-cut").first().cut

    run_until(sitting, 60)

    assert Window.objects.order_by("-cut").first().cut == last


def test_help_cools_down_and_then_comes_for_the_next_question(sitting, quiz):
    first, second = quiz.questions.filter(position__in=(1, 2)).order_by("position")
    stuck(sitting, first)
    run_until(sitting, 50)
    answer(sitting, first, first.answer, sitting.began_at + timedelta(seconds=60))
    run_until(sitting, 100)
    assert RuleState.objects.get(rule="R1").phase == "cooling"

    for seconds in (190, 195):
        answer(sitting, second, "999", sitting.began_at + timedelta(seconds=seconds))

    assert run_until(sitting, 240)[1:] == [226]
    assert Intervention.objects.latest("decided_at").question == second
