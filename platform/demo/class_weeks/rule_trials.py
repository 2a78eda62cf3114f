"""Two experiments of the simulated class: one rule that helps, and one that makes no difference.

Only what people do after an offer is simulated. Outcomes are measured, and effects estimated, by
the functions that do it for real people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from accounts.models import User
from adaptation.effects import proximal_outcome
from adaptation.effects.next_answer import WITHIN
from adaptation.models import Intervention, ProximalOutcome
from adaptation.rules import active_rules, versions
from courses.models import Course, Question
from demo.learner_history import Visit
from telemetry import windows

FILE: Final = Path(__file__).parents[1] / "content" / "rule_trials.json"
SHARE: Final = 0.5
ACCEPTS: Final = 0.75
REACTS: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class SimulatedTrial:
    """One rule, the help it offers, and how much that helps those who accept it (logits)."""

    rule: str
    kind: str
    helps: float


# A hint for a person who is stuck, and more time for a person who answers very quickly.
TRIALS: Final = tuple(SimulatedTrial(**each) for each in json.loads(FILE.read_text()))
HINT, SLOWER = TRIALS


@dataclass(slots=True)
class DecisionLog:
    """Decides at random and notes each decision; nothing is stored yet."""

    rng: Random
    rows: list[Intervention] = field(default_factory=list)

    def offer(self, trial: SimulatedTrial, visit: Visit, question: Question) -> bool:
        """Offer the help or hold it back; return whether it was offered and accepted."""
        delivered = self.rng.random() < SHARE
        accepted = delivered and self.rng.random() < ACCEPTS
        answered = "accepted" if accepted else "later"
        self.rows.append(
            Intervention(
                sitting=visit.sitting,
                learner_id=visit.sitting.learner_id,
                question=question,
                rule=trial.rule,
                version=active_rules.shipped_rules()[trial.rule].version,
                cut=int(visit.t // windows.HOP_S),
                kind=trial.kind,
                probability=SHARE,
                delivered=delivered,
                sealed=b"",
                decided_at=visit.time,
                outcome=answered if delivered else None,
                outcome_at=visit.time + REACTS if delivered else None,
            )
        )
        return accepted


def set_shares(course: Course, teacher: User, share: float | None, *, now: datetime) -> None:
    """Set the share of cases in which the rules of the trials offer help; None = as built in."""
    for trial in TRIALS:
        versions.choose_version(
            course,
            trial.rule,
            active_rules.shipped_rules()[trial.rule].version,
            by=teacher,
            share=share,
            enabled=True,
            now=now,
        )


def measure(decisions: Sequence[Intervention], *, now: datetime) -> int:
    """Schedule the measurement of stored decisions and measure them; return how many."""
    for trial in TRIALS:
        rows = [row for row in decisions if row.rule == trial.rule]
        _schedule(sorted(rows, key=lambda row: row.decided_at))
    return proximal_outcome.measure_due(now)


def _schedule(rows: Sequence[Intervention]) -> None:
    """Let the first decision create the trial, which fixes its size; the others join it."""
    if not rows:
        return
    proximal_outcome.schedule_measurement(rows[0], randomised=True)
    trial = ProximalOutcome.objects.get(intervention=rows[0]).trial
    ProximalOutcome.objects.bulk_create(
        ProximalOutcome(intervention=row, trial=trial, due_at=row.decided_at + WITHIN)
        for row in rows[1:]
    )
