"""Fixtures of the Learner's pages: a Sitting with sensing, and a mail server."""

from __future__ import annotations

import uuid

import pytest

from telemetry import sittings
from tests.fixtures import factories
from tests.platform.accounts.mail.conftest import certificate, inbox

__all__ = ["certificate", "inbox"]


@pytest.fixture
def sensed(mia, allow, now):
    """mia's Sitting on a quiz, with pointer and camera granted for herself."""
    allow(mia, "pointer:adapt", "face:adapt", now=now)
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
