"""Shared fixtures: a person with rows, and a keystore that does not wait."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import uuid
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone

from courses.answers import responses
from estimates.models import AffectEstimate, Predictor
from telemetry import sittings
from telemetry.blocks import partitions
from tests.fixtures import factories
from tests.fixtures.sockets import recordings
from tests.fixtures.users import make
from vault.encryption import Place
from vault.keystore import KeyStore
from vault.sealed_values import seal_value


@pytest.fixture
def own_keystore(settings, tmp_path, monkeypatch):
    """A keystore of this test alone, whose rotation does not wait for other processes."""
    settings.KEYSTORE_DIR = tmp_path / "keystore"
    opened = functools.lru_cache(lambda folder: KeyStore(Path(folder), sleep=lambda _: None))
    monkeypatch.setattr("vault.keystore._open", opened)
    return settings.KEYSTORE_DIR


@pytest.fixture
def held_keystore(own_keystore):
    """Return `with held_keystore(): ...`: another process holds a read lock on the keystore."""

    @contextlib.contextmanager
    def held():
        with contextlib.closing(sqlite3.connect(own_keystore / "keys.sqlite3")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM key").fetchall()
            yield

    return held


@pytest.fixture
def lives(allow):
    """Return `lives("mia")`, which makes a person with answers, sensor data and estimates."""
    now = timezone.now()
    partitions.open_days()
    predictor = Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", card={}, registered_at=now
    )
    unit = factories.make_quiz_unit()

    def live(login):
        person = make(login, now=now)
        factories.make_enrolment(person, unit.course)
        scopes = [f"{stream}:adapt" for stream in ("pointer", "typing", "activity")]
        allow(person, *scopes, now=now)
        began = now - timedelta(seconds=60)
        sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
        rows = {
            name: rows for name, rows in recordings.recording().items() if f"{name}:adapt" in scopes
        }
        recordings.store(sitting, rows, now=now)
        responses.record(
            learner=person, question=unit.questions.first(), given="5",
            sitting=sitting.id, hints_used=0, elapsed_ms=1, draw=None, now=now,
        )  # fmt: skip
        guess = uuid.uuid4()
        place = Place("estimates_affectestimate", "sealed", str(guess), person.code)
        sealed = seal_value({"labels": {}}, place=place, scopes={scopes[0]: 1}, now=now)
        AffectEstimate.objects.create(
            id=guess, sitting=sitting, cut=1, predictor=predictor, learner=person,
            scopes=scopes[:1], epochs=[1], sealed=sealed, made_at=now,
        )  # fmt: skip
        return SimpleNamespace(person=person, code=person.code, sitting=sitting, place=place)

    return live


@pytest.fixture
def sat_before(allow):
    """Return `sat_before("mia", streams)`: a closed, uncompacted Sitting of three hours ago."""
    now = timezone.now()
    unit = factories.make_quiz_unit()

    def sat(login, streams, ends=150.0):
        person = make(login, now=now)
        factories.make_enrolment(person, unit.course)
        scopes = [f"{stream}:adapt" for stream in streams]
        allow(person, *scopes, now=now - timedelta(hours=5))
        began = now - timedelta(hours=3)
        sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
        recordings.store(sitting, {n: recordings.recording()[n] for n in streams}, now=began)
        sittings.close(sitting, now=began + timedelta(seconds=ends))
        return sitting

    return sat
