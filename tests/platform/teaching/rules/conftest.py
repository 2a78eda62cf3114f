"""A Teacher at the rules of a course, and Learners who were stuck some hours ago."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.fixtures import replay_history


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


@pytest.fixture
def questions(quiz):
    return list(quiz.questions.filter(position__isnull=False))


@pytest.fixture
def simulated_learners(quiz, people, questions):
    """Three simulated Learners who were stuck three hours ago."""
    found = people(3, simulated=True)
    for person in found:
        replay_history.make_day(
            person, quiz, timezone.now() - timedelta(hours=3), questions=questions
        )
    return found


@pytest.fixture
def real_learners(course, quiz, people, questions):
    """Six real Learners who were stuck three hours ago."""
    found = people(6)
    for person in found:
        replay_history.make_day(
            person, quiz, timezone.now() - timedelta(hours=3), questions=questions
        )
    return found
