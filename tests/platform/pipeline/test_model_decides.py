"""The Predictor decides together with behaviour, and only where it is sure (story c)."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import numpy as np
import pytest

from adaptation import answer_question
from adaptation.models import Intervention
from adaptation.offers.reasons import read_reason
from adaptation.rules import active_rules
from adaptation.rules.model_thresholds import fit_rules, load_rates
from consent.permits import gate
from emotion import artefacts
from emotion import streams as catalogue
from emotion.windows import OPENING_S
from estimates.inference import affect
from estimates.models import AffectEstimate
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.blocks import partitions
from tests.fixtures import factories
from tests.fixtures.models.estimates import register_shipped
from tests.fixtures.sockets import recordings

pytestmark = pytest.mark.django_db
SCOPES = [f"{name}:adapt" for name in recordings.STREAMS]
WRONG_AT = 80


@pytest.fixture
def sitting(mia, ines, allow, now):
    partitions.open_days()
    allow(mia, *SCOPES)
    register_shipped("prior", "behaviour", now=now)
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    active_rules.switch_rule(unit.course, "R1", enabled=False, by=ines, now=now)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


def sit_through(sitting, rows, seconds=150):
    """Store the rows and one wrong answer, and run the worker as each Window falls due."""
    recordings.store(sitting, rows, now=sitting.began_at)
    at = sitting.began_at + timedelta(seconds=WRONG_AT)
    question = sitting.unit.questions.filter(position=1).get()
    for t in (0.0, 60.0):
        windows.fall_due(sitting.id, t, sitting.began_at)
    answer_question.answer(
        sitting.learner,
        question,
        "999",
        sitting=sitting,
        hints_used=0,
        elapsed_ms=4000,
        draw=None,
        now=at,
        rng=random.Random(1),
    )
    for second in range(5, seconds, 5):
        now = sitting.began_at + timedelta(seconds=second + 2)
        pipeline_windows.drain(now=lambda now=now: now, rng=random.Random(1))


def guesses(sitting, now):
    permits = gate.permits(sitting.learner.code, SCOPES, now=now).granted
    rows = AffectEstimate.objects.filter(sitting=sitting, predictor__name="prior").order_by("cut")
    return {row.cut: affect.read(row, permits) for row in rows}


def test_persistent_confusion_and_a_wrong_answer_bring_r2(sitting, now):
    sit_through(sitting, recordings.recording())

    found = guesses(sitting, now)
    (rule,) = fit_rules([active_rules.shipped_rules()["R2"]], load_rates())
    level = rule.limits("course").enter["confusion"]
    confused = [c for c, g in found.items() if g.labels and g.labels["CONFUSION"][0] >= level]
    offer = Intervention.objects.get()
    ready = [cut for cut in confused if windows.span(cut)[1] >= WRONG_AT]
    assert offer.rule == "R2"
    assert windows.span(offer.cut)[1] - windows.span(ready[0])[1] >= 20
    reason = read_reason(offer, now=now)
    assert reason["why"]["digest"] == predictors.find_active("affect").digest
    assert reason["why"]["course"] == ["One answer to this question was not correct."]
    assert reason["why"]["estimated"][0]["low"] < reason["why"]["estimated"][0]["high"]
    assert offer.scopes == sorted(SCOPES)


def unlike_anything(name, times, values):
    """Return rows at the top of each channel's range, on a page that keeps losing focus.

    Three of activity's four channels are 0 or 1, and were 1 throughout the training data. Only a
    step away from the Sitting's first minute, at the highest rate of focus losses, is outside the
    training range.
    """
    _, hi = catalogue.stream(name).limits()
    top = np.broadcast_to(hi, values.shape).astype("f4").copy()
    if catalogue.stream(name).events:
        top[:, 0] = times
    if name == "activity":
        top[times >= OPENING_S, :3] = 0
    return times, top


def test_unfamiliar_rows_make_it_abstain_and_bring_no_offer(sitting, now):
    strange = {name: unlike_anything(name, *rows) for name, rows in recordings.recording().items()}

    sit_through(sitting, strange)

    found = guesses(sitting, now)
    assert len(found) > 20
    assert {guess.abstain for guess in found.values()} == {True}
    assert not Intervention.objects.exists()


def test_confusion_without_behavioural_evidence_brings_no_offer(sitting):
    recordings.store(sitting, recordings.recording(), now=sitting.began_at)
    for t in (0.0, 60.0, 100.0):
        windows.fall_due(sitting.id, t, sitting.began_at)
    for second in range(5, 150, 5):
        now = sitting.began_at + timedelta(seconds=second + 2)
        pipeline_windows.drain(now=lambda now=now: now, rng=random.Random(1))

    assert AffectEstimate.objects.filter(status="live").count() > 10
    assert not Intervention.objects.exists()


def test_another_artefact_gives_other_probabilities(sitting, now, settings, tmp_path):
    sit_through(sitting, recordings.recording(), seconds=30)
    ours = guesses(sitting, now)
    row = predictors.find_active("affect")
    card, weights = artefacts.read(settings.ARTEFACTS_DIR / str(row))
    other = {name: w * 0.5 if name.startswith("network.") else w for name, w in weights.items()}
    folder = artefacts.save(tmp_path, card={**card, "name": "other"}, weights=other)
    settings.ARTEFACTS_DIR = tmp_path
    second = predictors.promote(folder.name, now=now)
    sitting.windows.update(state="pending", due_at=sitting.began_at)
    at = sitting.began_at + timedelta(seconds=32)
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))
    permits = gate.permits(sitting.learner.code, SCOPES, now=now).granted
    made = AffectEstimate.objects.filter(predictor=second)
    theirs = {row.cut: affect.read(row, permits) for row in made}

    assert predictors.find_active("affect") == second
    assert ours.keys() <= theirs.keys()
    assert any(ours[cut].labels != theirs[cut].labels for cut in ours)


def test_behaviour_is_estimated_every_ten_seconds(sitting):
    from estimates.models import BehaviourEstimate

    sit_through(sitting, recordings.recording())

    cuts = list(BehaviourEstimate.objects.order_by("cut").values_list("cut", flat=True))
    assert cuts == list(range(1, cuts[-1] + 1, 2))
    assert len(cuts) >= 12


def test_a_broken_artefact_stops_guesses_but_not_help(sitting, ines, now, settings, tmp_path):
    active_rules.switch_rule(sitting.unit.course, "R1", enabled=True, by=ines, now=now)
    settings.ARTEFACTS_DIR = tmp_path
    predictors.load_model.cache_clear()
    recordings.store(sitting, {"pointer": recordings.recording()["pointer"]}, now=now)
    question = sitting.unit.questions.filter(position=1).get()
    for second in (10, 15):
        answer_question.answer(
            sitting.learner,
            question,
            "999",
            sitting=sitting,
            hints_used=0,
            elapsed_ms=4000,
            draw=None,
            now=now + timedelta(seconds=second),
            rng=random.Random(1),
        )
    for second in range(5, 60, 5):
        at = now + timedelta(seconds=second + 2)
        pipeline_windows.drain(now=lambda at=at: at, rng=random.Random(1))

    assert not AffectEstimate.objects.exists()
    assert Intervention.objects.get().rule == "R1"
