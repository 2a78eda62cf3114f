"""Twins who act alike get the same marks, unlocks and pages (promises 3 and 1).

That holds whatever is estimated about them and whatever they allow.
"""

from __future__ import annotations

import random
import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import transaction
from django.utils import timezone

from adaptation.next_question import selection
from consent.legal_profiles import profiles
from consent.models import Grant
from consent.scopes import GRANT_SCOPES
from courses import completion
from courses.models import Completion, Response
from estimates import share_access
from estimates.group_figures import publications
from estimates.group_figures.noise import NO_NOISE
from estimates.inference import affect
from estimates.inference.storage import EstimateDraft, store_each
from estimates.models import BEHAVIOUR_STATES, AffectEstimate, BehaviourEstimate, Predictor
from estimates.registry import predictors
from learner.courses import views as courses_views
from learner.questions import quiz_page
from learner.questions import views as questions_views
from pipeline import window_processing as pipeline_windows
from teaching.dashboard import messages
from telemetry import windows
from tests.fixtures import factories
from tests.fixtures.models.predictors import TenSeconds
from tests.fixtures.users import client_for_person, make, read_body
from tests.platform.teaching.conftest import TEN, sit, tell
from vault.sealed_values import Place

pytestmark = pytest.mark.django_db
EVERYTHING = tuple(
    f"{stream}:{purpose}"
    for stream in ("pointer", "typing", "activity")
    for purpose in ("adapt", "teach")
)
SENSED = ("pointer", "activity")
# All that may differ between the pages of two people, and why.
MAY_DIFFER = (
    (r'name="csrfmiddlewaretoken" value="[^"]*"', "a token is of one session"),
    (r'name="once" value="[^"]*"', "each form of an answer has an id of its own"),
    (r'data-person="[^"]*"', "whose page it is, so that no other person sends from it"),
    (r'nonce="[^"]*"', "a nonce is of one answer"),
    (r'name="h" value="[^"]*"', "which hints are open, signed with the second"),
    (r"(?<=[?&;]h=)[^&#\"]*", "the same, in an address"),
    (r'<details class="menu">.*?</summary>', "the name of whoever is here"),
)
# The consent indicator also differs between a person who allows and one who refuses.
LAMP = (r'<div class="lamp".*?</dialog>', "whether something is sensed")
# People who were sensed are asked twice a course whether it bothered them.
ASKED = (
    r'\s*(?:<section class="card sensed".*?</section>)?\s*<section class="card course"',
    "whether being sensed bothered them",
)


def normal(page: str, *more: tuple[str, str]) -> str:
    for form, why in (*MAY_DIFFER, *more):
        page = re.sub(form, f"({why})", page, flags=re.DOTALL)
    return page


@dataclass
class Lived:
    """What one person got from the course."""

    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    marks: list[tuple[int, bool, int]] = field(default_factory=list)
    progress: dict[int, completion.UnitProgress] = field(default_factory=dict)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = TEN

        def __call__(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    # The next question is drawn; both twins get the same random numbers.
    for module in (quiz_page, questions_views):
        monkeypatch.setattr(module, "SystemRandom", lambda: random.Random(clock.now.timestamp()))
    return clock


@pytest.fixture
def world(allow, ines, mia, noah, settings, tmp_path):
    """Return a course with a video, a reading and a quiz; mia and noah differ only in name."""
    noah.age_band = "adult"
    noah.save(update_fields=["age_band"])
    settings.MEDIA_ROOT = tmp_path
    course = factories.make_course("algebra")
    for person in (mia, noah):
        factories.make_enrolment(person, course)
    factories.make_enrolment(ines, course, role="teacher")
    video, reading = factories.make_video_unit(course), factories.make_reading_unit(course)
    quiz = factories.make_quiz_unit(course, questions=4)
    (tmp_path / str(course.code)).mkdir()
    for name in ("lecture.mp4", "lecture.png", "lecture.en.vtt"):
        (tmp_path / str(course.code) / name).write_bytes(b"WEBVTT\n\n" * 9)
    return SimpleNamespace(course=course, video=video, reading=reading, quiz=quiz)


def live(world, person, clock, between=lambda sitting: None) -> Lived:
    """Take the course; `between` is what only this twin does."""
    clock.now = TEN
    client, lived = client_for_person(person), Lived()
    home, units = ["/", f"/courses/{world.course.slug}/"], [world.video, world.reading, world.quiz]
    sitting = sit(person, world.quiz, TEN)
    tell(sitting, "play", TEN, 0.0)
    between(sitting)
    look(client, lived, "before", [*home, *(f"/units/{unit.code}/" for unit in units)])
    client.post(f"/units/{world.video.code}/watched/", {"watched": "0,97", "at": "97"})
    client.post(f"/units/{world.reading.code}/done/")
    between(sitting)
    for right in (False, True, True, False, True, True):
        clock.now += timedelta(seconds=30)
        if not answer_next(client, world.quiz, lived, sitting, right=right):
            break
    tell(sitting, "stuck", clock.now)
    between(sitting)
    media = [
        f"/media/units/{world.video.code}/{name}" for name in ("lecture.mp4", "lecture.en.vtt")
    ]
    look(client, lived, "after", [*home, *(f"/units/{unit.code}/" for unit in units), *media])
    rows = Response.objects.filter(learner=person).order_by("answered_at")
    lived.marks = list(rows.values_list("question_id", "correct", "hints_used"))
    lived.progress = completion.load_progress(person, world.course)
    return lived


def look(client, lived, when, addresses) -> None:
    for address in addresses:
        response = client.get(address, follow=True)
        lived.pages[f"{when} {address}"] = f"{response.status_code} {read_body(response).decode()}"


def answer_next(client, quiz, lived, sitting, *, right: bool) -> bool:
    """Answer the question that the site chooses. Returns False if none is left."""
    address = f"/units/{quiz.code}/"
    found = client.get(address)
    if found.status_code != 302:
        return False
    code = found["Location"].partition("question=")[2]
    lived.asked.append(code)
    given = {"question": code, "given": "5" if right else "6", "sitting": sitting.id}
    after = client.post(f"{address}answer/", given, follow=True)
    lived.pages[f"question {len(lived.asked)}"] = f"{after.status_code} {after.content.decode()}"
    return True


def assert_twins(one: Lived, other: Lived, *more: tuple[str, str]) -> None:
    assert one.marks == other.marks
    assert one.progress == other.progress
    assert one.asked == other.asked
    assert one.pages.keys() == other.pages.keys()
    for address, page in one.pages.items():
        assert normal(page, *more) == normal(other.pages[address], *more), address


def assert_all_of_it(lived: Lived, world) -> None:
    """Check that something was compared: right and wrong answers, existing pages."""
    assert {correct for _, correct, _ in lived.marks} == {True, False}
    assert len(lived.pages) >= 14
    assert all(page.startswith("200 ") for page in lived.pages.values())
    assert lived.progress[world.reading.pk].done
    assert Completion.objects.filter(unit=world.video, done_at__isnull=False).count() == 2


@dataclass
class Saying(TenSeconds):
    """A Predictor that is sure of one label for everyone."""

    label: str
    labels: tuple[str, ...] = ("CONFUSION", "INTEREST")

    def predict(self, cuts):
        proba = np.tile(
            [0.96 if name == self.label else 0.04 for name in self.labels], (len(cuts), 1)
        )
        return SimpleNamespace(proba=proba, abstain=[False] * len(cuts), reasons=[[]] * len(cuts))


def guessed(label: str, state: str, clock, monkeypatch):
    """Store Estimates of this kind about the sitter, and run the rules on them."""

    def between(sitting) -> None:
        person, now = sitting.learner, clock.now
        for cut in range(int((now - TEN).total_seconds()) // 5 + 1, 100)[:3]:
            feel(sitting, cut, label, now)
            act(sitting, cut, state, now)
        monkeypatch.setattr(predictors, "load_model", lambda name, digest: Saying(label))
        windows.fall_due(sitting.id, (now - TEN).total_seconds(), now)
        later = now + timedelta(seconds=40)
        pipeline_windows.drain(now=lambda: later, rng=random.Random(1))
        assert AffectEstimate.objects.filter(learner=person).exists()

    return between


def permits_of(person, now):
    from consent.permits import gate

    return gate.permits(person.code, [f"{name}:adapt" for name in SENSED], now=now).granted


def feel(sitting, cut, label, now) -> None:
    guess = affect.Guess(
        labels={label: (0.96, 0.9, 1.0)}, abstain=False, reasons=(), quality=0.9,
        streams=list(SENSED), scopes=[f"{name}:adapt" for name in SENSED],
        digest=predictors.find_active("affect").digest,
    )  # fmt: skip
    window = windows.Window(sitting=sitting, cut=cut)
    sensed = affect.SensedWindow(window, None, permits_of(sitting.learner, now), False)
    affect.store_guess(sensed, guess, now=now)


def act(sitting, cut, state, now) -> None:
    made = uuid.uuid4()
    row = BehaviourEstimate(
        id=made, sitting=sitting, cut=cut, predictor=predictors.find_active("affect"), made_at=now
    )
    place = Place("estimates_behaviourestimate", "sealed", str(made), sitting.learner.code)
    permits = permits_of(sitting.learner, now)
    chances = {name: [float(name == state), 0.0, 1.0] for name in BEHAVIOUR_STATES}
    value = {"state": state, "chances": chances, "quality": 0.9}
    store_each([EstimateDraft(row, value, SENSED, permits, place)])


@pytest.fixture
def model(db):
    return Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", active=True,
        card={"figures": {"ece": 0.0}}, registered_at=TEN,
    )  # fmt: skip


@pytest.fixture
def opposites(world, clock, mia, noah, allow, monkeypatch, model):
    """mia is estimated as lost and idle, noah as absorbed and active."""
    for person in (mia, noah):
        allow(person, *EVERYTHING, now=TEN - timedelta(hours=1))

    def lives():
        return (
            live(world, mia, clock, guessed("CONFUSION", "disengaged", clock, monkeypatch)),
            live(world, noah, clock, guessed("INTEREST", "focused", clock, monkeypatch)),
        )

    return lives


def test_opposite_estimates_make_no_difference_in_the_course(opposites, world, mia, noah):
    hers, his = opposites()

    assert_twins(hers, his)
    assert_all_of_it(hers, world)
    for person in (mia, noah):
        assert AffectEstimate.objects.filter(learner=person).count() >= 6
        assert BehaviourEstimate.objects.filter(learner=person).count() >= 6


def plant_mark(patch, differs):
    was = completion.load_progress
    done = completion.UnitProgress(1.0, True, 0.0)

    def progress(learner, course):
        found = was(learner, course)
        return dict.fromkeys(found, done) if differs(learner) else found

    patch.setattr(completion, "load_progress", progress)


def plant_question(patch, differs):
    was = selection.choose

    def choose(learner, unit, permit, **how):
        chosen = was(learner, unit, permit, **how)
        if chosen is None or not differs(learner):
            return chosen
        easier = chosen.question.variants.first() or chosen.question
        return selection.QuestionChoice(easier, 0.9, 1.0, 1)

    patch.setattr(selection, "choose", choose)


def plant_page(patch, differs):
    was = courses_views.build_card

    def card(user, course, *, taught):
        found = was(user, course, taught=taught)
        return found.__class__(**{**vars_of(found), "title": "Take a break"} if differs(user)
                               else vars_of(found))  # fmt: skip

    patch.setattr(courses_views, "build_card", card)


def vars_of(row):
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


PLANTS = [plant_mark, plant_question, plant_page]


@pytest.mark.parametrize("plant", PLANTS)
def test_a_course_that_uses_estimates_is_detected(opposites, noah, monkeypatch, plant):
    def differs(person):
        return person == noah and AffectEstimate.objects.filter(learner=person).exists()

    plant(monkeypatch, differs)
    hers, his = opposites()

    with pytest.raises(AssertionError):
        assert_twins(hers, his)


@pytest.fixture
def chosen(world, clock, mia, noah, allow):
    """mia refuses everything, noah allows everything."""
    offered = [scope for scope in GRANT_SCOPES if profiles.current().allows(scope)]
    allow(noah, *offered, now=TEN - timedelta(hours=1))
    return lambda: (live(world, mia, clock), live(world, noah, clock))


def test_consent_makes_no_difference_in_the_course(chosen, world, mia, noah):
    hers, his = chosen()

    assert_twins(hers, his, LAMP, ASKED)
    assert_all_of_it(hers, world)
    assert not Grant.objects.filter(learner=mia).exists()
    assert Grant.objects.filter(learner=noah, live=True).count() > 10


@pytest.mark.parametrize("plant", PLANTS)
def test_a_course_that_uses_consent_is_detected(chosen, monkeypatch, plant):
    plant(monkeypatch, lambda person: Grant.objects.filter(learner=person, live=True).exists())
    hers, his = chosen()

    with pytest.raises(AssertionError):
        assert_twins(hers, his, LAMP, ASKED)


def shown_to_the_teacher(world, ines, clock) -> dict[str, str]:
    """Return everything a Teacher can open, as it is now."""
    client, slug = client_for_person(ines), world.course.slug
    clock.now += timedelta(seconds=31)
    places = ("", "queue/", "board/", "learners/", "rules/")
    addresses = [f"/teach/{slug}/{place}" for place in places]
    learners = world.course.enrolments.filter(role="learner").order_by("pk")
    codes = learners.values_list("user__code", flat=True)
    addresses += [f"/teach/{slug}/learners/{code}/" for code in codes]
    addresses += ["/", f"/courses/{slug}/", f"/units/{world.quiz.code}/", "/my-data/"]
    found = {address: client.get(address, follow=True) for address in addresses}
    return {a: normal(f"{r.status_code} {r.content.decode()}") for a, r in found.items()}


@pytest.fixture
def class_(world, clock, mia, noah, ines, allow, monkeypatch, model):
    """Return `class_(noah)`: what ines sees when noah allows and is sensed with four others.

    mia refuses that, and refuses to share with ines; noah has not answered.
    """
    monkeypatch.setattr(publications, "sticky_noise", lambda *_: NO_NOISE)
    others = [make(f"other-{number}") for number in range(4)]
    for other in others:
        factories.make_enrolment(other, world.course)
        allow(other, *EVERYTHING, now=TEN - timedelta(hours=1))
    question = world.quiz.questions.first()

    def as_seen(willing) -> dict[str, str]:
        with transaction.atomic():
            clock.now = TEN
            allow(willing, *EVERYTHING, now=TEN - timedelta(minutes=30))
            for person in (*others, mia, noah):
                sitting = sit(person, world.quiz, TEN)
                tell(sitting, "hint", TEN + timedelta(seconds=5), 1.0, question.code)
                tell(sitting, "stuck", TEN + timedelta(seconds=6))
                if person in (*others, willing):
                    feel(sitting, 2, "CONFUSION", TEN + timedelta(seconds=20))
            clock.now = TEN + timedelta(seconds=40)
            for person in (mia, noah):
                share_access.ask(world.course, person, ines, now=clock.now)
                if person != willing:
                    asked = share_access.list_requests(person, now=clock.now).get()
                    share_access.close(asked.id, person, now=clock.now)
            seen = shown_to_the_teacher(world, ines, clock)
            transaction.set_rollback(True)
        return seen

    return as_seen


def test_a_teacher_cannot_tell_who_refused(class_, mia, noah):
    """ines sees the same bytes whichever of the two refused."""
    one, other = class_(noah), class_(mia)

    for address, page in one.items():
        assert page.splitlines() == other[address].splitlines(), address
    assert all(page.startswith("200 ") for page in one.values())
    assert "Confusion" in one["/teach/algebra/board/"]
    assert "5–9" in one["/teach/algebra/board/"], "the board shows nobody"
    for name in ("mia", "noah"):
        assert one["/teach/algebra/"].count(f">{name}<") == 1
        assert name not in one["/teach/algebra/board/"].partition("<main")[2]


def test_a_teachers_page_that_reveals_refusals_is_detected(class_, mia, noah, monkeypatch):
    was = messages.describe_reason

    def describe(need, *, now):
        allows = Grant.objects.filter(learner=need.learner, live=True).exists()
        return was(need, now=now) if allows else "No sensors are on."

    monkeypatch.setattr(messages, "describe_reason", describe)

    assert class_(noah) != class_(mia)
