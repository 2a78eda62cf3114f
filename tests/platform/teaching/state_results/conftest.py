"""People who answer a question of a quiz with an estimate before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.platform.teaching.conftest import TEN, answer, sit

MONDAY = datetime(2026, 11, 23, 0, 2, tzinfo=UTC)
WEEK_START = datetime(2026, 11, 16, tzinfo=UTC)
CONFUSED = {"CONFUSION": 1.0, "INTEREST": 0.0}
INTERESTED = {"CONFUSION": 0.0, "INTEREST": 1.0}


@pytest.fixture
def try_question(feel):
    """Let each person answer a question, sensed: `try_question(people, q, right=True, BOREDOM=1)`.

    The Windows end 20 and 15 seconds before the answer.
    """

    def made(persons, question, *, right, at=TEN, streams=("pointer",), **labels):
        sat = []
        for person in persons:
            sitting = sit(person, question.unit, at)
            for cut in (3, 4):
                feel(sitting, cut, streams=streams, **labels)
            answer(person, question, at + timedelta(seconds=40), right=right, sitting=sitting)
            sat.append(sitting)
        return sat

    return made


def answer_in_two_states(persons, question, try_question):
    try_question(persons[:2], question, right=True, **CONFUSED)
    try_question(persons[2:6], question, right=False, **CONFUSED)
    try_question(persons[6:], question, right=True, **INTERESTED)
    return persons


@pytest.fixture
def class_(people, question, try_question):
    """Twelve people: of six confused ones two are right, of six interested ones all."""
    return answer_in_two_states(people(12), question, try_question)


@pytest.fixture
def simulated_class(people, question, try_question):
    """Twelve simulated people who do the same."""
    return answer_in_two_states(people(12, simulated=True), question, try_question)
