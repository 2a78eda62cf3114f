"""The reported backend of a Stream reaches the Predictors; each accepts those its card names."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.permits import gate
from emotion import artefacts
from emotion.models import UNNAMED
from estimates.inference import affect
from estimates.models import AffectEstimate
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.blocks import partitions
from telemetry.devices import devices
from telemetry.models import Window
from tests.fixtures import factories
from tests.fixtures.models.estimates import register_shipped
from tests.fixtures.sockets import recordings
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db
SCOPES = [f"{name}:adapt" for name in recordings.STREAMS]
SECONDS = 22


@pytest.fixture
def now():
    return timezone.now() - timedelta(seconds=SECONDS)


@pytest.fixture
def sat(allow, now):
    """Return `sat("mia", face="human")`, which records a Sitting with the named backends."""
    partitions.open_days()
    unit = factories.make_quiz_unit()
    rows = {n: (t[t < SECONDS], v[t < SECONDS]) for n, (t, v) in recordings.recording().items()}

    def sits(login, **gives):
        person = make(login, now=now)
        allow(person, *SCOPES, now=now)
        factories.make_enrolment(person, unit.course)
        sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=now)
        recordings.store(sitting, rows, now=now)
        for stream, backend in gives.items():
            under = gate.permit(person.code, f"{stream}:adapt", now=timezone.now())
            devices.store(sitting, uuid.uuid4(), backend, 1.0, 0.0, under, now=timezone.now())
        windows.fall_due(sitting.id, 0.0, now)
        return sitting

    return sits


def permits(sitting):
    return gate.permits(sitting.learner.code, SCOPES, now=timezone.now()).granted


def guesses(sitting):
    rows = AffectEstimate.objects.filter(sitting=sitting).select_related("predictor")
    return {(r.predictor.kind, r.cut): affect.read(r, permits(sitting)) for r in rows}


def test_a_card_that_names_any_device_ignores_the_backend(sat, now):
    register_shipped("prior", "foursub", "mvp", now=now)
    untold, told = sat("mia"), sat("noah", face="human", heart="bluetooth")
    at = now + timedelta(seconds=SECONDS)
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))

    before, after = guesses(untold), guesses(told)
    assert len(before) > 3
    assert before.keys() == after.keys()
    for key, guess in before.items():
        other = after[key]
        assert (other.abstain, other.reasons, other.streams, other.quality) == (
            guess.abstain, guess.reasons, guess.streams, guess.quality,
        )  # fmt: skip
        for label, span in guess.labels.items():
            assert other.labels[label] == pytest.approx(span, abs=1e-5)


@pytest.mark.parametrize(
    ("backend", "lets_in"), [("empatica_e4", True), ("bluetooth", False), (None, False)]
)
def test_a_card_of_one_wristband_accepts_no_other_device(sat, now, backend, lets_in):
    (row,) = register_shipped("wearable", now=now)
    learned = predictors.load_model(row.name, row.digest)
    sitting = sat("mia", **({"heart": backend} if backend else {}))
    seen = windows.load(Window(sitting=sitting, cut=3), permits(sitting).values())
    alone = replace(seen, streams={"heart": seen.streams["heart"]})
    (reasons,) = learned.predict([alone]).reasons
    assert (f"{UNNAMED}:heart" in reasons) != lets_in


def test_cards_of_people_name_devices_and_simulated_ones_any(settings):
    for card in settings.ARTEFACTS_DIR.glob("*/card.json"):
        told, _ = artefacts.read(card.parent)
        named = {backend for stream in told["streams"].values() for backend in stream["backends"]}
        assert (named == {"any"}) == (told["origin"] == "simulated"), told["name"]
