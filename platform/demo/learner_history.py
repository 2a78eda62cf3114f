"""History of a person in the demo: four weeks of course records, made by the real functions.

It holds what a person did and reported in the course (Sittings, events, Responses, completions,
mastery, self-reports) and offers of a rule that needs no sensor. Nothing is sensed or estimated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from adaptation import decide_intervention
from adaptation.facts import course_records, sitting_facts
from adaptation.offers import outcomes
from adaptation.rules import active_rules
from consent.permits import gate
from consent.permits.gate import Permit
from courses import completion
from courses.answers import responses
from courses.models import Course, Question, Response, Unit
from demo.simulated_learners.course import AnswerableQuestion, SimulatedLesson, list_lessons
from demo.simulated_learners.knowledge import LearnerKnowledge
from estimates import self_reports
from estimates.knowledge import mastery
from estimates.models import AffectEstimate
from interventions import conditions
from interventions.rules import Rule
from interventions.signals import SIGNALS
from telemetry import sittings, windows
from telemetry.models import Event, Sitting

SPAN = timedelta(days=28)
# Offers are older than the retention of sensed data; newer ones are made by the real pipeline
# only.
OFFERS_BEFORE = timedelta(days=7)
NEWEST = timedelta(hours=12)
LONGEST_VISIT = timedelta(hours=2)
TRIES, STALL_S = 5, 46.0
WORDS = ("got_it", "interest", "confusion", "stuck", "boredom", "happiness")


@dataclass(frozen=True, slots=True)
class HistoryProfile:
    """The kind of history to write: ability (logits), and how many lessons of three units."""

    ability: float = 0.6
    lessons: int = 3
    offers: int = 1


@dataclass(slots=True)
class Visit:
    """One Sitting while it is being written.

    `t`: seconds since it began. `offers`: whether it is old enough for offers.
    """

    sitting: Sitting
    lesson: SimulatedLesson
    offers: bool
    t: float = 1.0
    events: list[Event] = field(default_factory=list)

    @property
    def time(self) -> datetime:
        return self.sitting.began_at + timedelta(seconds=self.t)

    def note(self, name: str, value: float | None = None, ref: UUID | None = None) -> None:
        """Record a course event at the present time of the visit."""
        self.events.append(
            Event(
                id=uuid4(),
                sitting=self.sitting,
                t=self.t,
                name=name,
                value=value,
                ref=ref,
                at=self.time,
            )
        )

    def flush(self) -> None:
        Event.objects.bulk_create(self.events)
        self.events.clear()


def has_history(user: User) -> bool:
    """Return whether this person has a history; it is written completely or not at all."""
    return Response.objects.filter(learner=user).exists()


def has_estimates(user: User) -> bool:
    """Return whether there are Estimates of this person, of the past or of a live page."""
    return AffectEstimate.objects.filter(learner=user).exists()


@transaction.atomic
def write_history(
    user: User, course: Course, past: HistoryProfile, *, now: datetime, rng: Random
) -> int:
    """Write a person's history up to yesterday, unless there is one; return how many Sittings.

    Raises Refused if the account is gone.
    """
    if has_history(user):
        return 0
    writer, done = make_writer(user, course, past, now=now, rng=rng), 0
    for at, lesson in _schedule_visits(list_lessons(course)[: 3 * past.lessons], now, rng):
        writer.visit(lesson, at, offers=at < now - OFFERS_BEFORE - LONGEST_VISIT)
        done += 1
    mastery.refine_due(now=now)
    return done


def make_writer(
    user: User, course: Course, past: HistoryProfile, *, now: datetime, rng: Random
) -> HistoryWriter:
    """Return a writer for this person. Raises Refused if the account is gone."""
    permit = gate.permit(user.code, "course", now=now)
    units = {unit.pk: unit for unit in course.units.select_related("video")}
    questions = {q.pk: q for q in Question.objects.filter(course=course).select_related("unit")}
    return HistoryWriter(
        user, permit, units, questions, LearnerKnowledge(past.ability), rng, past.offers
    )


def _schedule_visits(
    plan: Sequence[SimulatedLesson], now: datetime, rng: Random
) -> Iterator[tuple[datetime, SimulatedLesson]]:
    """Yield the units in order, spread evenly from four weeks ago to about yesterday."""
    apart = (SPAN - NEWEST) / max(1, len(plan))
    for place, unit in enumerate(plan):
        yield now - SPAN + (place + rng.uniform(0.1, 0.9)) * apart, unit


@dataclass(slots=True)
class HistoryWriter:
    """Writes the visits of one person; `offers`: how many offers may still be made."""

    user: User
    permit: Permit
    units: dict[int, Unit]
    questions: dict[int, Question]
    mind: LearnerKnowledge
    rng: Random
    offers: int

    def visit(self, lesson: SimulatedLesson, at: datetime, *, offers: bool) -> None:
        """Write one unit in one Sitting. It is closed first, so that no Window in it falls due."""
        unit = self.units[lesson.pk]
        sitting = sittings.open(self.user, unit, scenario="course", page=uuid4(), now=at)
        sittings.close(sitting, now=at + LONGEST_VISIT)
        visit = Visit(sitting, lesson, offers)
        {"video": self._watch, "quiz": self._work}.get(lesson.kind, self._read)(visit)
        if self.rng.random() < 0.5:
            label = self.rng.choice(WORDS)
            self_reports.store(sitting, uuid4(), visit.t, label, self.permit, now=visit.time)
        visit.flush()
        Sitting.objects.filter(pk=sitting.pk).update(ended_at=visit.time, active_at=visit.time)

    def _watch(self, visit: Visit) -> None:
        unit, seconds = self.units[visit.lesson.pk], visit.lesson.seconds
        visit.note("play", 0.0)
        for ask in visit.lesson.inside:
            visit.t += seconds / 4
            self._solve(visit, ask)
        visit.t += seconds / 4
        visit.note("ended", seconds)
        completion.record_watched(
            self.user, unit, [(0.0, seconds)], resume_s=seconds, now=visit.time
        )

    def _read(self, visit: Visit) -> None:
        visit.t += self.rng.uniform(60, 180)
        completion.mark_done(self.user, self.units[visit.lesson.pk], now=visit.time)

    def _work(self, visit: Visit) -> None:
        for ask in visit.lesson.asks.values():
            if self.questions[ask.pk].position is not None:
                self._solve(visit, ask)

    def _solve(self, visit: Visit, ask: AnswerableQuestion) -> None:
        """Try until right or tired; a stall after two wrong answers may bring an offer."""
        hints = 0
        for attempt in range(TRIES):
            visit.t += self.rng.uniform(8, 30)
            right = self.mind.answer(ask, self.rng, hints=hints)
            self._record(visit, ask, right, hints)
            if right:
                return
            stalls = attempt == 1 and visit.offers and self.offers and visit.lesson.kind == "quiz"
            if stalls and self._stall(visit):
                self.offers -= 1
                hints += 1
                visit.note("hint", float(hints), ask.code)

    def _record(self, visit: Visit, ask: AnswerableQuestion, right: bool, hints: int) -> None:
        response = responses.record(
            learner=self.user,
            question=self.questions[ask.pk],
            given=ask.reply(right=right, number=None, lot=self.rng.randrange(100)),
            sitting=visit.sitting.id,
            hints_used=hints,
            elapsed_ms=self.rng.randint(4_000, 25_000),
            draw=None,
            now=visit.time,
        )
        mastery.update(response, self.permit, now=visit.time)
        visit.note("answer", float(right), ask.code)

    def _stall(self, visit: Visit) -> bool:
        """Simulate a stall, Window by Window, as the pipeline would; return whether it brought
        an offer.
        """
        visit.flush()
        first, last = int(visit.t // windows.HOP_S), int((visit.t + STALL_S) // windows.HOP_S)
        visit.t += STALL_S
        return any(self._try_offer(visit, cut) for cut in range(first, last))

    def _try_offer(self, visit: Visit, cut: int) -> bool:
        at = windows.end_of(visit.sitting, cut)
        course = course_records.read(visit.sitting, self.permit, now=at)
        known = sitting_facts.gather_facts(
            course, sitting_facts.unknown_estimates(), self.permit, now=at
        )
        # Only the signals of one rule, so that no other rule makes an offer.
        read = {name: known[name] for name in _find_stall_signals()}
        offer = decide_intervention.decide(
            course, read, {"course": self.permit}, cut=cut, now=at, rng=self.rng
        )
        if offer is None:
            return False
        outcomes.record(offer.code, "accepted", visit.sitting, now=at + timedelta(seconds=4))
        return True


def _find_stall_signals() -> set[str]:
    """Return the signals of the first rule that offers a hint without reading an estimate."""
    hinting = [rule for rule in active_rules.shipped_rules().values() if "hint" in rule.step]
    read = [_find_signals(rule) for rule in hinting]
    return next(names for names in read if not any(SIGNALS[name].biometric for name in names))


def _find_signals(rule: Rule) -> set[str]:
    looked_at = [leaf for leaf, _ in conditions.walk_comparisons(rule.when)]
    return {leaf.signal for leaf in (*looked_at, *rule.contraindications)}
