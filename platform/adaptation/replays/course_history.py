"""What past days of a Course left behind, loaded at once: what was done, said and guessed.

Of real Learners only course records are read, and when they pressed "I'm stuck": a request to the
Teacher. Estimates, other reports and offers put aside are read of simulated Learners alone, so no
figure of real people can depend on them (docs/adr/0031). An Estimate needs `<stream>:teach` and
the Permits of every stream it was made from (I-1). Learners who object are counted like others:
a replay offers nothing to anybody, and leaving them out would tell who objects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from adaptation.facts.course_records import SAID_HOLDS, Past
from adaptation.facts.estimate_facts import LEVELS, rules_use
from adaptation.models import Intervention
from consent.permits import gate
from consent.permits.gate import Permit
from consent.scopes import ADAPT_SCOPES, STREAMS, scope
from courses.models import Course, Question, QuestionSkill, Response, UnitSkill
from estimates import self_reports
from estimates.inference import affect
from estimates.inference.affect import Guess
from estimates.models import AffectEstimate, Predictor
from estimates.registry import predictors
from estimates.self_reports import Said
from telemetry.models import GOT_IT, STUCK, Event, Sitting
from telemetry.sittings import LONGEST
from vault.errors import KeyDestroyed, Tampered

# A guess that was corrected later was what the rules went by until then.
READ = ("live", "abstained", "disputed")
TEACH_OF = {scope(stream, "adapt"): scope(stream, "teach") for stream in STREAMS}


@dataclass(frozen=True, slots=True)
class Guessed:
    """One Estimate as it was: by which Predictor, of what origin, and whether corrected later."""

    cut: int
    kind: str
    digest: str
    origin: str
    hop_s: float
    corrected: bool
    guess: Guess


class _Stored(NamedTuple):
    """The columns of an Estimate that a replay reads."""

    id: UUID
    cut: int
    status: str
    learner_id: int
    sitting_id: UUID
    predictor_id: int
    scopes: Sequence[str]
    epochs: Sequence[int]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """All rows of one Learner, oldest first; `answers` reach back to their first one here."""

    learner: User
    answers: list[Response] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)
    events: dict[UUID, list[Event]] = field(default_factory=lambda: defaultdict(list))
    guessed: dict[UUID, list[Guessed]] = field(default_factory=lambda: defaultdict(list))
    said: list[Said] = field(default_factory=list)
    put_aside: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Log:
    """The people of a Course, its questions by primary key, and the skills of each and of units."""

    people: tuple[Person, ...]
    questions: Mapping[int, Question]
    skills: Mapping[int, frozenset[int]]
    units: Mapping[int, frozenset[int]]

    def past(self, answer: Response) -> Past:
        """An answer as facts are made of it."""
        return Past(
            answer.question_id,
            self.skills.get(answer.question_id, frozenset()),
            answer.correct,
            answer.hints_used,
            answer.elapsed_ms,
            answer.answered_at,
            answer.draw,
        )


def load(course: Course, since: datetime, until: datetime, *, now: datetime) -> Log:
    """Every row that a replay of [since, until) rests on, in a dozen queries and one a person."""
    learners = User.objects.filter(
        enrolments__course=course, enrolments__role="learner", is_active=True
    )
    people = {person.pk: Person(person) for person in learners}
    made_up = {pk: person for pk, person in people.items() if person.learner.simulated}
    permits = gate.permits_of_people(
        {person.learner.code for person in made_up.values()},
        ["course", *ADAPT_SCOPES, *TEACH_OF.values()],
        now=now,
    )
    granted = {pk: permits[person.learner.code].granted for pk, person in made_up.items()}
    _sittings(people, course, since, until)
    _requests(person for pk, person in people.items() if pk not in made_up)
    _put_aside(made_up, until)
    _said(made_up, granted, since - SAID_HOLDS, until)
    if rules_use(now) != "self_report_only":
        _guessed(made_up, granted, course, since, until)
    questions = {row.pk: row for row in course.questions.prefetch_related("hints")}
    for person in people.values():
        for answer in person.answers:
            answer.question = questions[answer.question_id]
    of_questions = QuestionSkill.objects.filter(question__course=course)
    of_units = UnitSkill.objects.filter(unit__course=course)
    return Log(
        tuple(people.values()),
        questions,
        _grouped(of_questions.values_list("question_id", "skill_id")),
        _grouped(of_units.values_list("unit_id", "skill_id")),
    )


def _sittings(
    people: Mapping[int, Person], course: Course, since: datetime, until: datetime
) -> None:
    sittings = Sitting.objects.filter(
        unit__course=course,
        learner__in=people,
        began_at__gte=since - LONGEST,
        began_at__lt=until,
    )
    owners: dict[UUID, Person] = {}
    for sitting in sittings.select_related("unit").order_by("began_at"):
        owners[sitting.id] = people[sitting.learner_id]
        people[sitting.learner_id].sittings.append(sitting)
    for event in Event.objects.filter(sitting__in=owners).order_by("t"):
        person = owners[event.sitting_id]
        if event.name != GOT_IT or person.learner.simulated:
            person.events[event.sitting_id].append(event)
    answers = Response.objects.filter(
        learner__in=people, question__course=course, answered_at__lt=until
    )
    for answer in answers.order_by("answered_at", "id"):
        people[answer.learner_id].answers.append(answer)


def _requests(people: Iterable[Person]) -> None:
    """When each pressed "I'm stuck", from the event that the Teacher is shown by name."""
    for person in people:
        acts = [event for events in person.events.values() for event in events]
        asked = [event for event in acts if event.name == STUCK]
        said = [Said(event.sitting_id, "stuck", event.t, event.at) for event in asked]
        person.said.extend(sorted(said, key=lambda each: each.at))


def _put_aside(people: Mapping[int, Person], until: datetime) -> None:
    aside = Intervention.objects.filter(
        learner__in=people, outcome__in=("later", "never"), outcome_at__lt=until
    ).order_by("outcome_at")
    for learner, at in aside.values_list("learner_id", "outcome_at"):
        if at is not None:
            people[learner].put_aside.append(at)


def _said(
    people: Mapping[int, Person],
    granted: Mapping[int, Mapping[str, Permit]],
    since: datetime,
    until: datetime,
) -> None:
    for pk, person in people.items():
        if person.sittings and "course" in granted[pk]:
            said = self_reports.said_since(granted[pk]["course"], since)
            person.said.extend(word for word in said if word.at < until)


def _guessed(
    people: Mapping[int, Person],
    granted: Mapping[int, Mapping[str, Permit]],
    course: Course,
    since: datetime,
    until: datetime,
) -> None:
    kinds = {predictors.SHOWN, *(kind for kinds in LEVELS.values() for kind in kinds)}
    made_by = {row.pk: row for row in Predictor.objects.filter(kind__in=kinds)}
    rows = AffectEstimate.objects.filter(
        sitting__unit__course=course,
        learner__in=people,
        predictor__in=made_by,
        status__in=READ,
        made_at__gte=since,
        made_at__lt=until,
    )
    for row in _stored(rows.order_by("cut", "made_at")):
        guess = _open(row, granted[row.learner_id])
        if guess is not None:
            person = people[row.learner_id]
            person.guessed[row.sitting_id].append(_as_read(row, made_by[row.predictor_id], guess))


def _stored(rows: QuerySet[AffectEstimate]) -> Iterator[_Stored]:
    """The bare columns: of an Estimate for every Window of every day nothing else is wanted."""
    return map(_Stored._make, rows.values_list(*_Stored._fields))


def _as_read(row: _Stored, by: Predictor, guess: Guess) -> Guessed:
    hop_s = float(by.card.get("hop_s", 5))
    corrected = row.status == "disputed"
    return Guessed(row.cut, by.kind, by.digest, by.origin, hop_s, corrected, guess)


def _open(row: _Stored, granted: Mapping[str, Permit]) -> Guess | None:
    """None where not all it was made from may be read, or may count, or where it is broken."""
    if not all(TEACH_OF[name] in granted for name in row.scopes):
        return None
    try:
        return affect.read(row, granted)
    except (KeyError, KeyDestroyed, Tampered, ValueError):
        return None


def _grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for whole, part in pairs:
        found[whole].add(part)
    return {whole: frozenset(parts) for whole, parts in found.items()}
