"""Which Estimates count in the class picture of a stretch of time, still sealed.

Only what the Learner was shown counts, not what other Predictors guessed beside it.
An Estimate counts only under live Permits for every stream it was made from: `<stream>:adapt` in
the epoch it was made under, and `<stream>:teach` (I-1). Who has not given both is in no numerator
and in no denominator. Corrected Estimates are left out, and late ones, which their Learner cannot
see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from consent.grants import grants
from consent.permits import gate
from consent.permits.gate import Permit
from consent.scopes import ADAPT_SCOPES
from courses.models import Course
from estimates.models import AffectEstimate, Predictor
from estimates.registry import predictors
from telemetry.models import Sitting
from telemetry.windows import HOP_S

COUNTED = ("live", "abstained")
MADE_WITHIN = timedelta(minutes=10)
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Admitted:
    """One Estimate that may be read for the class picture, still sealed, and the Permits for it.

    A class has tens of thousands in a quarter of an hour: what several have in common, they share.
    """

    id: UUID
    sitting: Sitting
    cut: int
    made_at: datetime
    scopes: tuple[str, ...]
    permits: Mapping[str, Permit]

    @property
    def learner(self) -> User:
        return self.sitting.learner

    @property
    def t(self) -> float:
        """The middle of its Window, in seconds of the Sitting."""
        return float(HOP_S * self.cut)

    @property
    def middle(self) -> datetime:
        return self.sitting.began_at + timedelta(seconds=self.t)

    @property
    def teach(self) -> dict[str, int]:
        """The `teach` scopes it counts under, with their epochs."""
        return {scope: self.permits[scope].epoch for scope in map(_teach, self.scopes)}


def admitted(course: Course, begin: datetime, end: datetime, *, now: datetime) -> list[Admitted]:
    """The Estimates of Windows whose middle lies in [begin, end)."""
    sittings = _sittings(course, begin, end)
    return _admitted(sittings, _rows(sittings, begin, end), begin, end, now)


def held(
    found: Iterable[Admitted],
    begin: datetime,
    end: datetime,
    *,
    beside: Collection[int],
    now: datetime,
) -> list[Admitted]:
    """The same of these Sittings now, kept as it is until the transaction ends: a withdrawal or a
    correction waits. One that somebody is changing just now is left out. The Grants of the people
    `beside` are kept as they are, too."""
    sittings = {each.sitting.pk: each.sitting for each in found}
    grants.lock_for_read(
        sorted({sitting.learner_id for sitting in sittings.values()}.union(beside))
    )
    rows = _rows(sittings, begin, end).select_for_update(skip_locked=True, no_key=True)
    return _admitted(sittings, rows, begin, end, now)


def sittings_of(course: Course) -> QuerySet[Sitting]:
    """Those of its active Learners."""
    return Sitting.objects.filter(
        unit__course=course,
        learner__is_active=True,
        learner__enrolments__course=course,
        learner__enrolments__role="learner",
    )


def _sittings(course: Course, begin: datetime, end: datetime) -> dict[UUID, Sitting]:
    """Those in which a Window of [begin, end) can have ended."""
    rows = sittings_of(course).filter(began_at__lt=end, active_at__gte=begin - MADE_WITHIN)
    return {row.pk: row for row in rows.select_related("learner", "unit__video")}


def _rows(sittings: Collection[UUID], begin: datetime, end: datetime) -> QuerySet[AffectEstimate]:
    return AffectEstimate.objects.filter(
        sitting__in=sittings,
        predictor__in=Predictor.objects.filter(kind=predictors.SHOWN_KIND),
        status__in=COUNTED,
        made_at__gte=begin,
        made_at__lt=end + MADE_WITHIN,
    ).order_by("sitting", "cut", "made_at")


def _admitted(
    sittings: Mapping[UUID, Sitting],
    rows: QuerySet[AffectEstimate],
    begin: datetime,
    end: datetime,
    now: datetime,
) -> list[Admitted]:
    """Of each Window the last that counts."""
    permits = _permits({sitting.learner.code for sitting in sittings.values()}, now)
    found: list[Admitted] = []
    names: dict[tuple[str, ...], tuple[str, ...]] = {}
    columns = rows.values_list("id", "sitting_id", "cut", "made_at", "scopes", "epochs")
    for row, sitting_id, cut, made_at, scopes, epochs in columns.iterator(chunk_size=AT_ONCE):
        sitting = sittings[sitting_id]
        own = permits[sitting.learner.code]
        if not _may(scopes, epochs, own):
            continue
        shared = names.setdefault(tuple(scopes), tuple(scopes))
        each = Admitted(row, sitting, cut, made_at, shared, own)
        if found and (found[-1].sitting, found[-1].cut) == (sitting, cut):
            found.pop()
        if begin <= each.middle < end:
            found.append(each)
    return found


def _permits(learners: Collection[UUID], now: datetime) -> dict[UUID, Mapping[str, Permit]]:
    """Everybody's Permits for what an Estimate can be made from, and for showing it to Teachers."""
    wanted = [*ADAPT_SCOPES, *map(_teach, ADAPT_SCOPES)]
    answers = gate.permits_of_people(learners, wanted, now=now)
    return {code: answer.granted for code, answer in answers.items()}


def _may(scopes: Sequence[str], epochs: Sequence[int], permits: Mapping[str, Permit]) -> bool:
    own = gate.covers(permits, scopes, epochs)
    return own and all(_teach(scope) in permits for scope in scopes)


def _teach(scope: str) -> str:
    return f"{scope.partition(':')[0]}:teach"
