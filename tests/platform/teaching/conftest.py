"""A class: ines teaches mia and noah; a video with two chapters, a quiz, and data helpers."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from consent.grants import grants
from consent.notices import notices
from consent.scopes import split
from consent.stream_groups import group_of
from courses.answers import responses
from estimates.group_figures.noise import NO_NOISE
from estimates.inference import affect
from estimates.inference.affect import Guess
from estimates.models import AffectEstimate, Predictor
from telemetry import events, sittings
from tests.fixtures import factories
from tests.fixtures.users import make
from vault.sealed_values import seal_value

TEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BOTH = ("pointer:adapt", "pointer:teach")


@pytest.fixture(autouse=True)
def figures_without_noise(monkeypatch):
    """Remove the noise of class pictures and effects, so that figures are exact.

    The noise has its own tests (`estimates/group_figures/test_noise.py`, `tools.inference_attack`).
    """
    remove_noise(monkeypatch)


def remove_noise(monkeypatch):
    for module in ("estimates.group_figures.publications", "teaching.effects.published_effects"):
        monkeypatch.setattr(f"{module}.sticky_noise", lambda *_: NO_NOISE)


@pytest.fixture
def course(mia, noah, ines):
    made = factories.make_course("algebra")
    for learner in (mia, noah):
        factories.make_enrolment(learner, made)
    factories.make_enrolment(ines, made, role="teacher")
    return made


@pytest.fixture
def video(course):
    unit = factories.make_video_unit(course)
    unit.title = "Factoring trinomials"
    unit.save(update_fields=["title"])
    return unit


@pytest.fixture
def quiz(course):
    unit = factories.make_quiz_unit(course, skill=factories.make_skill(course, "slope"))
    unit.title = "Quiz four"
    unit.save(update_fields=["title"])
    return unit


@pytest.fixture
def question(quiz):
    return quiz.questions.get(position=1)


def sit(learner, unit, at):
    return sittings.open(learner, unit, scenario="course", page=uuid.uuid4(), now=at)


def tell(sitting, name, at, value=None, ref=None):
    t = (at - sitting.began_at).total_seconds()
    events.store(sitting, uuid.uuid4(), t, name, value, ref, at)


def answer(learner, question, at, *, right=False, sitting=None, elapsed_ms=9000):
    made = responses.record(
        learner=learner,
        question=question,
        given=question.answer if right else "999",
        sitting=sitting.id if sitting else None,
        hints_used=0,
        elapsed_ms=elapsed_ms,
        draw=None,
        now=at,
    )
    if sitting:
        tell(sitting, "answer", at, float(right), question.code)
    return made


@pytest.fixture
def allow(db, settings):
    """Grant these scopes as the consent page does: `allow(mia, "pointer:adapt", …)`."""
    settings.LEGAL_PROFILE = "demo"
    notices.publish(TEN - timedelta(days=1))

    def say_yes(person, *scopes, now=TEN - timedelta(hours=1)):
        by_group = defaultdict(list)
        for scope in scopes:
            by_group[group_of(split(scope)[0].name)].append(scope)
        for group, names in by_group.items():
            notice = notices.current(group, person.age_band, now=now)
            grants.grant(person.code, names, notice=notice, now=now, actor=person.code)

    return say_yes


@pytest.fixture
def predictor(db):
    return Predictor.objects.create(
        name="prior", digest="0123456789ab", kind="affect", origin="simulated", card={}
    )


@pytest.fixture
def feel(predictor):
    """Store one Estimate, sealed as the worker seals it: `feel(sitting, cut, CONFUSION=.6)`."""

    def made(sitting, cut, *, streams=("pointer",), status="live", **labels):
        scopes = {
            f"{stream}:adapt": _epoch(sitting.learner, f"{stream}:adapt") for stream in streams
        }
        guess = Guess(
            labels={label: (p, max(0, p - 0.1), min(1, p + 0.1)) for label, p in labels.items()},
            abstain=not labels,
            reasons=() if labels else ("unfamiliar",),
            quality=0.9,
            streams=list(streams),
            scopes=list(scopes),
        )
        made_id, at = uuid.uuid4(), sitting.began_at + timedelta(seconds=5 * cut + 6)
        return AffectEstimate.objects.create(
            id=made_id,
            sitting=sitting,
            cut=cut,
            predictor=predictor,
            learner=sitting.learner,
            scopes=list(scopes),
            epochs=list(scopes.values()),
            status=status,
            sealed=seal_value(
                affect.as_json(guess),
                place=affect._place(made_id, sitting.learner.code),
                scopes=scopes,
                now=at,
            ),
            made_at=at,
        )

    return made


def _epoch(person, scope):
    return person.grants.get(scope=scope).epoch


@pytest.fixture
def people(course, allow):
    """Make consenting Learners of the course: `people(5)`; `simulated=True` for simulated ones."""

    def made(count, *, simulated=False, scopes=BOTH):
        found = []
        for number in range(count):
            person = make(f"person-{simulated}-{number}-{uuid.uuid4().hex[:4]}")
            person.simulated = simulated
            person.save(update_fields=["simulated"])
            factories.make_enrolment(person, course)
            allow(person, *scopes)
            found.append(person)
        return found

    return made


@pytest.fixture
def watch(video, feel):
    """Let each person play the first chapter from 10:00, sensed: `watch([mia], CONFUSION=.6)`."""

    def made(persons, *, at=TEN, cuts=(2, 3), streams=("pointer",), **labels):
        sat = []
        for person in persons:
            sitting = sit(person, video, at)
            tell(sitting, "play", at, 0.0)
            for cut in cuts:
                feel(sitting, cut, streams=streams, **labels)
            sat.append(sitting)
        return sat

    return made
