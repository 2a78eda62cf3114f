"""The tasks process due rows; a chore that fails does not block the others."""

from __future__ import annotations

import pytest
from django.db import OperationalError

import audit
from audit.models import Position
from consent.legal_profiles.profiles import ProfileError
from pipeline import tasks
from vault.errors import KeystoreBusy, Tampered

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", [OperationalError, KeystoreBusy, ProfileError, Tampered, OSError])
def test_a_failing_chore_does_not_block_the_others(kind, monkeypatch, caplog):
    def fail(_):
        raise kind

    audit.record("demo.seed", actor=None, subject=None, public={"n": 1})
    monkeypatch.setattr(tasks, "CHORES", (fail, *tasks.CHORES))
    tasks.sweep()
    assert "sweep.chore_failed" in caplog.text
    assert Position.objects.count() == 1
