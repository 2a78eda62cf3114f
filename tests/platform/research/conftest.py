"""Two Learners who allow research on their pointer, one who does not, and two Researchers."""

from __future__ import annotations

import uuid
from datetime import timedelta
from random import Random

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.people import make_person
from research.labels import sampling
from research.snapshots import freeze_worker, snapshot_requests
from research.studies import study_approval, study_setup
from telemetry import sittings
from telemetry.blocks import partitions
from telemetry.models import Sitting
from tests.fixtures import factories
from tests.fixtures.models import estimates
from tests.fixtures.sockets import recordings
from tests.fixtures.users import NOW, PASSWORD

RESEARCH = ("pointer:adapt", "pointer:research")
STREAMS = ("pointer",)
BOTH = ("pointer", "activity")


@pytest.fixture(autouse=True)
def trainings_not_nice(monkeypatch):
    """Run trainings at normal priority: at low priority they would wait for all other tests."""
    monkeypatch.setattr("research.runs.training_process.NICENESS", 0)


@pytest.fixture
def now():
    """The real clock, which the pages use; data must be from a day they accept."""
    return timezone.now()


@pytest.fixture
def course(mia, noah):
    made = factories.make_course("algebra")
    for learner in (mia, noah):
        factories.make_enrolment(learner, made)
    return made


@pytest.fixture
def video(course):
    return factories.make_video_unit(course)


@pytest.fixture
def predictor(db):
    return estimates.make_predictor_row("affect", "a")


@pytest.fixture
def sense(video, predictor, now):
    """`sense(person)`: record half a minute and store about four Estimates."""

    partitions.open_days()

    def made(person, *, cuts=(2, 3, 4, 5)):
        began = now - timedelta(minutes=5)
        sitting = sittings.open(person, video, scenario="course", page=uuid.uuid4(), now=began)
        recordings.store(sitting, {"pointer": recordings.recording()["pointer"]}, now=began)
        for cut in cuts:
            estimates.store_estimate(sitting, cut, predictor, now, CONFUSION=0.6)
        return sitting

    return made


@pytest.fixture
def sense_all(video, predictor, now):
    """The same with activity as a second stream."""
    partitions.open_days()

    def made(person):
        began = now - timedelta(minutes=5)
        sitting = sittings.open(person, video, scenario="course", page=uuid.uuid4(), now=began)
        rows = {name: recordings.recording()[name] for name in BOTH}
        recordings.store(sitting, rows, now=began)
        for cut in (2, 3, 4, 5):
            estimates.store_estimate(sitting, cut, predictor, now, CONFUSION=0.6)
        return sitting

    return made


@pytest.fixture
def willing(mia, noah, allow, sense, now):
    """mia allows research on her pointer; noah does not."""
    allow(mia, *RESEARCH, now=now)
    allow(noah, "pointer:adapt", now=now)
    return {person: sense(person) for person in (mia, noah)}


@pytest.fixture
def other(db):
    """A second Researcher, whose name is shown."""
    return make_person("rosa", name="rosa", roles=["researcher"], password=PASSWORD, now=NOW)


@pytest.fixture
def task(course, willing, ravi, now):
    return sampling.draw(course, STREAMS, ravi, rng=Random(1), now=now)


@pytest.fixture
def pending_study(ravi, now):
    """A study of thirty days with ravi as a member, his statement, and no Steward's decision."""
    last_day = timezone.localdate(now) + timedelta(days=30)
    made = study_setup.begin_study("Confusion in algebra", "EK 2026-N-12", last_day, ravi, now=now)
    study_setup.record_statement(made, ravi, now=now)
    return made


@pytest.fixture
def study(pending_study, amir, now):
    """The same, approved by amir."""
    return study_approval.answer(pending_study.id, "approved", amir, now=now)


@pytest.fixture
def freeze(study, course, ravi, now):
    """`freeze(streams)`: requested by ravi and processed."""

    def made(*streams, of=study, unlabelled=True):
        Sitting.objects.update(active_at=F("began_at") + timedelta(seconds=150))
        wish = snapshot_requests.SnapshotRequest(of, course, streams or STREAMS, 1, unlabelled)
        row = snapshot_requests.ask(wish, ravi, now=now)
        freeze_worker.process_due(now=lambda: now)
        row.refresh_from_db()
        return row

    return made


@pytest.fixture
def two(mia, noah, allow, sense_all, now):
    """mia and noah both allow research on pointer and activity."""
    for person in (mia, noah):
        allow(person, *(f"{name}:{each}" for name in BOTH for each in ("adapt", "research")))
    return {person: sense_all(person) for person in (mia, noah)}


@pytest.fixture
def more(course, allow, sense_all, now):
    """Three more who allow the same: nothing is exported of fewer than five."""
    people = [
        make_person(name, name=name, roles=[], password=PASSWORD, now=NOW)
        for name in ("ada", "ben", "cleo")
    ]
    for person in people:
        factories.make_enrolment(person, course)
        allow(person, *(f"{name}:{each}" for name in BOTH for each in ("adapt", "research")))
        sense_all(person)
    return people
