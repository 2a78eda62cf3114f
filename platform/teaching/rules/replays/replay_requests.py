"""Request a Replay of a draft, and check whether its result is still valid.

A Replay of a class takes up to minutes, so a request only marks it as pending. A new draft of the
same Teacher and Rule replaces the earlier one, whose worker stops at the end of its current day. A
result is valid for the draft it was computed from; figures of simulated people also end when one of
them withdraws or pauses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

import pipeline
from accounts.models import User
from adaptation.replays.replay import RuleSets
from adaptation.rules import active_rules
from adaptation.rules.model_thresholds import fit_rules, load_rates
from audit.leaves import person_ref
from consent.grants.grant_reducer import YES
from consent.legal_profiles import profiles
from consent.models import ConsentEvent
from consent.permits.models import RESTRICTION, Restriction
from courses.models import Course
from interventions.replay import digest_rules
from interventions.rules import Rule
from teaching.rules.drafts import Body
from teaching.rules.replays.models import RESULT_FIELDS, Replay

TASK: Final = "teaching.tasks.replay_due"
DRAFT: Final = "draft"
ON: Final = "on"


@dataclass(frozen=True, slots=True)
class DraftOwner:
    """The owner of a draft of a Rule in a Course; `rule` "" = a new one."""

    course: Course
    rule: str
    by: User

    @property
    def rows(self) -> QuerySet[Replay]:
        """Return the Replay of this draft; at most one row."""
        return Replay.objects.filter(
            course=self.course, rule=self.rule, asked_by=person_ref(self.by.code)
        )


def rule_sets(course: Course, draft: Rule) -> RuleSets:
    """Return the active rules with the draft in its place, and those without it.

    All have the thresholds of the model in use.
    """
    (draft, *acting) = fit_rules([draft, *active_rules.list_active(course)], load_rates())
    return {DRAFT: [*(each for each in acting if each.id != draft.id), draft], ON: acting}


def digest_of(sets: RuleSets) -> str:
    """Return a digest of both sets: two Replays of one log agree if their digests do."""
    return digest_rules([rule for name in (DRAFT, ON) for rule in sets[name]])


@transaction.atomic
def request_replay(owner: DraftOwner, body: Body, draft: Rule, *, now: datetime) -> None:
    """Mark a Replay as pending; do nothing if the same one already is."""
    name = digest_of(rule_sets(owner.course, draft))
    if owner.rows.filter(digest=name, state="owed").exists():
        return
    empty = dict.fromkeys(RESULT_FIELDS)
    pending = {"state": "owed", "due_at": now, "asked_at": now, "tries": 0, "done": 0}
    Replay.objects.update_or_create(
        course=owner.course,
        rule=owner.rule,
        asked_by=person_ref(owner.by.code),
        defaults={**empty, **pending, "body": body, "digest": name, "simulated": False},
    )
    transaction.on_commit(lambda: pipeline.wake(TASK, queue="slow"))


def is_current(owner: DraftOwner, draft: Rule | None) -> bool:
    """Return whether the last request was for this draft and the current rules."""
    return draft is not None and (
        owner.rows.filter(digest=digest_of(rule_sets(owner.course, draft))).exists()
    )


def find_own(course: Course, id: UUID, by: User) -> Replay | None:
    """Return this Teacher's Replay; None if it was deleted or belongs to someone else."""
    return Replay.objects.filter(pk=id, course=course, asked_by=person_ref(by.code)).first()


def cancel(owner: DraftOwner) -> None:
    """Delete the pending replay; finished ones stay."""
    owner.rows.filter(state="owed").delete()


def discard(owner: DraftOwner) -> None:
    """Delete the Replay together with its draft."""
    owner.rows.delete()


def may_show(row: Replay) -> bool:
    """Return whether the result may still be shown under the current legal profile.

    A withdrawal or a pause ends only figures read under consent: those of simulated people. Figures
    of real people depend on neither, nor on an objection, so they reveal none of these.
    """
    profile = profiles.current()
    if profile is None or not profile.teacher_aggregate:
        return False
    if row.until is None:
        return True
    least = profile.floor_simulated if row.simulated else profile.floor_people
    return (row.floor or 0) >= least and not (row.simulated and _consent_changed(row))


def _consent_changed(row: Replay) -> bool:
    """Return whether a simulated Learner withdrew or paused sensing since the rows were read."""
    learners = row.course.enrolments.filter(role="learner", user__simulated=True).values("user")
    withdrew = ConsentEvent.objects.filter(learner__in=learners, at__gte=row.until)
    paused = Restriction.objects.filter(
        learner__in=learners, kind=RESTRICTION, since__gte=row.until
    )
    return withdrew.exclude(verb__in=YES).exists() or paused.exists()
