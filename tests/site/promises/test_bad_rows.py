"""A due row that cannot be handled delays no other, and the log names no person."""

from __future__ import annotations

import logging
import random
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from adaptation import check_ins
from adaptation.effects import hint_ab_trial, proximal_outcome
from adaptation.effects.models import WordingShown, WordingTrial
from adaptation.models import Intervention, ProximalOutcome
from courses.models.video_semantics import VideoSemantics
from discussion import erasure as discussion_erasure
from discussion.models import Post, Thread
from estimates.inference import personal_calibration
from estimates.knowledge import mastery
from estimates.models import MasteryEstimate, SelfReport
from peers import pairs
from peers.models import PeerPair
from pipeline import video_semantics
from telemetry import sittings
from telemetry.models import Sitting
from tests.fixtures import factories
from tests.fixtures.models.estimates import make_predictor_row
from tests.fixtures.peer_pairs import make_pair

ROOT = Path(__file__).resolve().parents[3]
PLATFORM = ROOT / "platform"
TAKES_ROWS = re.compile(r"^from work_queue\.due_rows import .*\b(lock_|lease_|take_)", re.M)
DAY = timedelta(days=1)
SECRET = "mia wrote that she is sad"


@dataclass(frozen=True)
class Queue:
    """A queue with a way to fill it. `make` returns its two due rows; `handler` takes one of them.

    `is_done` says of a row whether the sweep handled it. `ends`: whether a failed row is given up.
    """

    module: str
    handler: tuple[object, str]
    make: Callable
    sweep: Callable
    is_done: Callable
    ends: bool = False


def make_sittings(people, now):
    unit = factories.make_quiz_unit()
    for person in people:
        factories.make_enrolment(person, unit.course)
    return [
        sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=now)
        for person in people
    ]


def make_outcomes(people, now):
    for sitting in make_sittings(people, now):
        decision = Intervention.objects.create(
            sitting=sitting, learner=sitting.learner, cut=1, probability=1, delivered=True,
            sealed=b"", decided_at=now, rule="R1", version=1, kind="hint",
        )  # fmt: skip
        proximal_outcome.schedule_measurement(decision, randomised=False)
    return ProximalOutcome.objects.order_by("intervention__learner")


def make_wordings(people, now):
    hint, *_ = factories.make_hints(factories.make_question())
    trial = WordingTrial.objects.create(hint=hint, began_at=now, share=0.5, decisions=500)
    for person in people:
        WordingShown.objects.create(
            trial=trial, learner=person, other=False, probability=0.5, shown_at=now, due_at=now
        )
    return WordingShown.objects.order_by("learner")


def make_trials(people, now):
    for _person in people:
        make_wordings(people, now - DAY)
    return WordingTrial.objects.order_by("pk")


def make_mastery(people, now):
    skill = factories.make_skill()
    for person in people:
        MasteryEstimate.objects.create(learner=person, skill=skill, sealed=b"", due_at=now)
    return MasteryEstimate.objects.order_by("learner")


def make_reports(people, now):
    make_predictor_row("affect", "a")
    for sitting in make_sittings(people, now):
        SelfReport.objects.create(
            id=uuid.uuid4(), sitting=sitting, learner=sitting.learner, t=1, sealed=b"x",
            made_at=now, due_at=now,
        )  # fmt: skip
    return SelfReport.objects.order_by("learner")


def make_pairs(people, now):
    skill = factories.make_skill()
    for person in people:
        factories.make_enrolment(person, skill.course)
    made = [make_pair(*two, skill, now=now - 30 * DAY) for two in (people, people[::-1])]
    return PeerPair.objects.filter(pk__in=[pair.pk for pair in made]).order_by("learner")


def make_posts(people, now):
    for person in people:
        thread = Thread.objects.create(unit=factories.make_unit(), author=person, made_at=now)
        Post.objects.create(
            thread=thread, author=person, sealed=b"x", made_at=now, deleted_at=now - DAY
        )
    return Post.objects.order_by("author")


def make_check_ins(people, now):
    for person in people:
        person.check_ins = 6
        person.save(update_fields=["check_ins"])
    make_sittings(people, now - DAY)
    Sitting.objects.update(check_in_at=now, active_at=now)
    return Sitting.objects.order_by("learner")


def make_videos(people, _now):
    return [factories.make_video_unit().video for _person in people]


def is_gone(row):
    return not type(row).objects.filter(pk=row.pk).exists()


def is_no_longer_due(row):
    return type(row).objects.get(pk=row.pk).due_at is None


def is_asked(row):
    return Sitting.objects.get(pk=row.pk).checked_in_at is not None


def is_learnt(row):
    return WordingTrial.objects.get(pk=row.pk).learnt_at is not None


def is_described(row):
    return VideoSemantics.objects.filter(video=row).exists()


QUEUES = [
    Queue(
        "adaptation/effects/measurement_queue.py",
        (proximal_outcome, "_measure"),
        make_outcomes,
        lambda now: proximal_outcome.measure_due(now + DAY),
        is_no_longer_due,
    ),
    Queue(
        "adaptation/effects/measurement_queue.py",
        (hint_ab_trial, "_measure"),
        make_wordings,
        lambda now: hint_ab_trial.measure_due(now + DAY),
        is_no_longer_due,
    ),
    Queue(
        "adaptation/effects/hint_ab_trial.py",
        (hint_ab_trial, "load_cases"),
        make_trials,
        hint_ab_trial.learn_due,
        is_learnt,
        ends=True,
    ),
    Queue(
        "pipeline/video_semantics.py",
        (video_semantics, "_update_video"),
        make_videos,
        lambda now: video_semantics.update_semantics(clock=lambda: now),
        is_described,
    ),
    Queue(
        "estimates/knowledge/mastery.py",
        (mastery, "_trace"),
        make_mastery,
        lambda now: mastery.refine_due(now=now),
        is_no_longer_due,
        ends=True,
    ),
    Queue(
        "estimates/inference/personal_calibration.py",
        (personal_calibration, "learn"),
        make_reports,
        lambda now: personal_calibration.learn_due(now=now),
        is_no_longer_due,
        ends=True,
    ),
    Queue(
        "peers/pairs.py",
        (pairs, "_save"),
        make_pairs,
        lambda now: pairs.end_due(now=now),
        is_no_longer_due,
    ),
    Queue(
        "discussion/erasure.py",
        (discussion_erasure, "_forget_deleted"),
        make_posts,
        lambda now: discussion_erasure.forget_deleted(now=now),
        is_gone,
    ),
    Queue(
        "adaptation/check_ins.py",
        (check_ins, "is_suitable"),
        make_check_ins,
        lambda now: check_ins.ask_due(now=now, rng=random.Random(1)),
        is_asked,
    ),
]
# What has its own test of a bad row, as it needs a server or a model.
TESTED_ELSEWHERE = {
    "accounts/mail/delivery.py": "accounts/mail/test_delivery.py",
    "estimates/explanation_worker.py": "estimates/test_explanation_worker.py",
    "lti/services/platform_sweeps.py": "lti/services/test_platform_sweeps.py",
    "privacy/export/lrs_delivery.py": "privacy/export/test_lrs_delivery.py",
}
# These take one row at a time, so no row is in a batch with a bad one. The lease of a row that
# fails is counted as a try, and it comes last in the next sweep.
ONE_AT_A_TIME = {
    "authoring/films/conversion_worker.py",
    "authoring/imports/worker.py",
    "authoring/speech/drafting_worker.py",
    "research/snapshots/freeze_worker.py",
    "stewardship/people/imports/worker.py",
    "stewardship/people/search/worker.py",
    "teaching/rules/replays/worker.py",
}
# These change all locked rows with one statement.
NOTHING_TO_HANDLE = {
    "accounts/sign_in/throttle.py",
    "discussion/announcements/announcement_mails.py",
}


def test_every_module_that_takes_due_rows_has_a_test_of_a_bad_row():
    found = {
        file.relative_to(PLATFORM).as_posix()
        for file in PLATFORM.rglob("*.py")
        if TAKES_ROWS.search(file.read_text()) and file.parent.name != "work_queue"
    }
    tested = {queue.module for queue in QUEUES} | set(TESTED_ELSEWHERE)
    assert found == tested | ONE_AT_A_TIME | NOTHING_TO_HANDLE
    for test in TESTED_ELSEWHERE.values():
        text = (ROOT / "tests" / "platform" / test).read_text()
        assert re.search(r"^def test_a_row_that_cannot_be_\w+_waits_and_the_others_are", text, re.M)


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.make.__name__[5:])
@pytest.mark.django_db
def test_a_bad_row_keeps_no_other_from_being_handled(queue, mia, noah, now, monkeypatch, caplog):
    bad, _good = rows = list(queue.make([mia, noah], now))
    handle = getattr(*queue.handler)
    subject = {bad, getattr(bad, "learner", None)} - {None}

    def handle_or_fail(row, *given, **named):
        if row in subject:
            raise RuntimeError(SECRET)
        return handle(row, *given, **named)

    monkeypatch.setattr(*queue.handler, handle_or_fail)
    with caplog.at_level(logging.WARNING):
        queue.sweep(now)
    assert [queue.is_done(row) for row in rows] == [queue.ends, True]
    logged = [vars(each) for each in caplog.records]
    assert any(each.get("why") == "RuntimeError" for each in logged)
    assert not any("sad" in str(each) or each["exc_info"] for each in logged)
    monkeypatch.setattr(*queue.handler, handle)
    queue.sweep(now + DAY)
    assert queue.is_done(bad) or queue.make is make_check_ins
