"""A keystore and a witness for each test, and leaves to check."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.db import transaction

import audit

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.KEYSTORE_DIR = tmp_path / "keystore"
    settings.AUDIT_WITNESS_FILE = tmp_path / "witness" / "heads.jsonl"
    settings.AUDIT_WITNESS_URL = ""


@transaction.atomic
def act(count=1, **changed):
    """Record this many acts, in one transaction."""
    for number in range(count):
        said = {"verb": "demo.seed", "actor": None, "subject": None, "public": {"n": number}}
        audit.record(**{**said, **changed})


@pytest.fixture
def people():
    return [uuid.UUID(int=100 + n) for n in range(3)]
