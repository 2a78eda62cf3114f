"""Who is in each part of the class picture, and what the Estimates of them say (I-22)."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from accounts.models import User
from consent import profiles
from consent.scopes import split
from courses.models import Course
from estimates import affect
from estimates.affect import Guess
from estimates.models import AffectEstimate
from teaching.picture.admitting import AT_ONCE, Admitted, sittings_of
from teaching.picture.parts import Part, Trail, trail_of
from teaching.picture.shares import Floor, Person
from telemetry.models import Event
from vault.errors import KeyDestroyed, Tampered

logger = logging.getLogger(__name__)
ACTS = ("stuck", "got_it")
OLD = datetime.min.replace(tzinfo=UTC)


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
            last[each.learner.pk] = max(each.made_at, last.get(each.learner.pk, OLD))
        return last


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody in one part: what they felt, as guessed, and what they said."""

    people: tuple[Person, ...]
    scopes: Mapping[int, Mapping[str, int]]
    stuck: tuple[Person, ...]
    got_it: tuple[Person, ...]


@dataclass(slots=True)
class Guessed:
    """What all guesses about one Learner in one part come to."""

    guesses: int = 0
    sure: int = 0
    biometric: bool = False
    sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, guess: Guess, biometric: bool) -> None:
        self.guesses += 1
        self.biometric |= biometric
        if not guess.abstain:
            self.sure += 1
            self.counts.update(guess.labels.keys())
            for label, (best, _, _) in guess.labels.items():
                self.sums[label] += best

    def of(self, learner: User) -> Person:
        return Person(
            learner=learner.pk,
            simulated=learner.simulated,
            shares={label: self.sums[label] / count for label, count in self.counts.items()},
            abstain=1 - self.sure / self.guesses,
            biometric=self.biometric,
        )


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


def places(
    course: Course, found: Collection[Admitted], begin: datetime, end: datetime
) -> dict[Part, Place]:
    """Where these Estimates belong, and what was said there; opens nothing."""
    said = _said(course, begin, end)
    trail = trail_of({each.sitting.pk for each in found} | {e.sitting_id for e in said})
    sensed: dict[Part, list[Admitted]] = defaultdict(list)
    for each in found:
        if part := trail.part(each.sitting, each.t):
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
    found = [each for each in place.found if each.learner.pk in who]
    return Group(tuple(_people(found)), _scopes(found), place.stuck, place.got_it)


def _said(course: Course, begin: datetime, end: datetime) -> list[Event]:
    rows = Event.objects.filter(
        sitting__in=sittings_of(course), name__in=ACTS, at__gte=begin, at__lt=end
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


def _people(found: Sequence[Admitted]) -> list[Person]:
    by_learner: dict[User, Guessed] = defaultdict(Guessed)
    for each, guess in _opened(found):
        by_learner[each.learner].add(guess, _is_biometric(each))
    return [guessed.of(learner) for learner, guessed in by_learner.items()]


def _is_biometric(each: Admitted) -> bool:
    return any(split(scope)[0].biometric for scope in each.scopes)


def _opened(found: Sequence[Admitted]) -> Iterator[tuple[Admitted, Guess]]:
    """Without those that a withdrawal took meanwhile, or whose stored value is broken."""
    for first in range(0, len(found), AT_ONCE):
        some = {each.id: each for each in found[first : first + AT_ONCE]}
        for row in AffectEstimate.objects.filter(pk__in=some):
            guess = _read(row, some[row.pk])
            if guess is not None:
                yield some[row.pk], guess


def _read(row: AffectEstimate, each: Admitted) -> Guess | None:
    try:
        return affect.read(row, each.permits)
    except (KeyError, KeyDestroyed):
        return None
    except (Tampered, ValueError):
        logger.warning("estimate.unreadable", exc_info=True)
        return None


def _scopes(found: Iterable[Admitted]) -> dict[int, dict[str, int]]:
    scopes: dict[int, dict[str, int]] = defaultdict(dict)
    for each in found:
        scopes[each.learner.pk] |= each.teach
    return scopes
