"""More of each row that stands in the permission matrix's world, where its pages show them: what a
page asks of the database must not grow with them.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from uuid import uuid4

from django.utils import timezone

from accounts import api_tokens
from adaptation import handing_in
from adaptation.models import Intervention
from authoring.models import Arrival, Version
from authoring.versions.drafting import as_stored
from consent.gate import Permit
from consent.models import ProfileChange
from courses import attempts, completion, grades, responses
from courses.models import Attempt, Course
from discussion import flags, posting
from discussion.models import Thread
from estimates.models import Predictor, Share
from estimates.share_model import TEACH_SCOPES
from privacy.models import Erasure, Hold, PrivacyRequest
from research.models import LabelItem, LabelTask, Study, StudyMember
from stewardship.people.importing.model import ImportRun
from telemetry import device_tokens, events, sittings
from tests import factories, lesson
from tests.consenting import yes
from tests.guessing import guessed
from tests.site import world_of_imports, world_of_research, world_of_runs
from tests.taking import make_test

AGO = timedelta(minutes=3)
SCOPES = ("pointer:adapt", "activity:adapt", "activity:research")


def crowd(people, times: int) -> None:
    """So many more of all that belongs to the cast of the world, `people` by name."""
    now = timezone.now()
    course = Course.objects.get(slug="algebra")
    others = lesson.class_of(course, times, now=now, name=f"further-{times}-")
    _units(course, times)
    for person in (people["mia"], people["noah"], *others):
        _learns(person, course, people["ines"], now)
    _guesses(people["mia"], others, course, now)
    _talk([people["noah"], *others], now)
    for number, person in enumerate(others):
        _other_course(people, f"further-{times}-{number}", now)
        _of_mia(people["mia"], person, number, now)
        _of_stewards(person, people["amir"], now)
        _authored(course, people["ines"], 10 * times + number, now)
    _research(course, others, now)
    _trained(len(others))


def _units(course, times) -> None:
    """A lesson of each kind, and a test."""
    for _ in range(times):
        factories.make_reading_unit(course)
        factories.make_video_unit(course)
        factories.make_quiz_unit(course)
        make_test(course=course)


def _learns(person, course, teacher, now) -> None:
    """Answers to every question, a part of each video, each reading read, each test taken.

    One after the other, and all before the two minutes after which a Teacher reads of silence:
    what the Now page asks hangs on which answer is the last, and on whether anybody is silent.
    """
    moments = (now - AGO + n * timedelta(milliseconds=1) for n in count())
    for unit in course.units.exclude(scenario="graded"):
        begun = next(moments)
        sitting = sittings.open(person, unit, scenario="course", page=uuid4(), now=begun)
        events.store(sitting, uuid4(), 0.0, "stuck", None, None, begun)
        if unit.kind == "video":
            completion.watched(person, unit, [(0, 40)], resume_s=40, now=now)
        for question in unit.questions.filter(position__isnull=False):
            responses.record(
                learner=person, question=question, given="7", sitting=sitting.id, hints_used=0,
                elapsed_ms=9000, draw=None, now=next(moments),
            )  # fmt: skip
    for test in course.units.filter(scenario="graded"):
        _takes(person, test, teacher, now)


def _takes(person, test, teacher, now) -> None:
    """Handed in, another turn given, and another grade put in place of the first."""
    if Attempt.objects.filter(learner=person, unit=test).exists():
        return
    attempt = attempts.begin(person, test, now=now)
    for question in test.questions.filter(position__isnull=False):
        attempts.keep(attempt, question, "5", elapsed_ms=1, now=now)
    handing_in.hand_in(attempt, now=now)
    attempts.give(person, test, by=teacher, attempts=1, now=now)
    grades.override(person, test, 70, "The third was unclear.", by=teacher, now=now)


def _guesses(mia, others, course, now) -> None:
    """Of mia in each unit, and of all the others once."""
    predictor = Predictor.objects.get(kind="affect")
    for person in others:
        yes(person, *SCOPES, now=now, by=person)
    for unit in course.units.exclude(scenario="graded"):
        sitting = sittings.open(mia, unit, scenario="course", page=uuid4(), now=now)
        guessed(sitting, 1, predictor, now, CONFUSION=0.6)
        _offered(mia, sitting, now)
    for person in others:
        sitting = sittings.open(person, course.units.first(), scenario="course", page=uuid4(),
                                now=now)  # fmt: skip
        guessed(sitting, 1, predictor, now, BOREDOM=0.7)
        _offered(person, sitting, now)


def _offered(person, sitting, now) -> None:
    Intervention.objects.create(
        sitting=sitting, learner=person, rule="R1", version=1, cut=2, kind="hint", probability=1,
        delivered=True, sealed=b"", decided_at=now, outcome="later", outcome_at=now,
    )  # fmt: skip


def _talk(people, now) -> None:
    """Threads beside the reading, replies in each, and everybody reports the first post."""
    unit = Thread.objects.order_by("made_at").first().unit
    for person in people[1:]:
        posting.begin(
            unit, person, id=uuid4(), title="Why so?", text="I do not see it.", time_s=None, now=now
        )
    for thread in Thread.objects.all():
        for person in people:
            post = posting.reply(thread, person, id=uuid4(), text="Look at the sign.", now=now)
        for person in people[:-1]:
            flags.report(post, person, why="Not about this.", now=now)


def _other_course(people, slug, now) -> None:
    """mia and noah learn in it, ines teaches and writes it and asks to see what is guessed."""
    course = factories.make_course(slug)
    unit = factories.make_reading_unit(course)
    factories.make_quiz_unit(course)
    for name, role in (("mia", "learner"), ("noah", "learner"), ("ines", "teacher")):
        factories.make_enrolment(people[name], course, role=role)
    posting.begin(unit, people["mia"], id=uuid4(), title="What?", text="@ines", time_s=None,
                  now=now)  # fmt: skip
    _share(people["mia"], people["ines"], course, now)
    _share(people["noah"], people["ines"], course, now, opened=True)


def _share(learner, teacher, course, now, *, opened=False) -> None:
    open_ = {
        "opened_at": now,
        "until": now + timedelta(days=7),
        "scopes": [TEACH_SCOPES[0]],
        "epochs": [1],
    }
    Share.objects.create(
        course=course, learner=learner, teacher=teacher, asked_at=now, **(open_ if opened else {})
    )


def _of_mia(mia, other, number, now) -> None:
    """Tokens, keys for devices, requests, and what was let go of her data."""
    api_tokens.make(mia, f"phone {number}", "read", 1, now=now)
    device_tokens.make(mia, "shimmer3", [Permit(mia.code, "eda:adapt", 0, now)], 1, now=now)
    for person in (mia, other):
        Erasure.objects.create(
            subject=person.code, scopes=[f"{('gaze', 'face', 'eda', 'layout')[number]}:adapt"],
            cause="withdrawal", asked_at=now, certificate="{}",
        )  # fmt: skip
    PrivacyRequest.objects.create(
        person=mia, by=mia, kind="access", asked_at=now, due_at=now, state="done", decided_at=now,
        outcome="given",
    )  # fmt: skip


def _of_stewards(person, steward, now) -> None:
    """A request, a hold and a change of profile that waits."""
    PrivacyRequest.objects.create(
        person=person, by=person, kind="erasure", asked_at=now, due_at=now + timedelta(days=30)
    )
    run = ImportRun.objects.get(state="ready")
    world_of_imports.make_rows(run, person, now, number=run.rows.count() + 3)
    world_of_imports.make_run(now, state="undone")
    Hold.objects.create(
        person=person, category="identity", days=1, asked_by=steward, asked_at=now, ends_at=now,
        reason=b"",
    )  # fmt: skip
    ProfileChange.objects.create(
        wanted="cn", before="demo", asked_at=now, reason=b"", state="declined", decided_at=now
    )


def _authored(course, author, number, now) -> None:
    Arrival.objects.create(
        author=author.code, name="course.zip", bytes=1, sent_at=now, state="refused"
    )
    Version.objects.create(
        course=course,
        number=number,
        state="published",
        cause="edited",
        package=as_stored(course),
        made_at=now,
    )


def _trained(count) -> None:
    """Trainings and Predictors, one for each of so many."""
    for _ in range(count):
        row = world_of_runs.make_predictor(uuid4().hex[:12])
        world_of_runs.make_run(str(row))


def _research(course, others, now) -> None:
    """Moments of all of them in each task, and further tasks."""
    for _ in others:
        LabelTask.objects.create(course=course, streams=["activity"], made_at=now)
    for task in LabelTask.objects.all():
        for person in others:
            sitting = person.sittings.first()
            LabelItem.objects.create(
                task=task, learner=person, sitting=sitting, cut=1, scopes=list(SCOPES[1:]),
                epochs=[1, 1], made_at=now,
            )  # fmt: skip
    study = Study.objects.first()
    for person in others:
        sitting = person.sittings.first()
        world_of_research.make_snapshot(study, course, person, sitting, now)
        world_of_research.add_row(study.snapshots.earliest("asked_at"), person, sitting, now)
        StudyMember.objects.create(study=study, person=person, named_at=now)
