"""Select the Estimates that count in the group figures of a time span, still sealed.

Only Estimates of the displayed Predictor count, or of the behaviour model, each kind in cells of
its own.
An Estimate counts only under live Permits for every stream it was made from: `<stream>:adapt` in
the epoch it was made under, and the one of the audience: `<stream>:teach` for Teachers,
`<stream>:research` for Researchers (I-1). A Learner who has not given both counts in neither the
numerator nor the denominator. Corrected Estimates are left out, and so are late ones, which their
Learner cannot see.
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
from estimates.models import AffectEstimate, BehaviourEstimate, Predictor
from estimates.models.group_figures import TEACH
from telemetry.models import Sitting
from telemetry.windows import HOP_S

COUNTED = ("live", "abstained")
MADE_WITHIN = timedelta(minutes=10)
CHUNK_SIZE = 1000


@dataclass(frozen=True, slots=True)
class EligibleEstimate:
    """One sealed Estimate that may be read for a group figure, with the Permits for it.

    A class has tens of thousands in a quarter of an hour, so instances share equal tuples and
    mappings.
    """

    id: UUID
    sitting: Sitting
    cut: int
    made_at: datetime
    scopes: tuple[str, ...]
    permits: Mapping[str, Permit]
    audience: str

    @property
    def learner(self) -> User:
        return self.sitting.learner

    @property
    def t(self) -> float:
        """Return the middle of its Window in seconds since the Sitting began."""
        return float(HOP_S * self.cut)

    @property
    def middle(self) -> datetime:
        return self.sitting.began_at + timedelta(seconds=self.t)

    @property
    def group_epochs(self) -> dict[str, int]:
        """Return the epoch of each scope of its audience that it counts under."""
        names = (scope_for(self.audience, scope) for scope in self.scopes)
        return {name: self.permits[name].epoch for name in names}


def select_estimates(
    course: Course, begin: datetime, end: datetime, *, now: datetime, kind: str = "affect"
) -> list[EligibleEstimate]:
    """Return the eligible Estimates of Windows whose middle lies in [begin, end)."""
    sittings = _load_sittings(course, begin, end)
    rows = _estimate_rows(kind, sittings, begin, end)
    return _last_of_each_window(sittings, rows, begin, end, now)


def lock_estimates(
    found: Iterable[EligibleEstimate],
    begin: datetime,
    end: datetime,
    *,
    also_lock: Collection[int],
    now: datetime,
    kind: str = "affect",
) -> list[EligibleEstimate]:
    """Select the Estimates of these Sittings again and lock them until the transaction ends.

    A withdrawal or correction then waits for it. A row that another transaction has locked is
    skipped. The Grants of the learners `also_lock` are locked too.
    """
    sittings = {each.sitting.pk: each.sitting for each in found}
    grants.lock_for_read(
        sorted({sitting.learner_id for sitting in sittings.values()}.union(also_lock))
    )
    rows = _estimate_rows(kind, sittings, begin, end)
    rows = rows.select_for_update(skip_locked=True, no_key=True)
    return _last_of_each_window(sittings, rows, begin, end, now)


def select_at(
    course: Course,
    begin: datetime,
    end: datetime,
    moments: Collection[tuple[UUID, int]],
    *,
    now: datetime,
    audience: str = TEACH,
    lock: bool = False,
) -> list[EligibleEstimate]:
    """Return the Estimates of affect at these (Sitting, cut) in [begin, end) for this audience.

    With `lock` they and the Grants of their learners stay locked until the transaction ends; a row
    that another transaction has locked is skipped.
    """
    sittings = {row.pk: row for row in _load_rows_of(course, {sitting for sitting, _ in moments})}
    if lock:
        grants.lock_for_read(sorted({sitting.learner_id for sitting in sittings.values()}))
    rows = _estimate_rows("affect", sittings, begin, end).filter(
        cut__in={cut for _, cut in moments}
    )
    wanted = [pk for pk, *at in rows.values_list("id", "sitting_id", "cut") if tuple(at) in moments]
    rows = _estimate_rows("affect", sittings, begin, end).filter(pk__in=wanted)
    if lock:
        rows = rows.select_for_update(skip_locked=True, no_key=True)
    return _last_of_each_window(sittings, rows, begin, end, now, audience)


def _load_rows_of(course: Course, sittings: Collection[UUID]) -> QuerySet[Sitting]:
    rows = sittings_of(course).filter(pk__in=sittings)
    return rows.select_related("learner", "unit__video")


def sittings_of(course: Course) -> QuerySet[Sitting]:
    """Return the Sittings of the course's active Learners."""
    return Sitting.objects.filter(
        unit__course=course,
        learner__is_active=True,
        learner__enrolments__course=course,
        learner__enrolments__role="learner",
    )


def _load_sittings(course: Course, begin: datetime, end: datetime) -> dict[UUID, Sitting]:
    """Return the Sittings in which a Window of [begin, end) can have ended."""
    rows = sittings_of(course).filter(began_at__lt=end, active_at__gte=begin - MADE_WITHIN)
    return {row.pk: row for row in rows.select_related("learner", "unit__video")}


def _estimate_rows(
    kind: str, sittings: Collection[UUID], begin: datetime, end: datetime
) -> QuerySet[AffectEstimate | BehaviourEstimate]:
    table = AffectEstimate.objects if kind == "affect" else BehaviourEstimate.objects
    return table.filter(
        sitting__in=sittings,
        predictor__in=Predictor.objects.filter(kind=kind),
        status__in=COUNTED,
        made_at__gte=begin,
        made_at__lt=end + MADE_WITHIN,
    ).order_by("sitting", "cut", "made_at")


def _last_of_each_window(
    sittings: Mapping[UUID, Sitting],
    rows: QuerySet[AffectEstimate | BehaviourEstimate],
    begin: datetime,
    end: datetime,
    now: datetime,
    audience: str = TEACH,
) -> list[EligibleEstimate]:
    """Return the last permitted Estimate of each Window."""
    permits = _load_permits({sitting.learner.code for sitting in sittings.values()}, now, audience)
    found: list[EligibleEstimate] = []
    names: dict[tuple[str, ...], tuple[str, ...]] = {}
    columns = rows.values_list("id", "sitting_id", "cut", "made_at", "scopes", "epochs")
    for row, sitting_id, cut, made_at, scopes, epochs in columns.iterator(chunk_size=CHUNK_SIZE):
        sitting = sittings[sitting_id]
        own = permits[sitting.learner.code]
        if not _is_permitted(scopes, epochs, own, audience):
            continue
        shared = names.setdefault(tuple(scopes), tuple(scopes))
        each = EligibleEstimate(row, sitting, cut, made_at, shared, own, audience)
        if found and (found[-1].sitting, found[-1].cut) == (sitting, cut):
            found.pop()
        if begin <= each.middle < end:
            found.append(each)
    return found


def _load_permits(
    learners: Collection[UUID], now: datetime, audience: str
) -> dict[UUID, Mapping[str, Permit]]:
    """Return each learner's Permits for every stream an Estimate can use, and for this audience."""
    wanted = [*ADAPT_SCOPES, *(scope_for(audience, scope) for scope in ADAPT_SCOPES), "course"]
    answers = gate.permits_of_people(learners, wanted, now=now)
    return {code: answer.granted for code, answer in answers.items()}


def _is_permitted(
    scopes: Sequence[str], epochs: Sequence[int], permits: Mapping[str, Permit], audience: str
) -> bool:
    own = gate.covers(permits, scopes, epochs) and "course" in permits
    return own and all(scope_for(audience, scope) in permits for scope in scopes)


def scope_for(audience: str, scope: str) -> str:
    """Return the scope under which Estimates made under `scope` count for this audience."""
    return f"{scope.partition(':')[0]}:{audience}"
