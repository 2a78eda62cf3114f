"""A challenger predicts only for people who permit research, and no one sees it."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from consent.permits import gate
from estimates.inference import shadow_estimates
from estimates.models import AffectEstimate, Opening, ShadowEstimate
from estimates.registry import challengers, predictors
from pipeline import window_processing as pipeline_windows
from privacy.erasure import erasure
from telemetry import sittings
from telemetry.blocks import partitions
from telemetry.models import Window
from tests.fixtures import factories
from tests.fixtures.models import estimates
from tests.fixtures.sockets import recordings
from tests.fixtures.sockets.recordings import sense
from vault.errors import KeyDestroyed

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting(mia, allow, now):
    partitions.open_days()
    allow(mia, *(f"{name}:adapt" for name in recordings.AT_WORK))
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


@pytest.fixture
def rival(shelf, settings, ravi, now):
    """Return `rival()`, which registers a challenger of the predictor in use."""

    def made(kind="affect", **changes):
        folder = estimates.make_artefact(settings.ARTEFACTS_DIR, kind, seed=2, **changes)
        row = predictors.register(folder, now=now, at_once=False)
        challengers.challenge(row, by=ravi.code)
        return row

    return made


def drain(sitting, second=62):
    at = sitting.began_at + timedelta(seconds=second)
    return pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def shown_estimates():
    rows = AffectEstimate.objects.order_by("cut")
    return [(row.cut, row.predictor_id, row.status, row.scopes) for row in rows]


def test_it_uses_only_streams_that_research_may_read(sitting, shelf, rival, allow, mia):
    shelf("affect")
    challenger = rival(figures={"ece": [0.04, 0.03, 0.05]})
    allow(mia, "pointer:research", "activity:research")
    sense(sitting)

    drain(sitting)

    rows = ShadowEstimate.objects.all()
    assert sorted(rows.values_list("cut", flat=True)) == list(range(12))
    assert {row.predictor for row in rows} == {challenger}
    assert {tuple(row.scopes) for row in rows} == {
        ("activity:adapt", "activity:research", "pointer:adapt", "pointer:research")
    }
    assert {tuple(row.scopes) for row in AffectEstimate.objects.all()} == {
        ("activity:adapt", "face:adapt", "pointer:adapt")
    }


def test_it_predicts_nothing_without_a_research_grant(sitting, shelf, rival):
    shelf("affect")
    rival()
    sense(sitting)

    drain(sitting)

    assert AffectEstimate.objects.count() == 12
    assert not ShadowEstimate.objects.exists()
    assert set(Window.objects.values_list("state", flat=True)) == {"done"}


def test_it_changes_no_other_stored_row(sitting, shelf, rival, allow, mia):
    shelf("affect")
    allow(mia, "pointer:research")
    sense(sitting)
    drain(sitting)
    alone, openings = shown_estimates(), Opening.objects.count()
    AffectEstimate.objects.all().delete()
    challenger = rival()
    sitting.windows.update(state="pending", due_at=sitting.began_at)

    drain(sitting)

    assert shown_estimates() == alone
    assert ShadowEstimate.objects.exists()
    assert Opening.objects.count() == openings
    assert not Opening.objects.filter(predictor=challenger).exists()


@pytest.mark.parametrize("scope", ["pointer:research", "pointer:adapt"])
def test_a_withdrawal_erases_its_predictions(sitting, shelf, rival, allow, mia, now, scope):
    shelf("affect")
    rival()
    allow(mia, "pointer:research")
    sense(sitting)
    drain(sitting)
    row = ShadowEstimate.objects.order_by("cut").last()
    permits = gate.permits(mia.code, row.scopes, now=now).granted
    assert shadow_estimates.read(row, permits).streams == ("pointer",)

    erasure.withdraw(mia.code, [scope], now=now)

    assert not ShadowEstimate.objects.exists()
    with pytest.raises(KeyDestroyed):
        shadow_estimates.read(row, permits)


def test_the_table_refuses_a_row_without_a_research_grant(sitting, shelf, rival, mia, now):
    shelf("affect")
    row = ShadowEstimate(
        sitting=sitting, cut=1, predictor=rival(), learner=mia, sealed=b"x", made_at=now
    )
    row.scopes, row.epochs = ["pointer:adapt", "pointer:research"], [1, 1]
    with pytest.raises(OperationalError, match="no live grant"):
        row.save(force_insert=True)


def test_a_challenger_that_stood_down_stores_nothing(sitting, shelf, rival, allow, mia, ravi, now):
    shelf("affect")
    challenger = rival()
    allow(mia, "pointer:research")
    sense(sitting)
    drain(sitting, 12)
    before = ShadowEstimate.objects.count()
    assert before == 2
    challengers.stand_down(challenger, by=ravi.code)

    drain(sitting)

    assert ShadowEstimate.objects.count() == before


def test_a_broken_challenger_affects_no_other_predictor(
    sitting, shelf, rival, allow, mia, settings, caplog
):
    shelf("affect")
    challenger = rival()
    (settings.ARTEFACTS_DIR / str(challenger) / "weights.safetensors").write_bytes(b"nothing")
    allow(mia, "pointer:research")
    sense(sitting)

    drain(sitting)

    assert AffectEstimate.objects.count() == 12
    assert not ShadowEstimate.objects.exists()
    assert "challenger.unusable" in caplog.text
    for word in (mia.code, sitting.id):
        assert str(word) not in caplog.text


def test_it_makes_as_many_queries_for_many_learners_as_for_two(shelf, rival, allow, now):
    partitions.open_days()
    unit = factories.make_quiz_unit()
    shelf("affect")
    rival()

    def asked(count):
        for _ in range(count):
            person = factories.make_user()
            factories.make_enrolment(person, unit.course)
            allow(person, *(f"{name}:adapt" for name in recordings.AT_WORK), "pointer:research")
            one = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=now)
            sense(one, seconds=12)
            one.windows.exclude(cut=1).delete()
        with CaptureQueriesContext(connection) as found:
            drain(one, 22)
        return len(found)

    assert asked(2) == asked(9)
    assert ShadowEstimate.objects.count() == 11
