"""A class under attack: everything about the other learners is known; victims come one by one.

What the others did, felt and reported never changes. Four of them meet one condition, nine meet a
wider one, and only the victim has exactly one wrong try.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from accounts.models import User
from accounts.people import make_person
from adaptation.models import Intervention, ProximalOutcome, Trial, WordingShown, WordingTrial
from adaptation.rules import active_rules
from consent.grants import grants
from consent.notices import notices
from consent.scopes import scope
from consent.stream_groups import group_of
from courses import completion
from courses.answers import responses
from courses.models import (
    Course,
    Enrolment,
    Hint,
    Question,
    QuestionSkill,
    Skill,
    Unit,
    UnitSkill,
    Video,
)
from estimates.models import Predictor
from telemetry import events, sittings
from telemetry.blocks import partitions
from telemetry.models import Sitting

# The rule under trial: the first that offers the hint of a question.
RULE: Final = next(
    name for name, rule in active_rules.shipped_rules().items() if "hint" in rule.step
)
AGO: Final = timedelta(hours=3)
# Who was right at once was so before the days of a replay.
LONG_AGO: Final = timedelta(days=20)
JOINED_BEFORE: Final = timedelta(days=45)
EVERY_S: Final = 20.0
# Gap between two pages of a Learner, so that their order never depends on chance.
BETWEEN: Final = timedelta(minutes=10)
VIDEO_S: Final = 60.0
STREAM: Final = "activity"
SCOPES: Final = tuple(scope(STREAM, purpose) for purpose in ("adapt", "teach"))
# Wrong tries of the others, in turn: with the victim's one, 4 meet ">= 3" and 9 meet ">= 2".
WRONG: Final = (3, 3, 3, 3, 2, 2, 2, 2, 2, *(0,) * 13)

# The trial of the class is one decision short of the planned number.
DECISIONS_EACH: Final = 2


@dataclass(frozen=True, slots=True)
class Classroom:
    """The course, its Teacher, the time at which the Teacher looks, and the people attacked."""

    course: Course
    teacher: User
    video: Unit
    quiz: Unit
    question: Question
    predictor: Predictor
    now: datetime
    simulated: bool
    victims: Sequence[User]

    @property
    def began_at(self) -> datetime:
        return self.now - AGO


def make_classroom(victims: int, *, now: datetime, simulated: bool = False) -> Classroom:
    """Create the class; no victim is enrolled yet."""
    partitions.open_days()
    if notices.current(group_of(STREAM), "adult", now=now) is None:
        notices.publish(now - timedelta(days=60))
    course = _course("exact" if simulated else "class")
    video, quiz = _video(course), _unit(course, 2, "quiz")
    question = _question(quiz)
    made = Classroom(
        course, _person(f"teacher-{course.slug}", now), video, quiz, question, _predictor(), now,
        simulated,
        [_person(f"victim-{course.slug}-{n}", now, simulated=simulated) for n in range(victims)],
    )  # fmt: skip
    Enrolment.objects.create(user=made.teacher, course=course, role="teacher", since=now)
    Trial.objects.create(
        course=course, rule=RULE, version=_version(), probability=0.5, began_at=made.began_at,
        decisions=DECISIONS_EACH * len(WRONG) + 1,
    )  # fmt: skip
    WordingTrial.objects.create(
        hint=question.hints.get(),
        simulated=simulated,
        share=0.5,
        decisions=len(WRONG) + 1,
        began_at=made.began_at,
    )
    for number, wrong in enumerate(WRONG):
        person = _person(f"other-{course.slug}-{number}", now, simulated=simulated)
        enrol(person, made, early=number % 2 == 0)
        page = do_lessons(person, made, wrong, ago=AGO if wrong else LONG_AGO)
        read_hint(person, made, other=bool(number % 2))
        for cut in range(DECISIONS_EACH):
            decide(person, made, page, cut=cut, delivered=bool((number + cut) % 2))
    return made


def _version() -> int:
    """Return the rule version in force: figures of real people are published of no other."""
    return active_rules.shipped_rules()[RULE].version


def enrol(person: User, room: Classroom, *, early: bool = False) -> Enrolment:
    since = room.now - JOINED_BEFORE * (2 if early else 1)
    return Enrolment.objects.create(user=person, course=room.course, role="learner", since=since)


def do_lessons(person: User, room: Classroom, wrong: int, *, ago: timedelta = AGO) -> Sitting:
    """Watch the video, then answer the question: wrong `wrong` times, or right at once."""
    began = room.now - ago
    before = began - BETWEEN
    watching = sittings.open(person, room.video, scenario="course", page=uuid4(), now=before)
    _record_event(watching, "play", 0.0, 0.0)
    end = before + timedelta(minutes=2)
    completion.record_watched(person, room.video, [(0.0, VIDEO_S)], resume_s=VIDEO_S, now=end)
    page = sittings.open(person, room.quiz, scenario="course", page=uuid4(), now=began)
    for number in range(max(1, wrong)):
        _answer(person, room, page, EVERY_S * (number + 1), right=not wrong)
    Sitting.objects.filter(pk__in=(watching.pk, page.pk)).update(
        active_at=began + timedelta(seconds=EVERY_S * max(1, wrong))
    )
    page.refresh_from_db()
    return page


def decide(person: User, room: Classroom, page: Sitting, *, cut: int, delivered: bool) -> None:
    """Store a decision of the class's trial, followed by a wrong try."""
    row = Intervention.objects.create(
        sitting=page, learner=person, rule=RULE, version=_version(), cut=cut, kind="hint",
        probability=0.5, delivered=delivered, sealed=b"", question=room.question,
        decided_at=page.began_at + timedelta(seconds=5 * cut + 6),
    )  # fmt: skip
    trial = Trial.objects.get(course=room.course, rule=RULE, version=_version())
    ProximalOutcome.objects.create(
        intervention=row, trial=trial, due_at=None, right=delivered, left=False,
        after_s=60.0 if delivered else None,
    )  # fmt: skip


def read_hint(person: User, room: Classroom, *, other: bool) -> None:
    """Store which wording of the hint was read, followed by a wrong try."""
    WordingShown.objects.create(
        trial=WordingTrial.objects.get(hint__question=room.question), learner=person, other=other,
        probability=0.5, shown_at=room.began_at, due_at=None, right=False,
    )  # fmt: skip


def allow(person: User, now: datetime) -> None:
    """Grant help and the class picture for the streams of these classes."""
    notice = notices.current(group_of(STREAM), person.age_band, now=now)
    if notice is None:
        raise LookupError(f"expected a published notice of {STREAM}")
    grants.grant(person.code, SCOPES, notice=notice, now=now, actor=person.code)


def _answer(person: User, room: Classroom, page: Sitting, t: float, *, right: bool) -> None:
    at = page.began_at + timedelta(seconds=t)
    responses.record(
        learner=person, question=room.question, given=room.question.answer if right else "999",
        sitting=page.id, hints_used=0, elapsed_ms=9000, draw=None, now=at,
    )  # fmt: skip
    events.store(page, uuid4(), t, "answer", float(right), room.question.code, at)


def _record_event(page: Sitting, name: str, t: float, value: float | None = None) -> None:
    events.store(page, uuid4(), t, name, value, None, page.began_at + timedelta(seconds=t))


def _person(login: str, now: datetime, *, simulated: bool = False) -> User:
    roles = ["teacher"] if login.startswith("teacher") else ["learner"]
    return make_person(
        login, name=login, roles=roles, password=None, simulated=simulated,
        now=now - 3 * JOINED_BEFORE,
    )  # fmt: skip


def _course(slug: str) -> Course:
    return Course.objects.create(
        slug=slug, title=slug, description="-", licence_name="-", attribution="-"
    )


def _unit(course: Course, position: int, kind: str) -> Unit:
    return Unit.objects.create(
        course=course, ref=kind, position=position, kind=kind, title=kind.capitalize()
    )


def _video(course: Course) -> Unit:
    unit = _unit(course, 1, "video")
    Video.objects.create(
        unit=unit, file="-", poster="-", duration_s=VIDEO_S,
        chapters=[{"start": 0, "end": VIDEO_S, "title": "All of it"}],
    )  # fmt: skip
    return unit


def _question(quiz: Unit) -> Question:
    skill = Skill.objects.create(course=quiz.course, ref="slope", slug="slope", name="Slope")
    UnitSkill.objects.create(unit=quiz, skill=skill)
    question = Question.objects.create(
        course=quiz.course, unit=quiz, ref="q", position=1, kind="numeric", difficulty=2,
        prompt="2 + 3", prompt_html="2 + 3", linear="2 + 3", answer="5",
        explanation="Add.", explanation_html="Add.",
    )  # fmt: skip
    QuestionSkill.objects.create(question=question, skill=skill)
    Hint.objects.create(
        question=question, ref="h", position=1, kind="prompt", text="Add", html="Add", linear="Add",
        other_text="Count", other_html="Count",
    )  # fmt: skip
    return question


def _predictor() -> Predictor:
    """Create a Predictor in name only: the attack writes its Estimates."""
    found, _ = Predictor.objects.get_or_create(
        digest="a77ac4e50000",
        defaults={
            "name": "prior",
            "kind": "affect",
            "origin": "people",
            "card": {},
            "active": True,
        },
    )
    return found
