"""The page of months: each month a section, the newest first."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from consent.permits import gate
from estimates import self_reports
from telemetry import sittings
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
PAGE = "/journey/months/"


def test_the_page_shows_what_was_said_this_month(client_for, mia):
    now = timezone.now()
    sitting = sittings.open(
        mia, factories.make_unit(), scenario="course", page=uuid.uuid4(), now=now
    )
    permit = gate.permit(mia.code, "course", now=now)
    self_reports.store(sitting, uuid.uuid4(), 1.0, "confidence", permit, now=now)
    assert "Confident" in client_for(mia).get(PAGE).content.decode()
