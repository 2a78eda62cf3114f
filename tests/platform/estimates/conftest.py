"""A quiz that mia is enrolled for."""

from __future__ import annotations

import pytest

from tests.fixtures import factories


@pytest.fixture
def quiz(mia):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return unit
