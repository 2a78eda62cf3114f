"""Why a guess was made: worked out by the worker from what may still be read, or not at all."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.trigger_errors import walled
from emotion.explain import HEDGE
from estimates import disputes, explanation_worker, explanations
from estimates.inference import affect
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
from tests.fixtures.models.estimates import make_predictor_row, register_shipped, store_estimate
from tests.fixtures.sockets import recordings
from vault.errors import KeyDestroyed
from vault.sealed_values import Tampered, key_ids, unseal_value

pytestmark = pytest.mark.django_db
SCOPES = [f"{name}:adapt" for name in recordings.STREAMS]
SECONDS, LONG = 22, 148


@pytest.fixture
def seconds():
    """How long it went on; past its calibration where a test says so."""
    return SECONDS


@pytest.fixture
def now(seconds):
    """The clock's, because keys, Permits and the wall read that."""
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture
def sitting(mia, allow, now, seconds):
    """mia has sat for a while in what the generator calls confusion, and was guessed about."""
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
    """The newest guess that was sure, and what was in it."""
    row = AffectEstimate.objects.filter(sitting=sitting, status="live").order_by("-cut").first()
    return row, affect.read(row, permits(sitting.learner))


def permits(person, at=None):
    return gate.permits(person.code, [*SCOPES, "course"], now=at or timezone.now()).granted


def asked(row):
    now = timezone.now()
    return explanations.ask(row.id, gate.permit(row.learner.code, "course", now=now), now=now)


def work_off():
    return explanation_worker.work_off(now=timezone.now)


def told(row):
    return explanations.read(Explanation.objects.get(pk=row.pk), permits(row.learner))


def cannot_be(row):
    found = Explanation.objects.get(pk=row.pk)
    return found.due_at is None and bytes(found.sealed) == b""


def test_the_real_prior_is_explained_by_its_streams_and_says_when(guess):
    row, said = guess
    asked(row)
    assert work_off() == 1

    answer = told(row)
    label = said.likeliest[0]
    assert set(answer.shares) == set(said.streams)
    assert answer.sentence.endswith(HEDGE)
    top = max(answer.shares, key=answer.shares.get)
    assert explanation_worker.explain.WORDS[top] in answer.sentence
    # Shapley values sum to P(label | all) - P(label | none), and none is one of four labels.
    assert 0 < said.labels[label][0] - sum(answer.shares.values()) < 1
    assert 0 < answer.left < 1


@pytest.mark.parametrize("seconds", [LONG])
def test_what_was_usual_is_what_the_guess_was_told(guess, monkeypatch):
    row, _ = guess
    kept = {usual.pk for usual in Opening.objects.all()}
    assert kept
    asked(row)
    with monkeypatch.context() as patch:
        patch.setattr(windows, "opening_of", None)
        work_off()
    assert told(row).sentence
    assert {usual.pk for usual in Opening.objects.all()} == kept


@pytest.mark.parametrize("seconds", [LONG])
def test_what_was_usual_and_is_made_anew_is_as_old_as_the_guess(guess):
    row, _ = guess
    Opening.objects.all().delete()
    asked(row)
    work_off()
    assert told(row).sentence
    assert {usual.made_at for usual in Opening.objects.all()} == {row.made_at}


def test_asking_twice_owes_one_answer_and_an_answer_is_not_worked_out_again(guess):
    row, _ = guess
    first, second = asked(row), asked(row)
    assert first.pk == second.pk
    assert work_off() == 1
    sealed = bytes(Explanation.objects.get().sealed)
    asked(row)
    assert work_off() == 0
    assert bytes(Explanation.objects.get().sealed) == sealed


def test_nothing_is_worked_out_that_nobody_asked_for(guess):
    assert work_off() == 0
    assert not Explanation.objects.exists()


def test_it_is_sealed_under_every_scope_of_its_guess(guess):
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


def test_what_is_not_one_s_own_or_guessed_nothing_cannot_be_asked_about(guess, noah, sitting, now):
    row, _ = guess
    with pytest.raises(Http404):
        explanations.ask(row.id, gate.permit(noah.code, "course", now=timezone.now()), now=now)
    unsure = store_estimate(sitting, 500, predictors.active("affect"), timezone.now())
    assert unsure.status == "abstained"
    with pytest.raises(Http404):
        asked(unsure)
    disputes.dispute(row.id, "INTEREST", permits(row.learner)["course"], now=timezone.now())
    with pytest.raises(Http404):
        asked(row)


def test_a_yes_taken_back_between_asking_and_answering_leaves_nothing(guess):
    row, _ = guess
    asked(row)
    withdraw(row.learner, ["face:adapt"], now=timezone.now())
    assert work_off() == 1
    assert cannot_be(row)


def test_a_yes_taken_back_while_the_network_runs_meets_the_wall(guess, monkeypatch):
    row, _ = guess
    real = explanation_worker.explain.explain_label

    def meanwhile(*given):
        withdraw(row.learner, ["face:adapt"], now=timezone.now())
        return real(*given)

    asked(row)
    monkeypatch.setattr(explanation_worker.explain, "explain_label", meanwhile)
    work_off()
    assert cannot_be(row)


def test_the_database_takes_no_answer_under_a_dead_epoch_by_any_path(guess):
    row, _ = guess
    asked(row)
    withdraw(row.learner, ["face:adapt"], now=timezone.now())
    with pytest.raises(Refused), walled():
        Explanation.objects.update(sealed=b"x", due_at=None)
    assert bytes(Explanation.objects.get().sealed) == b""


def test_a_withdrawal_takes_the_answer_along_with_the_guess(guess):
    row, _ = guess
    asked(row)
    work_off()
    sealed = bytes(Explanation.objects.get().sealed)
    erasure.withdraw(row.learner.code, ["face:adapt"], now=timezone.now())
    assert not Explanation.objects.exists()
    with pytest.raises(KeyDestroyed):
        unseal_value(sealed, place=explanations.place(Explanation(pk=row.id), row.learner.code))


def test_the_last_minutes_take_answers_along_and_an_older_guess_can_be_asked_about_again(guess):
    row, _ = guess
    asked(row)
    work_off()
    before = timezone.now() - timedelta(minutes=20)
    Sitting.objects.update(began_at=before)
    AffectEstimate.objects.filter(pk=row.pk).update(made_at=before)
    recent_deletion.delete(row.learner, ["pointer:adapt"], now=timezone.now())
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


def test_without_some_of_its_blocks_another_guess_comes_out_and_nothing_is_told(guess):
    row, _ = guess
    asked(row)
    t0, t1 = windows.span(row.cut)
    lost = Block.objects.filter(sitting=row.sitting_id, t0__gte=t0 + 3, t0__lt=t1)
    assert lost.exclude(stream__in=["face", "pointer", "activity"]).exists()
    lost.delete()
    work_off()
    assert cannot_be(row)


def test_without_the_artefact_that_guessed_it_cannot_be_explained(guess, settings, tmp_path):
    row, _ = guess
    asked(row)
    predictors.loaded.cache_clear()
    settings.ARTEFACTS_DIR = tmp_path
    work_off()
    assert cannot_be(row)


def test_one_that_fails_leaves_the_others_whole(guess, sitting, caplog):
    row, _ = guess
    other = store_estimate(
        sitting, 500, make_predictor_row("foursub", "b"), timezone.now(), CONFUSION=0.9
    )
    asked(other)
    asked(row)
    assert work_off() == 2
    assert cannot_be(other)
    assert told(row).sentence


def test_one_that_another_worker_has_taken_is_passed_over_until_its_lease_ends(guess):
    row, _ = guess
    asked(row)
    now = timezone.now()
    assert [one.pk for one in explanation_worker._claim(now)] == [row.pk]
    assert explanation_worker.work_off(now=lambda: now) == 0
    later = now + explanation_worker.LEASE
    with transaction.atomic():
        assert explanation_worker.work_off(now=lambda: later) == 1
