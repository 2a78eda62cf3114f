"""Asking what a draft would have done, and whether an answer stands.

Over a class it takes up to minutes, so a request only says that it is owed. A new draft of the same
Teacher and Rule takes the place of the one before, whose worker stops at the end of its day. What
was found stands for the draft it was made of; figures of simulated people until one of them takes
back a word.
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
from audit.leaves import person_ref
from consent.grants.grant_reducer import YES
from consent.legal_profiles import profiles
from consent.models import ConsentEvent
from consent.permits.models import RESTRICTION, Restriction
from courses.models import Course
from interventions.replay import digest_rules
from interventions.rules import Rule
from teaching.rules.drafts import Body
from teaching.rules.replays.models import FOUND, Replay

TASK: Final = "teaching.tasks.replay_due"
DRAFT: Final = "draft"
ON: Final = "on"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose draft it is: of a Rule in a Course, "" = a new one."""

    course: Course
    rule: str
    by: User

    @property
    def rows(self) -> QuerySet[Replay]:
        """At most one."""
        return Replay.objects.filter(
            course=self.course, rule=self.rule, asked_by=person_ref(self.by.code)
        )


def sets_of(course: Course, draft: Rule) -> RuleSets:
    """What would act with the draft in its place, and what acts."""
    acting = active_rules.list_active(course)
    return {DRAFT: [*(each for each in acting if each.id != draft.id), draft], ON: acting}


def digest_of(sets: RuleSets) -> str:
    """Names the question: two Replays of one log under it agree."""
    return digest_rules([rule for name in (DRAFT, ON) for rule in sets[name]])


@transaction.atomic
def ask(owner: Owner, body: Body, draft: Rule, *, now: datetime) -> None:
    """Owe the answer; asked again while it is owed nothing changes."""
    name = digest_of(sets_of(owner.course, draft))
    if owner.rows.filter(digest=name, state="owed").exists():
        return
    empty = dict.fromkeys(FOUND)
    owed = {"state": "owed", "due_at": now, "asked_at": now, "tries": 0, "done": 0}
    Replay.objects.update_or_create(
        course=owner.course,
        rule=owner.rule,
        asked_by=person_ref(owner.by.code),
        defaults={**empty, **owed, "body": body, "digest": name, "simulated": False},
    )
    transaction.on_commit(lambda: pipeline.wake(TASK, queue="slow"))


def is_of(owner: Owner, draft: Rule | None) -> bool:
    """Whether the last question was about this draft among these rules."""
    return draft is not None and (
        owner.rows.filter(digest=digest_of(sets_of(owner.course, draft))).exists()
    )


def mine(course: Course, id: UUID, by: User) -> Replay | None:
    """None for one that is no more, or somebody else's."""
    return Replay.objects.filter(pk=id, course=course, asked_by=person_ref(by.code)).first()


def cancel(owner: Owner) -> None:
    """Delete the pending replay; finished ones stay."""
    owner.rows.filter(state="owed").delete()


def drop(owner: Owner) -> None:
    """The draft is no more, and what was found of it neither."""
    owner.rows.delete()


def stands(row: Replay) -> bool:
    """Whether what was found may still be shown under the profile in force now.

    A withdrawal or a pause ends only what was read under consent: figures of simulated people.
    Figures of real people depend on neither, nor on an objection, so they tell nothing of them.
    """
    profile = profiles.current()
    if profile is None or not profile.teacher_aggregate:
        return False
    if row.until is None:
        return True
    least = profile.floor_simulated if row.simulated else profile.floor_people
    return (row.floor or 0) >= least and not (row.simulated and _read_too_much(row))


def _read_too_much(row: Replay) -> bool:
    """Whether a simulated Learner has withdrawn or paused something since the rows were read."""
    learners = row.course.enrolments.filter(role="learner", user__simulated=True).values("user")
    withdrew = ConsentEvent.objects.filter(learner__in=learners, at__gte=row.until)
    paused = Restriction.objects.filter(
        learner__in=learners, kind=RESTRICTION, since__gte=row.until
    )
    return withdrew.exclude(verb__in=YES).exists() or paused.exists()
