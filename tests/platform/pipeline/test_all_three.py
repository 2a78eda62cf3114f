"""The shipped systems of the three papers estimate the same moments of simulated learners."""

from __future__ import annotations

import random
import shutil
import uuid
from collections import Counter
from datetime import UTC, timedelta

import numpy as np
import pytest

from attune_client.blocks import encode_block
from consent.models import Grant
from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from demo.simulated_learners import people, sensor_data
from emotion import artefacts
from emotion.models import UNFAMILIAR, UNNAMED
from estimates import explanation_worker, explanations
from estimates.inference import affect
from estimates.models import AffectEstimate, Explanation
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.blocks import frame_parser, partitions
from telemetry.blocks.group_commit import place
from telemetry.models import Block
from tests.fixtures import factories
from tests.fixtures.models.estimates import kinds_by_cut, rows_of
from vault.encryption import seal
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
SECONDS = 62
THREE = {"affect", "mvp", "foursub"}


@pytest.fixture
def shipped(settings, tmp_path, now):
    """Yield the release's artefacts by kind, in use as at a site's first start."""
    settings.ARTEFACTS_DIR = shutil.copytree(settings.ARTEFACTS_DIR, tmp_path / "artefacts")
    predictors.load_model.cache_clear()
    yield {row.kind: row for row in predictors.register_shipped(now=now)}
    predictors.load_model.cache_clear()


@pytest.fixture
def sitting(demo, published, now):
    """Return a Sitting of a simulated learner with a face and a wristband, one minute long."""
    partitions.open_days()
    unit = factories.make_quiz_unit()
    shares = ((n, sensor_data.make_person(n).shares) for n in range(1, 30))
    number = next(n for n, names in shares if {"face", "gaze", "heart", "ppg"} <= names)
    learner = people.enrol(unit.course, number, now=now)[-1]
    people.allow(learner, now=now)
    sitting = sittings.open(learner, unit, scenario="course", page=uuid.uuid4(), now=now)
    who = sensor_data.make_person(number)
    store(sitting, sensor_data.simulate(who, SECONDS, rng=np.random.default_rng(1)))
    windows.fall_due(sitting.id, 0.0, sitting.began_at)
    return sitting


def store(sitting, tape):
    """Store the Blocks of the simulated page, as the site does."""
    learner, numbers = sitting.learner, Counter()
    epochs = dict(Grant.objects.filter(learner=learner, live=True).values_list("scope", "epoch"))
    for second in range(SECONDS):
        for cut in tape.second(second):
            name, scope = cut.stream, f"{cut.stream}:adapt"
            raw = encode_block(cut, epoch=epochs[scope], seq=numbers[name])
            (frame,) = frame_parser.parse(raw)
            key = open_keystore().current_key(learner.code, scope, epochs[scope], sitting.began_at)
            where = place(sitting.id, name, frame.seq, learner.code)
            Block.objects.create(
                day=sitting.began_at.astimezone(UTC).date(),
                sitting=sitting.id,
                stream=name,
                seq=frame.seq,
                learner=learner,
                epoch=epochs[scope],
                t0=frame.t0,
                rate_hz=frame.rate_hz,
                rows=frame.rows,
                channels=frame.channels,
                sealed=seal(raw, keys=[key], place=where),
                received_at=sitting.began_at + timedelta(seconds=second + 1),
            )
            numbers[name] += 1


def drain(sitting):
    at = sitting.began_at + timedelta(seconds=SECONDS)
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def guesses(sitting, cut, now):
    """Return the guesses about a cut by kind."""
    permits = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=now).granted
    rows = AffectEstimate.objects.filter(sitting=sitting, cut=cut).select_related("predictor")
    return {row.predictor.kind: affect.read(row, permits) for row in rows}


def test_the_three_shipped_systems_estimate_the_same_times(shipped, sitting, now):
    drain(sitting)

    found = kinds_by_cut(sitting)
    assert all({"affect", "foursub"} <= kinds for kinds in found.values())
    minutes = {cut for cut, kinds in found.items() if kinds >= THREE}
    assert [windows.span(cut)[1] for cut in sorted(minutes)] == [30.0, 60.0]
    by_kind = guesses(sitting, 11, now)
    assert set(by_kind["mvp"].streams) == {"face", "gaze", "ppg", "eda"}
    assert {"face", "heart", "eda", "layout", "pointer"} <= set(by_kind["foursub"].streams)
    # The models know these inputs, so they may abstain only over the label.
    left_out = [why for kind in THREE for why in by_kind[kind].reasons]
    assert not [why for why in left_out if why.startswith((UNFAMILIAR, UNNAMED, "short"))]


def test_replacing_a_shipped_artefact_changes_only_its_own_rows(shipped, sitting, now):
    drain(sitting)
    before = {kind: rows_of(row) for kind, row in shipped.items()}
    folder = predictors.folder_of(str(shipped["foursub"]))
    card, weights = artefacts.read(folder)
    halved = {n: w / 2 if n.startswith("network.") else w for n, w in weights.items()}
    other = artefacts.save(folder.parent, card=card, weights=halved)

    promoted = predictors.promote(other.name, now=now)
    sitting.windows.update(state="pending", due_at=sitting.began_at)
    drain(sitting)

    assert {kind: rows_of(row) for kind, row in shipped.items()} == before
    assert rows_of(promoted).keys() == before["foursub"].keys() == kinds_by_cut(sitting).keys()


def test_a_guess_of_each_system_can_be_explained(shipped, sitting):
    drain(sitting)
    rows = AffectEstimate.objects.filter(sitting=sitting, status="live")
    sure = {
        kind: rows.filter(predictor=row).order_by("-cut").first() for kind, row in shipped.items()
    }
    at = sitting.began_at + timedelta(seconds=SECONDS)
    permits = gate.permits(sitting.learner.code, ["course", *ADAPT_SCOPES], now=at).granted
    for kind in THREE:
        explanations.ask(sure[kind].id, permits["course"], now=at)

    assert len(explanation_worker.process_due(now=lambda: at)) == len(THREE)

    for kind in THREE:
        guess = affect.read(sure[kind], permits)
        told = explanations.read(Explanation.objects.get(pk=sure[kind].pk), permits)
        assert set(told.shares) == set(guess.streams), kind
        assert told.sentence.endswith("This can be wrong.") or max(told.shares.values()) <= 0, kind
