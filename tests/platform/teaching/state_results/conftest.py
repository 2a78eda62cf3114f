"""People who answer a question of a quiz with an estimate before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.platform.teaching.conftest import TEN, answer, sit


@pytest.fixture
def try_question(feel):
    """Let each person answer a question, sensed: `try_question(people, q, right=True, CONFUSION=.8)`.

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
