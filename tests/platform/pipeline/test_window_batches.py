"""Windows of many Learners are processed together.

They take as many queries as those of two, and an error in one affects no other.
"""

from __future__ import annotations

import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adaptation.models import RuleState
from consent.permits import gate
from courses.models import UnitSkill
from estimates import self_reports
from estimates.models import AffectEstimate, BehaviourEstimate, SelfReport
from pipeline import page_messages
from pipeline import window_processing as pipeline_windows
from privacy.erasure import erasure
from telemetry import sittings
from telemetry.blocks import partitions
from telemetry.blocks.tracks import TrackRows
from telemetry.models import Window
from telemetry.windows import LEASE
from tests.fixtures import factories
from tests.fixtures.models import estimates
from tests.fixtures.offers import answer
from tests.fixtures.sockets import recordings
from tests.fixtures.users import make
from vault.errors import KeystoreBusy

# One less than a full batch, after which late Windows would be looked for.
MANY = min(pipeline_windows.BATCH, pipeline_windows.SECONDARY_BATCH) - 1

pytestmark = pytest.mark.django_db
STREAMS = ("pointer", "activity")
SCOPES = [f"{name}:adapt" for name in STREAMS]
CUT = 3
# Eleven of these queries open or close savepoints; three look for Explanations that are due.
OF_MANY = 51


@pytest.fixture
def quiz():
    skill = factories.make_skill(slug="factoring")
    unit = factories.make_quiz_unit(skill.course, skill=skill, questions=4)
    UnitSkill.objects.create(unit=unit, skill=skill)
    return unit


@pytest.fixture
def sit(quiz, allow, now):
    """Return `sit(20)`, which makes Learners with 20 s of data, an answer and a due Window each."""
    partitions.open_days()

    def sitting(number):
        person = make(f"learner-{number}-{uuid.uuid4().hex[:6]}", now=now)
        allow(person, *SCOPES)
        factories.make_enrolment(person, quiz.course)
        opened = sittings.open(person, quiz, scenario="course", page=uuid.uuid4(), now=now)
        answer(opened, quiz.questions.get(position=1), "999", 3, hints=number % 2)
        rows = recordings.recording()
        short = {name: (rows[name][0][:20], rows[name][1][:20]) for name in STREAMS}
        recordings.store(opened, short, now=now)
        opened.windows.all().delete()
        Window.objects.create(sitting=opened, cut=CUT, due_at=now + timedelta(seconds=21))
        return opened

    return lambda count: [sitting(number) for number in range(count)]


def drain(now, second=22):
    at = now + timedelta(seconds=second)
    return pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def asked(now):
    with CaptureQueriesContext(connection) as found:
        drain(now)
    return [row["sql"] for row in found.captured_queries]


def test_many_windows_take_as_many_queries_as_two(sit, shelf, now):
    shelf("affect", streams=STREAMS)
    sit(2)
    of_two = asked(now)
    sit(MANY)
    of_many = asked(now)

    assert AffectEstimate.objects.count() == 2 + MANY
    assert set(Window.objects.values_list("state", flat=True)) == {"done"}
    assert (len(of_many), len(of_two)) == (OF_MANY, OF_MANY)


def test_windows_wait_while_the_keystore_is_busy(sit, shelf, now, monkeypatch, caplog):
    shelf("affect", streams=STREAMS)
    sit(3)

    def busy(*_):
        raise KeystoreBusy("the transit service did not answer")

    with monkeypatch.context() as away:
        away.setattr("telemetry.blocks.tracks.TrackRows.tracks", busy)
        assert drain(now) == 0
    assert set(Window.objects.values_list("state", flat=True)) == {"pending"}
    assert not AffectEstimate.objects.exists()
    assert "windows.postponed" in caplog.text
    assert drain(now, 22 + LEASE.seconds - 1) == 0

    assert drain(now, 22 + LEASE.seconds) == 3
    assert set(Window.objects.values_list("state", flat=True)) == {"done"}
    assert AffectEstimate.objects.count() == 3


def test_windows_whose_key_is_busy_hold_up_no_others_and_are_late_in_the_end(
    sit, shelf, now, monkeypatch
):
    shelf("affect", streams=STREAMS)
    held_up = sit(3)[1]
    read = TrackRows.tracks

    def busy_for_one(rows, *arguments):
        if rows.request.sitting.id == held_up.id:
            raise KeystoreBusy("master key 1 is gone")
        return read(rows, *arguments)

    monkeypatch.setattr(TrackRows, "tracks", busy_for_one)
    assert drain(now) == 2
    states = dict(Window.objects.values_list("sitting_id", "state"))
    assert states.pop(held_up.id) == "pending"
    assert set(states.values()) == {"done"}
    assert AffectEstimate.objects.count() == 2

    drain(now, 22 + LEASE.seconds)
    drain(now, 22 + 2 * LEASE.seconds)
    assert Window.objects.get(sitting=held_up).state == "late"


def test_many_pages_read_estimates_with_as_many_queries_as_two(sit, shelf, now):
    shelf("affect", streams=STREAMS)
    everybody = sit(MANY)
    drain(now)
    rows = AffectEstimate.objects.select_related("sitting__learner")
    asked_for = [(row.id, row.sitting) for row in rows]

    def shown(pages):
        with CaptureQueriesContext(connection) as found:
            told = page_messages.estimate_messages(pages)
        return told, len(found)

    (_, of_two), (told, of_all) = shown(asked_for[:2]), shown(asked_for)
    assert of_two == of_all
    assert [told[each]["id"] for each in asked_for] == [str(id) for id, _ in asked_for]
    assert len(asked_for) == len(everybody)


def test_a_page_reads_no_estimate_of_another_and_none_that_was_tampered_with(
    sit, shelf, now, caplog
):
    shelf("affect", streams=STREAMS)
    sit(3)
    drain(now)
    (one, mine), (two, theirs), (three, third) = [
        (row.id, row.sitting) for row in AffectEstimate.objects.all()
    ]
    AffectEstimate.objects.filter(id=two).update(sealed=AffectEstimate.objects.get(id=one).sealed)
    pages = [(one, theirs), (two, mine), (two, theirs), (three, third)]
    told = page_messages.estimate_messages(pages)

    assert [message and message["id"] for message in told.values()] == [None] * 3 + [str(three)]
    assert [each.message for each in caplog.records] == ["estimate.unreadable"]


def test_secondary_predictors_take_as_many_queries_for_many(sit, shelf, now):
    shelf("affect", streams=STREAMS)
    shelf("foursub", streams=STREAMS)
    sit(2)
    of_two = asked(now)
    sit(MANY)
    of_many = asked(now)

    assert AffectEstimate.objects.filter(predictor__kind="foursub").count() == 2 + MANY
    assert len(of_many) == len(of_two)


def test_behaviour_takes_as_many_queries_for_many(sit, settings, now):
    settings.ARTEFACTS_DIR = settings.BASE_DIR / "artefacts"
    estimates.register_shipped("behaviour", now=now)
    sit(2)
    of_two = asked(now)
    sit(MANY)
    of_many = asked(now)

    assert BehaviourEstimate.objects.count() == 2 + MANY
    assert len(of_many) == len(of_two)


def test_a_damaged_record_affects_only_its_window(sit, shelf, now, caplog):
    shelf("affect", streams=STREAMS)
    opened = sit(5)
    broken = opened[2]
    permit = gate.permit(broken.learner.code, "course", now=now)
    self_reports.store(broken, uuid.uuid4(), 5.0, "stuck", permit, now=now + timedelta(seconds=5))
    SelfReport.objects.update(sealed=b"\x01 not what was sealed")

    drain(now)

    assert {row.sitting_id for row in AffectEstimate.objects.all()} == {
        each.id for each in opened if each != broken
    }
    assert caplog.text.count("window.failed") == 1
    assert set(Window.objects.values_list("state", flat=True)) == {"done"}


def test_a_withdrawal_between_guess_and_store_affects_only_its_learner(
    sit, shelf, now, monkeypatch
):
    shelf("affect", streams=STREAMS)
    opened = sit(4)
    gone = opened[1].learner
    guess = pipeline_windows.affect.guess_each

    def withdrawn_meanwhile(*said):
        found = guess(*said)
        erasure.withdraw(gone.code, ["pointer:adapt"], now=now)
        return found

    monkeypatch.setattr(pipeline_windows.affect, "guess_each", withdrawn_meanwhile)
    drain(now)

    kept = {row.learner_id for row in AffectEstimate.objects.all()}
    assert kept == {each.learner_id for each in opened} - {gone.pk}


def test_windows_of_one_learner_are_processed_in_order(quiz, mia, now):
    factories.make_enrolment(mia, quiz.course)
    sitting = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)
    for second in (10, 15):
        answer(sitting, quiz.questions.get(position=1), "999", second)

    drain(now, 46)

    state = RuleState.objects.get(rule="R1")
    assert len(state.fired) == 1


def test_a_second_drain_returns_and_the_first_runs_once_more(monkeypatch, now):
    looked = []

    def look(_, __):
        looked.append(len(looked))
        if len(looked) == 1:
            with ThreadPoolExecutor(1) as other:
                assert other.submit(drain, now).result(10) == 0
        return 5

    monkeypatch.setattr(pipeline_windows, "_drain_queue", look)

    assert drain(now) == 10
    assert looked == [0, 1]
    assert drain(now) == 5
