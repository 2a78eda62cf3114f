"""What one person of the simulated class does in a unit: watches, answers, practises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import uuid4

from accounts.models import User
from courses.answers import responses
from courses.models import Completion, Question
from demo.class_weeks.hard_part import HARD, USUAL, HardPart, Trouble
from demo.class_weeks.records import ClassRecords, CourseContent, PupilReport
from demo.class_weeks.rule_trials import HINT, SLOWER, DecisionLog, SimulatedTrial
from demo.class_weeks.schedule import PlannedVisit
from demo.class_weeks.watching import watch
from demo.learner_history import LONGEST_VISIT, Visit
from demo.simulated_learners.course import AnswerableQuestion
from emotion.knowledge.elo import sigmoid
from telemetry.models import STUCK, Sitting

TRIES: Final = 3
# How often a person says how it was; not "stuck", which is a request for help.
REPORTS: Final = 0.12
LABELS: Final = ("got_it", "interest", "confusion", "boredom", "happiness")
# Assumed, in logits: a first answer, each further try, and an answer to a question that was wrong
# twice or was answered in a hurry.
ABILITY, A_TRY, STUCK_ABILITY, HURRY_ABILITY = 1.1, 0.5, -0.4, -0.5
HURRIED_ANSWERS: Final = 3
STALL_S: Final = 42.0


@dataclass(slots=True)
class SimulatedPupil:
    """One person; `ability` in logits around 0. `solved`: the questions answered correctly."""

    user: User
    ability: float
    content: CourseContent
    records: ClassRecords
    log: DecisionLog
    rng: Random
    hard: HardPart | None
    solved: set[int] = field(default_factory=set)

    def do(self, planned: PlannedVisit) -> None:
        """Do one unit in one Sitting, which is over; nothing in it falls due."""
        sitting = Sitting(
            id=uuid4(), learner=self.user, unit=self.content.units[planned.lesson.pk],
            page=uuid4(), began_at=planned.at, active_at=planned.at,
            ended_at=planned.at + LONGEST_VISIT,
        )  # fmt: skip
        visit = Visit(sitting, planned.lesson, offers=False)
        if planned.practice:
            self._practise(visit)
        else:
            {"video": self._watch, "quiz": self._work}.get(planned.lesson.kind, self._read)(visit)
        if self.rng.random() < REPORTS:
            label = self.rng.choice(LABELS)
            self.records.reports.append(PupilReport(sitting, visit.t, label, visit.time))
        sitting.ended_at = sitting.active_at = sitting.packed_at = visit.time
        self.records.sittings.append(sitting)
        self.records.events += visit.events

    def _watch(self, visit: Visit) -> None:
        video = self.content.units[visit.lesson.pk]
        done = watch(visit, video, self.rng, self.hard, ask=lambda ask: self._solve(visit, ask))
        self.records.completions.append(done)

    def _read(self, visit: Visit) -> None:
        visit.t += self.rng.uniform(60, 240)
        self._mark_done(visit)

    def _mark_done(self, visit: Visit) -> None:
        unit = self.content.units[visit.lesson.pk]
        self.records.completions.append(
            Completion(
                learner=self.user, unit=unit, marked=unit.kind == "reading",
                done_at=visit.time, updated_at=visit.time,
            )
        )  # fmt: skip

    def _work(self, visit: Visit) -> None:
        """Answer every question of a quiz; it is done once all were answered correctly."""
        asks = list(self._places(visit))
        for ask in asks:
            visit.t += self.rng.uniform(5, 20)
            if self.rng.random() < self._trouble(ask).stuck:
                visit.note(STUCK)
                visit.t += self.rng.uniform(5, 20)
            self._solve(visit, ask)
        if self.solved.issuperset(ask.pk for ask in asks):
            self._mark_done(visit)

    def _places(self, visit: Visit) -> Iterator[AnswerableQuestion]:
        for ask in visit.lesson.asks.values():
            if self._question(ask).position is not None:
                yield ask

    def _question(self, ask: AnswerableQuestion) -> Question:
        return self.content.questions[ask.pk]

    def _trouble(self, ask: AnswerableQuestion) -> Trouble:
        return HARD if self.hard and self._question(ask).ref == self.hard.question else USUAL

    def _solve(self, visit: Visit, ask: AnswerableQuestion) -> None:
        """Try until it is right, or three times; some open a hint after a wrong answer."""
        trouble, hints = self._trouble(ask), 0
        for attempt in range(TRIES):
            visit.t += self.rng.uniform(8, 30)
            logit = ABILITY + A_TRY * (attempt + hints) - (0 if attempt else trouble.wrong)
            if self._answer(visit, ask, logit, hints):
                return
            if hints < ask.hints and self.rng.random() < trouble.hints:
                hints += 1
                visit.t += self.rng.uniform(5, 15)
                visit.note("hint", float(hints), ask.code)

    def _practise(self, visit: Visit) -> None:
        """Get stuck at one question, then hurry through some others; each may bring an offer."""
        asks = list(self._places(visit))
        if len(asks) <= HURRIED_ANSWERS:
            return
        stuck, *others = self.rng.sample(asks, 1 + HURRIED_ANSWERS)
        for _ in range(2):
            visit.t += self.rng.uniform(10, 25)
            self._answer(visit, stuck, None, 0)
        visit.t += STALL_S
        self._try_again(visit, stuck, HINT, STUCK_ABILITY)
        visit.t += self.rng.uniform(30, 120)
        for ask in others:
            visit.t += self.rng.uniform(2, 4)
            self._answer(visit, ask, HURRY_ABILITY, 0, quick=True)
        visit.t += 5
        self._try_again(visit, others[-1], SLOWER, HURRY_ABILITY)
        visit.t += self.rng.uniform(60, 400)

    def _try_again(
        self, visit: Visit, ask: AnswerableQuestion, trial: SimulatedTrial, logit: float
    ) -> None:
        """Let the rule decide, then answer once more; accepted help may make that easier."""
        helped = self.log.offer(trial, visit, self._question(ask))
        hints = int(helped and trial.kind == "hint")
        visit.t += self.rng.uniform(15, 45)
        if hints:
            visit.note("hint", 1.0, ask.code)
            visit.t += self.rng.uniform(5, 10)
        self._answer(visit, ask, logit + trial.helps * helped, hints)

    def _answer(
        self,
        visit: Visit,
        ask: AnswerableQuestion,
        logit: float | None,
        hints: int,
        *,
        quick: bool = False,
    ) -> bool:
        """Answer once and note it; return whether it was right. No `logit` = surely wrong."""
        chance = 0.0 if logit is None else sigmoid(logit + self.ability)
        right = self.rng.random() < chance
        fastest, slowest = (800, 1_900) if quick else (4_000, 25_000)
        row = responses.build(
            learner=self.user,
            question=self._question(ask),
            given=ask.reply(right=right, number=None, lot=self._draw_mistake(ask)),
            sitting=visit.sitting.id,
            hints_used=hints,
            elapsed_ms=self.rng.randint(fastest, slowest),
            draw=None,
            now=visit.time,
            content=self.content.contents[ask.pk],
        )
        self.records.responses.append(row)
        visit.note("answer", float(right), ask.code)
        visit.t += 1.0
        if right:
            self.solved.add(ask.pk)
        return right

    def _draw_mistake(self, ask: AnswerableQuestion) -> int:
        """Most make the same mistake in a hard question, and any mistake in another one."""
        if self._trouble(ask) is HARD and self.rng.random() < 0.7:
            return 0
        return self.rng.randrange(100)
