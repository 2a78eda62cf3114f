"""Rows of past days of a Course, loaded at once: actions, reports and estimates.

Of real Learners only course records are read, and when they pressed "I'm stuck", which is a request
to the Teacher. Estimates, other reports and dismissals are read of simulated Learners alone, so no
figure of real people can depend on them (docs/adr/0031). An Estimate needs `<stream>:teach` and the
Permits of every stream it was made from (I-1). Learners who object are counted like others: a
replay offers nothing, and leaving them out would reveal who objects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from adaptation.facts.course_records import REPORT_LASTS, PastAnswer
from adaptation.facts.estimate_facts import KINDS, rules_use
from adaptation.models import Intervention
from consent.permits import gate
from consent.permits.gate import Permit
from consent.scopes import ADAPT_SCOPES, STREAMS, scope
from courses.models import Course, Question, QuestionSkill, Response, UnitSkill
from estimates import behaviour_states, self_reports
from estimates.behaviour_states import BehaviourState
from estimates.inference import affect
from estimates.inference.affect import Guess, SealedEstimate
from estimates.models import AffectEstimate, BehaviourEstimate, Predictor
from estimates.self_reports import OpenedReport
from telemetry.models import GOT_IT, STUCK, Event, Sitting
from telemetry.sittings import LONGEST
from vault.errors import KeyDestroyed, Tampered

# An Estimate corrected later was still what the rules used at the time.
READ_STATUSES = ("live", "abstained", "disputed")
T = TypeVar("T")
TEACH_OF = {scope(stream, "adapt"): scope(stream, "teach") for stream in STREAMS}


@dataclass(frozen=True, slots=True)
class PastEstimate:
    """One past Estimate: its Predictor, its origin, and whether it was corrected later."""

    cut: int
    kind: str
    digest: str
    origin: str
    hop_s: float
    corrected: bool
    guess: Guess


@dataclass(frozen=True, slots=True)
class PastState:
    """One past step of behaviour, and the origin of its model."""

    cut: int
    origin: str
    state: BehaviourState


class _EstimateColumns(NamedTuple):
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
class LearnerHistory:
    """All rows of one Learner, oldest first; `answers` go back to the first in the course."""

    learner: User
    answers: list[Response] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)
    events: dict[UUID, list[Event]] = field(default_factory=lambda: defaultdict(list))
    guessed: dict[UUID, list[PastEstimate]] = field(default_factory=lambda: defaultdict(list))
    behaved: dict[UUID, list[PastState]] = field(default_factory=lambda: defaultdict(list))
    said: list[OpenedReport] = field(default_factory=list)
    put_aside: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CourseLog:
    """The Learners of a Course, its questions by primary key, and skills of questions and units."""

    people: tuple[LearnerHistory, ...]
    questions: Mapping[int, Question]
    skills: Mapping[int, frozenset[int]]
    units: Mapping[int, frozenset[int]]

    def as_past_answer(self, answer: Response) -> PastAnswer:
        """Convert an answer to the form that facts are made of."""
        return PastAnswer(
            answer.question_id,
            self.skills.get(answer.question_id, frozenset()),
            answer.correct,
            answer.hints_used,
            answer.elapsed_ms,
            answer.draw,
        )


def load_log(course: Course, since: datetime, until: datetime, *, now: datetime) -> CourseLog:
    """Load every row needed to replay [since, until), in a dozen queries and one per Learner."""
    learners = User.objects.filter(
        enrolments__course=course, enrolments__role="learner", is_active=True
    )
    people = {person.pk: LearnerHistory(person) for person in learners}
    made_up = {pk: person for pk, person in people.items() if person.learner.simulated}
    permits = gate.permits_of_people(
        {person.learner.code for person in made_up.values()},
        ["course", *ADAPT_SCOPES, *TEACH_OF.values()],
        now=now,
    )
    granted = {pk: permits[person.learner.code].granted for pk, person in made_up.items()}
    _load_sittings(people, course, since, until)
    _load_requests(person for pk, person in people.items() if pk not in made_up)
    _load_dismissals(made_up, until)
    _load_reports(made_up, granted, since - REPORT_LASTS, until)
    if rules_use(now) != "self_report_only":
        _load_estimates(made_up, granted, course, since, until)
        _load_states(made_up, granted, course, since, until)
    questions = {row.pk: row for row in course.questions.prefetch_related("hints")}
    for person in people.values():
        for answer in person.answers:
            answer.question = questions[answer.question_id]
    of_questions = QuestionSkill.objects.filter(question__course=course)
    of_units = UnitSkill.objects.filter(unit__course=course)
    return CourseLog(
        tuple(people.values()),
        questions,
        _group_pairs(of_questions.values_list("question_id", "skill_id")),
        _group_pairs(of_units.values_list("unit_id", "skill_id")),
    )


def _load_sittings(
    people: Mapping[int, LearnerHistory], course: Course, since: datetime, until: datetime
) -> None:
    sittings = Sitting.objects.filter(
        unit__course=course,
        learner__in=people,
        began_at__gte=since - LONGEST,
        began_at__lt=until,
    )
    owners: dict[UUID, LearnerHistory] = {}
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


def _load_requests(people: Iterable[LearnerHistory]) -> None:
    """Load when each Learner pressed "I'm stuck", from the event the Teacher can see by name."""
    for person in people:
        acts = [event for events in person.events.values() for event in events]
        asked = [event for event in acts if event.name == STUCK]
        said = [OpenedReport(event.sitting_id, "stuck", event.t, event.at) for event in asked]
        person.said.extend(sorted(said, key=lambda each: each.at))


def _load_dismissals(people: Mapping[int, LearnerHistory], until: datetime) -> None:
    dismissals = Intervention.objects.filter(
        learner__in=people, outcome__in=("later", "never"), outcome_at__lt=until
    ).order_by("outcome_at")
    for learner, at in dismissals.values_list("learner_id", "outcome_at"):
        if at is not None:
            people[learner].put_aside.append(at)


def _load_reports(
    people: Mapping[int, LearnerHistory],
    granted: Mapping[int, Mapping[str, Permit]],
    since: datetime,
    until: datetime,
) -> None:
    for pk, person in people.items():
        if person.sittings and "course" in granted[pk]:
            said = self_reports.reports_since(granted[pk]["course"], since)
            person.said.extend(word for word in said if word.at < until)


def _load_estimates(
    people: Mapping[int, LearnerHistory],
    granted: Mapping[int, Mapping[str, Permit]],
    course: Course,
    since: datetime,
    until: datetime,
) -> None:
    made_by = {row.pk: row for row in Predictor.objects.filter(kind__in=KINDS)}
    rows = AffectEstimate.objects.filter(
        sitting__unit__course=course,
        learner__in=people,
        predictor__in=made_by,
        status__in=READ_STATUSES,
        made_at__gte=since,
        made_at__lt=until,
    )
    for row in _read_columns(rows.order_by("cut", "made_at")):
        guess = _open_or_none(row, granted[row.learner_id], affect.read)
        if guess is not None:
            person = people[row.learner_id]
            person.guessed[row.sitting_id].append(
                _as_past_estimate(row, made_by[row.predictor_id], guess)
            )


def _load_states(
    people: Mapping[int, LearnerHistory],
    granted: Mapping[int, Mapping[str, Permit]],
    course: Course,
    since: datetime,
    until: datetime,
) -> None:
    """Load the steps of the model in use now; each step has one row by it."""
    rows = BehaviourEstimate.objects.filter(
        sitting__unit__course=course,
        learner__in=people,
        predictor__active=True,
        status__in=READ_STATUSES,
        made_at__gte=since,
        made_at__lt=until,
    )
    for row in rows.select_related("predictor").order_by("cut"):
        state = _open_or_none(row, granted[row.learner_id], behaviour_states.read)
        if state is not None:
            made = PastState(row.cut, row.predictor.origin, state)
            people[row.learner_id].behaved[row.sitting_id].append(made)


def _read_columns(rows: QuerySet[AffectEstimate]) -> Iterator[_EstimateColumns]:
    """Read bare columns, because every Window of every day has an Estimate."""
    return map(_EstimateColumns._make, rows.values_list(*_EstimateColumns._fields))


def _as_past_estimate(row: _EstimateColumns, by: Predictor, guess: Guess) -> PastEstimate:
    hop_s = float(by.card.get("hop_s", 5))
    corrected = row.status == "disputed"
    return PastEstimate(row.cut, by.kind, by.digest, by.origin, hop_s, corrected, guess)


def _open_or_none(
    row: SealedEstimate,
    granted: Mapping[str, Permit],
    read: Callable[[SealedEstimate, Mapping[str, Permit]], T],
) -> T | None:
    """Return None if a source may not be read or used, or the row is broken."""
    if not all(TEACH_OF[name] in granted for name in row.scopes):
        return None
    try:
        return read(row, granted)
    except (KeyError, KeyDestroyed, Tampered, ValueError):
        return None


def _group_pairs(pairs: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for whole, part in pairs:
        found[whole].add(part)
    return {whole: frozenset(parts) for whole, parts in found.items()}
