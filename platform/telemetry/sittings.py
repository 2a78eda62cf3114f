"""Open, find, touch, pause and close a Sitting: one Learner, one Unit, one open page."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from consent.legal_profiles import profiles
from courses.models import Unit
from courses.models.unit import EXTERNAL
from telemetry import windows
from telemetry.models import LONGEST_SITTING_S, Sitting

IDLE_AFTER = timedelta(minutes=30)
LONGEST = timedelta(seconds=LONGEST_SITTING_S)
TESTS = ("practice", "graded")


def scenario_of(unit: Unit) -> str:
    """Return the rules under which a unit is sat; set by the unit, never by the page."""
    return unit.scenario


def scenarios_of(unit: Unit) -> tuple[str, ...]:
    """Return what a page of this unit may open: the unit and its discussion.

    A graded test has no discussion. Nothing is sensed around a video on another site.
    """
    if unit.kind == EXTERNAL:
        return ()
    return (unit.scenario,) if unit.scenario == "graded" else (unit.scenario, "discussion")


@transaction.atomic
def open(learner: User, unit: Unit, *, scenario: str, page: UUID, now: datetime) -> Sitting:
    """Return the Sitting of this page; the same one for a repeated call.

    A pause on the Learner's last page applies here too. Opening never ends a pause.
    """
    page_of = {"learner": learner, "unit": unit, "page": page}
    begun = {"scenario": scenario, "began_at": now, "active_at": now}
    is_paused = _still_paused(learner, now)
    sitting, _ = Sitting.objects.get_or_create(
        **page_of, ended_at=None, defaults={**begun, "paused": is_paused}
    )
    if is_paused and not sitting.paused:
        pause(sitting, True)
    if sitting.scenario == scenario and now - sitting.began_at < LONGEST:
        return sitting
    close(sitting, now=now)
    return Sitting.objects.create(**page_of, **begun, paused=sitting.paused)


def _still_paused(learner: User, now: datetime) -> bool:
    """Return whether the Learner's last page was paused, if it is recent."""
    before = Sitting.objects.filter(learner=learner, active_at__gt=now - IDLE_AFTER)
    return bool(before.order_by("-active_at").values_list("paused", flat=True).first())


def open_for(learner: User, code: UUID, now: datetime) -> Sitting | None:
    """Return this Learner's own Sitting while it is open; None for others and afterwards."""
    return open_for_each([(learner, code)], now)[learner, code]


def open_for_each(
    asked: Collection[tuple[User, UUID]], now: datetime
) -> dict[tuple[User, UUID], Sitting | None]:
    """Do the same for many Learners in one query; Sittings at one Unit share its object."""
    open_ = Sitting.objects.filter(ended_at=None, began_at__gt=now - LONGEST)
    rows = open_.select_related("unit__course").filter(id__in=[code for _, code in asked])
    own = {(row.learner_id, row.id): row for row in rows}
    units: dict[int, Unit] = {}
    found: dict[tuple[User, UUID], Sitting | None] = {}
    for learner, code in asked:
        sitting = found[learner, code] = own.get((learner.pk, code))
        if sitting is not None:
            sitting.learner = learner
            sitting.unit = units.setdefault(sitting.unit_id, sitting.unit)
    return found


def may_be_silent(sitting: Sitting) -> bool:
    """Return whether `senses_nothing` can be true; it asks the database nothing."""
    return sitting.scenario in TESTS or _is_silent_unit(sitting.unit)


def _is_silent_unit(unit: Unit) -> bool:
    return unit.course.preview_of_id is not None or unit.kind == EXTERNAL


def senses_nothing(sitting: Sitting, now: datetime) -> bool:
    """Return whether nothing may be sensed: a test, another site's video, an Author's preview."""
    return bool(silent_of([sitting], now))


def silent_of(sittings: Iterable[Sitting], now: datetime) -> set[UUID]:
    """Return the ids of Sittings without sensing; the legal profile is read at most once."""
    known: dict[str, bool] = {}
    found = set()
    for sitting in sittings:
        if _is_silent_unit(sitting.unit):
            found.add(sitting.id)
            continue
        if sitting.scenario not in known:
            known[sitting.scenario] = is_silent(sitting.scenario, now)
        if known[sitting.scenario]:
            found.add(sitting.id)
    return found


def is_silent(scenario: str, now: datetime) -> bool:
    """Return whether a scenario has no sensing.

    A graded test never has. A practice test has none if the legal profile says so or none is
    chosen.
    """
    if scenario != "practice":
        return scenario == "graded"
    profile = profiles.current(now=now)
    return profile is None or "practice" in profile.silent_in


def seconds(sitting: Sitting, now: datetime) -> float:
    """Return the seconds since the Sitting began; below 0 if a host ahead of this one began it."""
    return (now - sitting.began_at).total_seconds()


def seconds_of_act(sitting: Sitting, now: datetime) -> float:
    """Return when in the Sitting something is done now; at 0 if a host ahead of this one began it.

    Without that, an answer soon after the page moved to another host would be refused.
    """
    return max(0.0, seconds(sitting, now))


def touch(sitting_id: UUID, now: datetime) -> None:
    Sitting.objects.filter(id=sitting_id, active_at__lt=now).update(active_at=now)


def keep_alive(done: Iterable[tuple[Sitting, float]], now: datetime) -> None:
    """Keep Sittings open and their Windows due after something done at `t`, at most now."""
    alive = [(sitting.id, max(0.0, min(t, seconds(sitting, now)))) for sitting, t in done]
    windows.fall_due_each(alive, now)


def pause(sitting: Sitting, paused: bool) -> None:
    """Pause or resume all sensing on this page; while paused its Blocks are refused."""
    sitting.paused = paused
    sitting.save(update_fields=["paused"])


@transaction.atomic
def close(sitting: Sitting, *, now: datetime) -> None:
    """End the Sitting; Windows that had not begun are deleted."""
    end = min(now, sitting.began_at + LONGEST)
    sitting.ended_at = end
    sitting.save(update_fields=["ended_at"])
    windows.forget_after(sitting, seconds(sitting, end))


def close_stale(now: datetime) -> int:
    """Close Sittings idle for half an hour or older than twelve hours. Returns how many."""
    stale = Sitting.objects.filter(ended_at=None, active_at__lt=now - IDLE_AFTER)
    old = Sitting.objects.filter(ended_at=None, began_at__lt=now - LONGEST)
    found = list(stale.union(old))
    for sitting in found:
        close(sitting, now=now)
    return len(found)
