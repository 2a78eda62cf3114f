"""Replaying 30 learner-days takes at most 5 s."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adaptation.replays import replay
from adaptation.rules import active_rules
from tests.fixtures import replay_history
from tests.fixtures.core_time import UNSEEN, measure_core_time
from tests.platform.teaching.conftest import TEN

pytestmark = [pytest.mark.django_db, pytest.mark.timed]


def test_thirty_learner_days_are_replayed_within_five_seconds(course, quiz, people, predictor):
    questions = list(quiz.questions.filter(position__isnull=False))
    for number, person in enumerate(people(30, simulated=True)):
        begin = TEN + timedelta(minutes=number)
        sitting = replay_history.make_day(person, quiz, begin, questions=questions, minutes=40)
        replay_history.guess_all(
            sitting,
            predictor,
            cuts=range(2, 470),
            confusion=lambda cut: 0.3 + 0.4 * (cut % 40 > 20),
        )
    now = TEN + timedelta(hours=12)

    on = active_rules.list_active(course)
    with measure_core_time() as took:
        days = replay.replay_days(course, 2, {"on": on}, now=now)
        figures = [replay.compute_figures(days, "on", rule) for rule in on]

    moments = sum(each.moments for each in days.people)
    offers = sum(each.offers for each in figures)
    print(
        f"{days.learner_days} learner-days, {moments} moments, {len(on)} rules, {offers} offers, "
        f"{took.seconds:.2f} s ({took.spent:.2f} s here)"
    )
    assert days.learner_days == 30
    assert offers > 0
    assert took.seconds <= 5 * UNSEEN
