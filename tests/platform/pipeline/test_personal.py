"""A learner's self-reports shift later estimates of that learner, and of no one else."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from estimates import self_reports
from estimates.inference import affect, personal_calibration
from estimates.models import AffectEstimate, PersonalCalibration, SelfReport
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from privacy import recent_deletion
from privacy.erasure import erasure
from telemetry import sittings
from telemetry.blocks import partitions
from tests.fixtures import factories
from tests.fixtures.sockets import recordings
from tests.fixtures.sockets.recordings import sense

pytestmark = pytest.mark.django_db
SAID_AT = (22.0, 33.0, 44.0, 52.0)
LATER = timedelta(seconds=100)


@pytest.fixture
def begin(allow, now):
    """Return `begin(person)`, which opens a Sitting with all Streams of the model allowed."""
    partitions.open_days()
    unit = factories.make_quiz_unit()

    def begun(person):
        allow(person, *(f"{name}:adapt" for name in recordings.AT_WORK))
        factories.make_enrolment(person, unit.course)
        return sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=now)

    return begun


@pytest.fixture
def sitting(begin, mia, shelf):
    shelf("affect")
    return begin(mia)


def drain(sitting, second):
    at = sitting.began_at + timedelta(seconds=second)
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def say(sitting, label, *, times=SAID_AT):
    for t in times:
        at = sitting.began_at + timedelta(seconds=t)
        permit = gate.permit(sitting.learner.code, "course", now=at)
        self_reports.store(sitting, uuid.uuid4(), t, label, permit, now=at)


def learn(sitting, after=LATER):
    return personal_calibration.learn_due(now=sitting.began_at + after)


def guesses(sitting):
    """Return the guesses stored for this Sitting, by cut."""
    now = sitting.began_at + timedelta(seconds=60)
    permits = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=now).granted
    rows = AffectEstimate.objects.filter(sitting=sitting).order_by("cut")
    return {row.cut: affect.read(row, permits) for row in rows}


def seldom_guessed(sitting):
    """Return the label the model gives least probability in this Sitting."""
    found = [each.raw for each in guesses(sitting).values() if each.raw]
    return min(found[0], key=lambda label: sum(each[label][0] for each in found)).lower()


def best(guess, label):
    return guess.labels[label.upper()][0]


def test_later_guesses_shift_towards_the_reports(sitting):
    sense(sitting)
    drain(sitting, 56)
    label = seldom_guessed(sitting)
    assert not PersonalCalibration.objects.exists()
    say(sitting, label)
    assert learn(sitting) == 1
    drain(sitting, 66)

    found = guesses(sitting)
    before = [each for cut, each in found.items() if cut < 10 and not each.abstain]
    after = [each for cut, each in found.items() if cut >= 11 and not each.abstain]
    assert before
    assert after
    for each in before:
        assert best(each, label) == pytest.approx(each.raw[label.upper()][0])
    for each in after:
        assert best(each, label) > each.raw[label.upper()][0]
        assert sum(span[0] for span in each.labels.values()) == pytest.approx(1, abs=1e-6)
        assert all(low <= at <= high for at, low, high in each.labels.values())


def test_it_learns_from_raw_guesses_and_not_from_calibrated_ones(sitting):
    """Otherwise each report would shift further than the one before."""
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    learn(sitting)
    drain(sitting, 66)
    first = calibration_of(sitting)
    SelfReport.objects.update(due_at=sitting.began_at)
    learn(sitting)
    assert calibration_of(sitting) == first


def calibration_of(sitting):
    row = PersonalCalibration.objects.get(learner=sitting.learner)
    now = sitting.began_at + timedelta(seconds=60)
    permits = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=now).granted
    own = personal_calibration.open_calibration(row, permits)
    return np.round(own.bias, 6).tolist(), round(own.camera, 6), own.agreed, own.reports


def test_it_counts_the_reports_that_have_a_guess(sitting):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    say(sitting, "stuck")
    say(sitting, "frustration")
    learn(sitting)
    _, camera, agreed, counted = calibration_of(sitting)
    assert counted == len(SAID_AT)
    assert agreed < counted
    assert 0 < camera <= 1


def test_unreadable_guesses_do_not_block_other_learners(sitting, begin, noah):
    other = begin(noah)
    for each in (sitting, other):
        sense(each)
    drain(sitting, 56)
    for each in (sitting, other):
        say(each, seldom_guessed(each))
    AffectEstimate.objects.filter(sitting=sitting).update(sealed=b"broken")
    assert learn(sitting) == 2
    assert set(PersonalCalibration.objects.values_list("learner", flat=True)) == {noah.pk}
    assert not SelfReport.objects.filter(due_at__isnull=False).exists()


def test_two_reports_are_too_few(sitting):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting), times=SAID_AT[:2])
    learn(sitting)
    assert not PersonalCalibration.objects.exists()
    assert not SelfReport.objects.filter(due_at__isnull=False).exists()


def test_a_report_is_not_learnt_from_before_its_window_is_over(sitting):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    assert learn(sitting, after=timedelta(seconds=SAID_AT[0] + 15)) == 0
    assert learn(sitting) == 1
    assert learn(sitting) == 0


def test_guesses_of_other_learners_do_not_change(sitting, begin, noah, mia):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    learn(sitting)
    other = begin(noah)
    sense(other)
    drain(other, 66)
    theirs = [each for each in guesses(other).values() if each.labels]
    assert theirs
    for each in theirs:
        assert all(best(each, label) == pytest.approx(each.raw[label][0]) for label in each.labels)
    assert set(PersonalCalibration.objects.values_list("learner", flat=True)) == {mia.pk}


def test_it_is_erased_with_any_of_its_scopes(sitting, mia, now):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    learn(sitting)
    erasure.withdraw(mia.code, ["face:adapt"], now=now)
    assert not PersonalCalibration.objects.exists()


def test_deleting_the_last_ten_minutes_erases_it(sitting, mia, now):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    learn(sitting)
    recent_deletion.delete_recent(mia, ["pointer:adapt"], now=now + LATER)
    assert not PersonalCalibration.objects.exists()


def test_the_database_refuses_one_of_an_old_epoch(sitting, mia):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    learn(sitting)
    row = PersonalCalibration.objects.get()
    row.delete()
    row.id, row.epochs = uuid.uuid4(), [epoch + 1 for epoch in row.epochs]
    with pytest.raises((IntegrityError, OperationalError)), transaction.atomic():
        row.save(force_insert=True)


def test_a_withdrawal_while_learning_stores_nothing(sitting, mia, monkeypatch):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    learnt = personal_calibration._fit

    def meanwhile(*said):
        found = learnt(*said)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE consent_grant SET epoch = epoch + 1 WHERE scope = 'face:adapt'")
        return found

    monkeypatch.setattr(personal_calibration, "_fit", meanwhile)
    assert learn(sitting) == 1
    assert not PersonalCalibration.objects.exists()


def test_a_whole_class_takes_one_more_query(sitting, begin, noah):
    other = begin(noah)
    for each in (sitting, other):
        sense(each)
    drain(sitting, 56)
    for each in (sitting, other):
        say(each, seldom_guessed(each))
    learn(sitting)
    assert PersonalCalibration.objects.count() == 2
    with CaptureQueriesContext(connection) as queries:
        drain(sitting, 66)
    asked = [each for each in queries if "estimates_personalcalibration" in each["sql"]]
    assert len(asked) == 1


def test_guesses_of_a_replaced_model_are_not_learnt_from(sitting, shelf):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    shelf("affect", seed=3)
    learn(sitting)
    assert not PersonalCalibration.objects.exists()
    assert predictors.find_active("affect") is not None


def test_an_unreadable_calibration_does_not_block_guesses(sitting):
    sense(sitting)
    drain(sitting, 56)
    say(sitting, seldom_guessed(sitting))
    learn(sitting)
    PersonalCalibration.objects.update(sealed=b"broken")
    before = len(guesses(sitting))
    drain(sitting, 66)
    assert len(guesses(sitting)) > before


def test_the_journey_shows_how_many_reports_count(sitting, mia, client_for):
    sense(sitting)
    drain(sitting, 56)
    says = "estimates about you are adjusted"
    assert says not in client_for(mia).get("/journey/").content.decode()
    say(sitting, seldom_guessed(sitting))
    learn(sitting)
    assert f"{says} a little towards what you said: 4 things you said count." in (
        client_for(mia).get("/journey/").content.decode()
    )
