"""Who is in each part of the class picture, and what the Estimates of them say (I-22)."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from consent.legal_profiles import profiles
from consent.scopes import split
from courses.models import Course
from estimates.inference import affect
from estimates.inference.affect import Guess
from estimates.models import AffectEstimate
from teaching.class_picture import eligible_reports
from teaching.class_picture.course_sections import Part, Trail, trail_of
from teaching.class_picture.eligible_estimates import AT_ONCE, Admitted, sittings_of
from teaching.class_picture.proportions import Floor, Person
from telemetry.models import GOT_IT, STUCK, Event
from vault.errors import KeyDestroyed, Tampered

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """One part with the Estimates of it, still sealed, and who pressed what there: "Got it" only
    where it counts, with the epochs of the Grants for it."""

    found: tuple[Admitted, ...]
    stuck: tuple[Person, ...]
    got_it: tuple[Person, ...]
    epochs: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody in one part: what they felt, as guessed, and what they said."""

    people: tuple[Person, ...]
    scopes: Mapping[int, Mapping[str, int]]
    stuck: tuple[Person, ...]
    got_it: tuple[Person, ...]
    epochs: Mapping[int, int]


@dataclass(slots=True)
class Guessed:
    """What all guesses about one Learner in one part come to."""

    biometric: bool = False
    sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, guess: Guess, biometric: bool) -> None:
        self.biometric |= biometric
        if not guess.abstain:
            self.counts.update(guess.labels.keys())
            for label, (best, _, _) in guess.labels.items():
                self.sums[label] += best

    def of(self, learner: User) -> Person:
        return Person(
            learner=learner.pk,
            simulated=learner.simulated,
            shares={label: self.sums[label] / count for label, count in self.counts.items()},
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


def load_acts(course: Course, begin: datetime, end: datetime) -> list[Event]:
    """Each "I'm stuck" and "Got it" of [begin, end), whether it may be counted or not."""
    rows = Event.objects.filter(
        sitting__in=sittings_of(course), name__in=(STUCK, GOT_IT), at__gte=begin, at__lt=end
    )
    return list(rows.select_related("sitting__learner", "sitting__unit__video"))


def reporters(acts: Iterable[Event]) -> set[int]:
    """Who pressed "Got it"."""
    return {event.sitting.learner_id for event in acts if event.name == GOT_IT}


def places(
    found: Collection[Admitted], acts: Collection[Event], *, now: datetime
) -> dict[Part, Place]:
    """Where these Estimates belong, and what was said there; opens nothing."""
    trail = trail_of({each.sitting.pk for each in found} | {e.sitting_id for e in acts})
    sensed = _sensed(found, trail)
    reports = list(eligible_reports.select_reports((e for e in acts if e.name == GOT_IT), now=now))
    epochs = {each.event.sitting.learner_id: each.epoch for each in reports}
    stuck = _spoken((event for event in acts if event.name == STUCK), trail)
    got_it = _spoken(_first_of_each((each.event for each in reports), trail), trail)
    return {
        part: Place(
            found=tuple(sensed.get(part, [])),
            stuck=tuple(stuck.get(part, {}).values()),
            got_it=tuple(got_it.get(part, {}).values()),
            epochs={pk: epochs[pk] for pk in got_it.get(part, {})},
        )
        for part in dict.fromkeys([*sensed, *stuck, *got_it])
    }


def opened(place: Place) -> Group:
    """The people of a part: what was guessed of them, and what they said."""
    return Group(
        people=tuple(_people(place.found)),
        scopes=_scopes(place.found),
        stuck=place.stuck,
        got_it=place.got_it,
        epochs=place.epochs,
    )


def _sensed(found: Iterable[Admitted], trail: Trail) -> dict[Part, list[Admitted]]:
    """Return these Estimates by part; those of one Learner in the part with most of theirs.

    So one quarter tells of a Learner in one picture (docs/adr/0041).
    """
    by_learner: dict[int, dict[Part, list[Admitted]]] = defaultdict(lambda: defaultdict(list))
    for each in found:
        if part := trail.part(each.sitting, each.t):
            by_learner[each.learner.pk][part].append(each)
    sensed: dict[Part, list[Admitted]] = defaultdict(list)
    for parts in by_learner.values():
        part, most = max(parts.items(), key=lambda item: len(item[1]))
        sensed[part].extend(most)
    return sensed


def _first_of_each(acts: Iterable[Event], trail: Trail) -> list[Event]:
    """Return the first of these of each Learner that belongs to a part, for the same reason."""
    first: dict[int, Event] = {}
    for event in sorted(acts, key=lambda each: each.at):
        if trail.part(event.sitting, event.t):
            first.setdefault(event.sitting.learner_id, event)
    return list(first.values())


def _spoken(acts: Iterable[Event], trail: Trail) -> dict[Part, dict[int, Person]]:
    found: dict[Part, dict[int, Person]] = defaultdict(dict)
    for event in acts:
        if part := trail.part(event.sitting, event.t):
            learner = event.sitting.learner
            found[part][learner.pk] = Person(learner.pk, learner.simulated, {})
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
