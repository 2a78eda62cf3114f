"""Who is in the class picture of a stretch of time, and what their Estimates say.

Only what the Learner was shown counts, not what other Predictors guessed beside it.
An Estimate counts only under live Permits for every stream it was made from: `<stream>:adapt` in
the epoch it was made under, and `<stream>:teach` (I-1). Who has not given both is in no numerator
and in no denominator. Corrected Estimates are left out, and late ones, which their Learner cannot
see.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean
from uuid import UUID

from consent import gate, grants, profiles
from consent.gate import Permit
from consent.scopes import split
from courses.models import Course
from estimates import affect, predictors
from estimates.affect import Guess
from estimates.models import AffectEstimate
from teaching.picture.parts import Part, Trail, trail_of
from teaching.picture.shares import Floor, Person
from telemetry.models import Event
from telemetry.windows import HOP_S
from vault.errors import KeyDestroyed, Tampered

logger = logging.getLogger(__name__)
COUNTED = ("live", "abstained")
MADE_WITHIN = timedelta(minutes=10)
ACTS = ("stuck", "got_it")
OLD = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Admitted:
    """One Estimate that may be read for the class picture, and the Permits for it."""

    row: AffectEstimate
    t: float
    permits: Mapping[str, Permit]

    @property
    def teach(self) -> dict[str, int]:
        """The `teach` scopes it counts under, with their epochs."""
        return {scope: self.permits[scope].epoch for scope in map(_teach, self.row.scopes)}


@dataclass(frozen=True, slots=True)
class Place:
    """One part with the Estimates of it, still sealed, and who said what there."""

    found: tuple[Admitted, ...]
    stuck: tuple[Person, ...]
    got_it: tuple[Person, ...]

    @property
    def latest(self) -> dict[int, datetime]:
        """Everybody who was sensed here, with the moment of the last Estimate."""
        last: dict[int, datetime] = {}
        for each in self.found:
            last[each.row.learner_id] = max(each.row.made_at, last.get(each.row.learner_id, OLD))
        return last


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody in one part: what they felt, as guessed, and what they said."""

    people: tuple[Person, ...]
    scopes: Mapping[int, Mapping[str, int]]
    stuck: tuple[Person, ...]
    got_it: tuple[Person, ...]


def floor() -> Floor | None:
    """What makes a group on this site; None where a class picture is not allowed at all."""
    profile = profiles.current()
    if profile is None or not profile.teacher_aggregate:
        return None
    return Floor(
        people=profile.floor_people,
        biometric=profile.floor_biometric,
        simulated=profile.floor_simulated,
    )


def admitted(course: Course, begin: datetime, end: datetime, *, now: datetime) -> list[Admitted]:
    """The Estimates of Windows whose middle lies in [begin, end)."""
    rows = _rows(course, begin, end)
    permits = _permits(rows, now)
    found = [
        Admitted(row, float(HOP_S * row.cut), permits[row.learner.code])
        for row in rows
        if begin <= _middle(row) < end and _may(row, permits[row.learner.code])
    ]
    latest = {(each.row.sitting_id, each.row.cut): each for each in found}
    return list(latest.values())


def hold(found: Iterable[Admitted]) -> set[UUID]:
    """Keep these Estimates and their Grants as they are until the transaction ends: a withdrawal
    or a correction waits. Answers which are kept: not one that somebody is changing just now."""
    found = list(found)
    grants.hold(sorted({each.row.learner_id for each in found}))
    rows = AffectEstimate.objects.select_for_update(skip_locked=True, no_key=True)
    kept = rows.filter(pk__in=[each.row.pk for each in found], status__in=COUNTED)
    return set(kept.values_list("pk", flat=True))


def _rows(course: Course, begin: datetime, end: datetime) -> list[AffectEstimate]:
    rows = AffectEstimate.objects.filter(
        sitting__unit__course=course,
        learner__is_active=True,
        learner__enrolments__course=course,
        learner__enrolments__role="learner",
        predictor__kind=predictors.SHOWN,
        status__in=COUNTED,
        made_at__gte=begin,
        made_at__lt=end + MADE_WITHIN,
    )
    return list(rows.select_related("learner", "sitting__unit__video").order_by("made_at"))


def _permits(rows: Iterable[AffectEstimate], now: datetime) -> dict[UUID, Mapping[str, Permit]]:
    """The Permits of everybody here for what anybody's Estimates were made from."""
    rows = list(rows)
    wanted = {scope for row in rows for scope in (*row.scopes, *map(_teach, row.scopes))}
    answers = gate.permits_of({row.learner.code for row in rows}, sorted(wanted), now=now)
    return {code: answer.granted for code, answer in answers.items()}


def _may(row: AffectEstimate, permits: Mapping[str, Permit]) -> bool:
    own = gate.covers(permits, row.scopes, row.epochs)
    return own and all(_teach(scope) in permits for scope in row.scopes)


def _teach(scope: str) -> str:
    return f"{scope.partition(':')[0]}:teach"


def _middle(row: AffectEstimate) -> datetime:
    return row.sitting.began_at + timedelta(seconds=HOP_S * row.cut)


def places(
    course: Course, found: Collection[Admitted], begin: datetime, end: datetime
) -> dict[Part, Place]:
    """Where these Estimates belong, and what was said there; opens nothing."""
    said = _said(course, begin, end)
    trail = trail_of({each.row.sitting_id for each in found} | {e.sitting_id for e in said})
    sensed: dict[Part, list[Admitted]] = defaultdict(list)
    for each in found:
        if part := trail.part(each.row.sitting, each.t):
            sensed[part].append(each)
    stuck, got_it = (_spoken(said, trail, name) for name in ACTS)
    return {
        part: Place(
            found=tuple(sensed.get(part, [])),
            stuck=tuple(stuck.get(part, {}).values()),
            got_it=tuple(got_it.get(part, {}).values()),
        )
        for part in dict.fromkeys([*sensed, *stuck, *got_it])
    }


def opened(place: Place, who: Collection[int]) -> Group:
    """The people of a part: of those in `who` what was guessed, of all what they said."""
    found = [each for each in place.found if each.row.learner_id in who]
    return Group(tuple(_people(found)), _scopes(found), place.stuck, place.got_it)


def _said(course: Course, begin: datetime, end: datetime) -> list[Event]:
    rows = Event.objects.filter(
        sitting__unit__course=course,
        sitting__learner__is_active=True,
        sitting__learner__enrolments__course=course,
        sitting__learner__enrolments__role="learner",
        name__in=ACTS,
        at__gte=begin,
        at__lt=end,
    )
    return list(rows.select_related("sitting__learner", "sitting__unit__video"))


def _spoken(said: Iterable[Event], trail: Trail, name: str) -> dict[Part, dict[int, Person]]:
    found: dict[Part, dict[int, Person]] = defaultdict(dict)
    for event in said:
        part = trail.part(event.sitting, event.t) if event.name == name else None
        if part:
            learner = event.sitting.learner
            found[part][learner.pk] = Person(learner.pk, learner.simulated, {}, 0.0)
    return found


def _people(found: Iterable[Admitted]) -> list[Person]:
    read: dict[int, list[Guess]] = defaultdict(list)
    body: set[int] = set()
    simulated: dict[int, bool] = {}
    for each in found:
        guess = _read(each)
        if guess is not None:
            learner = each.row.learner
            read[learner.pk].append(guess)
            simulated[learner.pk] = learner.simulated
            body |= {learner.pk} if _is_biometric(each.row) else set()
    return [_person(pk, simulated[pk], pk in body, guesses) for pk, guesses in read.items()]


def _is_biometric(row: AffectEstimate) -> bool:
    return any(split(scope)[0].biometric for scope in row.scopes)


def _read(each: Admitted) -> Guess | None:
    """None where a withdrawal came between, or where the stored value is broken."""
    try:
        return affect.read(each.row, each.permits)
    except (KeyError, KeyDestroyed):
        return None
    except (Tampered, ValueError):
        logger.warning("estimate.unreadable", exc_info=True)
        return None


def _person(learner: int, simulated: bool, biometric: bool, guesses: Collection[Guess]) -> Person:
    sure = [guess for guess in guesses if not guess.abstain]
    labels = {label for guess in sure for label in guess.labels}
    return Person(
        learner=learner,
        simulated=simulated,
        shares={
            label: fmean(guess.labels[label][0] for guess in sure if label in guess.labels)
            for label in labels
        },
        abstain=1 - len(sure) / len(guesses),
        biometric=biometric,
    )


def _scopes(found: Iterable[Admitted]) -> dict[int, dict[str, int]]:
    scopes: dict[int, dict[str, int]] = defaultdict(dict)
    for each in found:
        scopes[each.row.learner_id] |= each.teach
    return scopes
