"""Explanations of estimates: computed by the worker from data that may still be read, or not."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.trigger_errors import refuse_without_grant
from consent.stream_groups import group_of
from emotion import explain
from emotion.explain import HEDGE
from estimates import disputes, explanation_worker, explanations
from estimates.explanations import Counterfactual
from estimates.inference import affect, sitting_baseline
from estimates.models import AffectEstimate, Explanation, Opening
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from privacy import recent_deletion
from privacy.erasure import erasure
from telemetry import sittings, windows
from telemetry.blocks import partitions
from telemetry.models import Block, Sitting
from tests.fixtures import factories
from tests.fixtures.consent import withdraw
from tests.fixtures.emotion.small_artefacts import make_calibrated_window
from tests.fixtures.models.estimates import make_predictor_row, register_shipped, store_estimate
from tests.fixtures.sockets import recordings
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.sealed_values import Tampered, key_ids, unseal_value
from work_queue.due_rows import lease_due

pytestmark = pytest.mark.django_db
SCOPES = [f"{name}:adapt" for name in recordings.STREAMS]
SECONDS, LONG = 22, 148


@pytest.fixture
def seconds():
    """The length of the Sitting; beyond the baseline where a test needs it."""
    return SECONDS


@pytest.fixture
def now(seconds):
    """The real clock, which keys, Permits and triggers use."""
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture
def sitting(mia, allow, now, seconds):
    """A Sitting of mia's with simulated confusion and Estimates."""
    partitions.open_days()
    allow(mia, *SCOPES, now=now)
    register_shipped("prior", now=now)
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    rows = recordings.recording().items()
    recordings.store(sitting, {n: (t[t < seconds], v[t < seconds]) for n, (t, v) in rows}, now=now)
    windows.fall_due(sitting.id, max(0.0, seconds - windows.AHEAD_S), now)
    at = now + timedelta(seconds=seconds)
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))
    return sitting


@pytest.fixture
def guess(sitting):
    """The newest Estimate that did not abstain, and its content."""
    row = AffectEstimate.objects.filter(sitting=sitting, status="live").order_by("-cut").first()
    return row, affect.read(row, permits(sitting.learner))


def permits(person, at=None):
    return gate.permits(person.code, [*SCOPES, "course"], now=at or timezone.now()).granted


def asked(row):
    now = timezone.now()
    return explanations.ask(row.id, gate.permit(row.learner.code, "course", now=now), now=now)


def work_off():
    return explanation_worker.process_due(now=timezone.now)


def told(row):
    return explanations.read(Explanation.objects.get(pk=row.pk), permits(row.learner))


def cannot_be(row):
    found = Explanation.objects.get(pk=row.pk)
    return found.due_at is None and bytes(found.sealed) == b""


def test_the_real_prior_is_explained_by_its_streams_and_says_when(guess):
    row, said = guess
    asked(row)
    assert len(work_off()) == 1

    answer = told(row)
    label = said.likeliest[0]
    assert set(answer.shares) == set(said.streams)
    assert answer.sentence.endswith(HEDGE)
    top = max(answer.shares, key=answer.shares.get)
    assert explain.name_evidence(top) in answer.sentence
    # Shapley values sum to P(label | all) - P(label | none), and none is one of four labels.
    assert 0 < said.labels[label][0] - sum(answer.shares.values()) < 1
    assert 0 < answer.left < 1


@pytest.mark.parametrize("seconds", [LONG])
def test_the_baseline_is_that_of_the_estimate(guess, monkeypatch):
    row, _ = guess
    kept = {usual.pk for usual in Opening.objects.all()}
    assert kept
    asked(row)
    with monkeypatch.context() as patch:
        patch.setattr(sitting_baseline, "_compute_or_none", None)
        work_off()
    assert told(row).sentence
    assert {usual.pk for usual in Opening.objects.all()} == kept


@pytest.mark.parametrize("seconds", [LONG])
def test_a_recomputed_baseline_is_as_of_the_estimate(guess):
    row, _ = guess
    Opening.objects.all().delete()
    asked(row)
    work_off()
    assert told(row).sentence
    assert {usual.made_at for usual in Opening.objects.all()} == {row.made_at}


@pytest.mark.parametrize("seconds", [LONG])
def test_after_the_opening_features_are_named_and_the_estimate_without_the_main_stream(guess):
    row, said = guess
    asked(row)
    work_off()
    answer, label = told(row), said.likeliest[0]
    named = answer.cues[label]
    assert named
    assert {cue.stream for cue in named} <= set(said.streams)
    top = max(answer.shares, key=answer.shares.get)
    assert answer.without.group == group_of(top)
    assert answer.without.label in {"", *said.labels}


@pytest.mark.parametrize("seconds", [LONG])
def test_no_feature_is_named_of_a_stream_that_points_against_the_estimate(guess, monkeypatch):
    row, said = guess
    asked(row)
    work_off()
    named = {cue.stream for cue in told(row).cues[said.likeliest[0]]}
    compute = explain.explain_label

    def turn_against(*inputs):
        found = compute(*inputs)
        shares = {name: -abs(x) if name in named else x for name, x in found.shares.items()}
        return replace(found, shares=shares)

    Explanation.objects.all().delete()
    monkeypatch.setattr(explain, "explain_label", turn_against)
    asked(row)
    work_off()
    answer = told(row)
    assert named
    assert not {cue.stream for cue in answer.cues[said.likeliest[0]]} & named


def test_during_the_opening_only_streams_are_named(guess):
    row, _ = guess
    asked(row)
    work_off()
    assert not any(told(row).cues.values())


def test_without_all_that_was_sensed_there_is_no_estimate():
    window = make_calibrated_window(2)
    camera = window.select({"face"})
    found = explanation_worker._leave_out_group(None, camera, "face")
    assert found == Counterfactual("camera", None)
    assert explanation_worker._leave_out_group(None, camera, "semantics") is None


@pytest.mark.timed
@pytest.mark.parametrize("seconds", [LONG])
def test_an_explanation_takes_less_than_a_second(guess):
    row, _ = guess
    asked(row)
    began = time.perf_counter()
    work_off()
    assert time.perf_counter() - began < 1.0
    assert told(row).sentence


def test_two_requests_give_one_explanation_computed_once(guess):
    row, _ = guess
    first, second = asked(row), asked(row)
    assert first.pk == second.pk
    assert len(work_off()) == 1
    sealed = bytes(Explanation.objects.get().sealed)
    asked(row)
    assert len(work_off()) == 0
    assert bytes(Explanation.objects.get().sealed) == sealed


def test_nothing_is_explained_without_a_request(guess):
    assert len(work_off()) == 0
    assert not Explanation.objects.exists()


def test_it_is_sealed_under_every_scope_of_its_estimate(guess):
    row, _ = guess
    asked(row)
    work_off()
    found = Explanation.objects.get()
    assert (found.scopes, found.epochs) == (row.scopes, row.epochs)
    assert len(set(key_ids(bytes(found.sealed)))) == len(SCOPES)
    where = explanations.place(found, row.learner.code)
    assert unseal_value(bytes(found.sealed), place=where)["sentence"] == told(row).sentence
    with pytest.raises(Tampered):
        unseal_value(bytes(found.sealed), place=explanations.place(found, uuid.uuid4()))


def test_foreign_estimates_and_abstentions_cannot_be_explained(guess, noah, sitting, now):
    row, _ = guess
    with pytest.raises(Http404):
        explanations.ask(row.id, gate.permit(noah.code, "course", now=timezone.now()), now=now)
    unsure = store_estimate(sitting, 500, predictors.find_active("affect"), timezone.now())
    assert unsure.status == "abstained"
    with pytest.raises(Http404):
        asked(unsure)
    disputes.dispute(row.id, "INTEREST", permits(row.learner)["course"], now=timezone.now())
    with pytest.raises(Http404):
        asked(row)


def test_a_withdrawal_before_the_explanation_leaves_nothing(guess):
    row, _ = guess
    asked(row)
    withdraw(row.learner, ["face:adapt"], now=timezone.now())
    assert len(work_off()) == 1
    assert cannot_be(row)


def test_a_withdrawal_during_the_explanation_is_refused_by_the_trigger(guess, monkeypatch):
    row, _ = guess
    real = explanation_worker.explain.explain_label

    def meanwhile(*given):
        withdraw(row.learner, ["face:adapt"], now=timezone.now())
        return real(*given)

    asked(row)
    monkeypatch.setattr(explanation_worker.explain, "explain_label", meanwhile)
    work_off()
    assert cannot_be(row)


def test_the_database_refuses_an_explanation_under_an_old_epoch(guess):
    row, _ = guess
    asked(row)
    withdraw(row.learner, ["face:adapt"], now=timezone.now())
    with pytest.raises(Refused), refuse_without_grant():
        Explanation.objects.update(sealed=b"x", due_at=None)
    assert bytes(Explanation.objects.get().sealed) == b""


def test_a_withdrawal_deletes_the_explanation_with_the_estimate(guess):
    row, _ = guess
    asked(row)
    work_off()
    sealed = bytes(Explanation.objects.get().sealed)
    erasure.withdraw(row.learner.code, ["face:adapt"], now=timezone.now())
    assert not Explanation.objects.exists()
    with pytest.raises(KeyDestroyed):
        unseal_value(sealed, place=explanations.place(Explanation(pk=row.id), row.learner.code))


def test_deleting_the_last_minutes_deletes_their_explanations(guess):
    row, _ = guess
    asked(row)
    work_off()
    before = timezone.now() - timedelta(minutes=20)
    Sitting.objects.update(began_at=before)
    AffectEstimate.objects.filter(pk=row.pk).update(made_at=before)
    recent_deletion.delete_recent(row.learner, ["pointer:adapt"], now=timezone.now())
    assert AffectEstimate.objects.get() == row
    assert not Explanation.objects.exists()
    assert asked(AffectEstimate.objects.get()).due_at is not None


@pytest.mark.parametrize("name", ["face", "pointer"])
def test_without_the_blocks_it_was_made_from_it_can_no_longer_be_explained(guess, name):
    row, _ = guess
    asked(row)
    Block.objects.filter(sitting=row.sitting_id, stream=name).delete()
    work_off()
    assert cannot_be(row)


def test_with_missing_blocks_there_is_no_explanation(guess):
    row, _ = guess
    asked(row)
    t0, t1 = windows.span(row.cut)
    lost = Block.objects.filter(sitting=row.sitting_id, t0__gte=t0 + 3, t0__lt=t1)
    assert lost.exclude(stream__in=["face", "pointer", "activity"]).exists()
    lost.delete()
    work_off()
    assert cannot_be(row)


def test_without_its_artefact_it_cannot_be_explained(guess, settings, tmp_path):
    row, _ = guess
    asked(row)
    predictors.load_model.cache_clear()
    settings.ARTEFACTS_DIR = tmp_path
    work_off()
    assert cannot_be(row)


def test_a_failure_does_not_affect_the_others(guess, sitting, caplog):
    row, _ = guess
    other = store_estimate(
        sitting, 500, make_predictor_row("foursub", "b"), timezone.now(), CONFUSION=0.9
    )
    asked(other)
    asked(row)
    assert len(work_off()) == 2
    assert cannot_be(other)
    assert told(row).sentence


def test_only_a_batch_is_processed_at_once(guess, sitting, monkeypatch):
    """Windows are looked for between two batches, as an explanation takes half a second."""
    row, _ = guess
    other = store_estimate(
        sitting, 500, make_predictor_row("foursub", "b"), timezone.now(), CONFUSION=0.9
    )
    monkeypatch.setattr(explanation_worker, "BATCH", 1)
    asked(other)
    asked(row)
    assert [len(work_off()) for _ in range(3)] == [1, 1, 0]


def test_a_claimed_row_is_skipped_until_its_lease_ends(guess):
    row, _ = guess
    asked(row)
    now = timezone.now()
    leased = lease_due(Explanation.objects.all(), 1, now=now, lease=explanation_worker.LEASE)
    assert [one.pk for one in leased] == [row.pk]
    assert explanation_worker.process_due(now=lambda: now) == []
    later = now + explanation_worker.LEASE
    with transaction.atomic():
        assert len(explanation_worker.process_due(now=lambda: later)) == 1


@pytest.mark.parametrize("seconds", [LONG])
@pytest.mark.parametrize(("error", "ends"), [(ValueError, True), (KeystoreBusy, False)])
def test_a_row_that_cannot_be_stored_waits_and_the_others_are_explained(
    sitting, monkeypatch, caplog, error, ends
):
    bad, good = AffectEstimate.objects.filter(sitting=sitting, status="live").order_by("cut")[:2]
    asked(bad)
    asked(good)
    seal = explanation_worker._seal

    def seal_or_fail(row, *given):
        if row.pk == bad.pk:
            raise error("mia was confused")
        return seal(row, *given)

    monkeypatch.setattr(explanation_worker, "_seal", seal_or_fail)
    assert len(work_off()) == 2
    assert told(good).sentence
    assert cannot_be(bad) == ends
    assert len(work_off()) == 0  # until the lease ends
    assert [each.message for each in caplog.records] == ["explanation.failed"]
    assert not any("confused" in str(vars(each)) for each in caplog.records)
