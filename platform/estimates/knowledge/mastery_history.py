"""Mastery of a Learner at past moments, traced again through their answers until then.

`estimates.knowledge.mastery` stores only the mastery of today; traced to today, this gives the
same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import FloatField
from django.db.models.functions import Cast, Extract

from consent.permits.gate import Permit
from courses.models import Response
from emotion.knowledge import logistic_mastery
from emotion.knowledge.logistic_mastery import Mastery, SkillAnswer

# Seconds and answer; as datetimes, a year of them took two fifths of the time.
Dated = tuple[float, SkillAnswer]
SECONDS: Final = Cast(Extract("answered_at", "epoch"), FloatField())


def trace_at(permit: Permit, moments: Sequence[datetime]) -> dict[int, list[Mastery]]:
    """Return, by Skill pk, the mastery just before each moment, with one query.

    Has the Skills with an answer before the last moment. `n` = 0 means unknown.
    """
    found = _load_histories(permit, moments[-1])
    until = [moment.timestamp() for moment in moments]
    return {skill: _trace_prefixes(dated, until) for skill, dated in found.items()}


def _load_histories(permit: Permit, until: datetime) -> dict[int, list[Dated]]:
    """Return the answers on each Skill; one after help or a retry counts as assisted."""
    rows = Response.objects.filter(
        learner__code=permit.subject, question__skills__isnull=False, answered_at__lt=until
    )
    columns = ("question__skills", "question", SECONDS, "correct", "hints_used")
    tried: set[tuple[int, int]] = set()
    histories: dict[int, list[Dated]] = defaultdict(list)
    ordered = rows.order_by("answered_at", "id")
    for skill, question, when, right, hints in ordered.values_list(*columns):
        again = (skill, question) in tried
        histories[skill].append((when, SkillAnswer(right, assisted=hints > 0 or again)))
        tried.add((skill, question))
    return histories


def _trace_prefixes(dated: Sequence[Dated], until: Sequence[float]) -> list[Mastery]:
    counts = [bisect_left(dated, moment, key=lambda each: each[0]) for moment in until]
    return logistic_mastery.trace_after([answer for _, answer in dated], counts)
