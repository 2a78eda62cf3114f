"""What a story of a running site waits for, and time that passes for its rules without waiting."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import transaction


def until(in_database, truth, seconds: float) -> None:
    """What a page did is stored a moment after the page shows it: its events go by the socket."""
    ends = time.monotonic() + seconds
    while not in_database(truth):
        assert time.monotonic() < ends, f"expected {truth} within {seconds} s"
        time.sleep(0.1)


def let_pass(seconds: float) -> None:
    """Every rule stands where it would after so long, for everybody. An answer that is counted at
    the same moment is left as it is."""
    from adaptation.models import RuleState

    gone = timedelta(seconds=seconds)
    with transaction.atomic():
        for row in RuleState.objects.select_for_update():
            row.since -= gone
            row.seen = row.seen and row.seen - gone
            row.fired = [at - gone for at in row.fired]
            row.save(update_fields=["since", "seen", "fired"])
    settle()


def settle() -> None:
    """A rule that fired and cools is idle again where its cooldown is over: as after Windows."""
    from adaptation.models import RuleState

    RuleState.objects.filter(phase__in=["active", "cooling", "arming"]).update(phase="idle")


def numeric_places(ref: str) -> list[tuple[str, str]]:
    """Code and answer of the questions of a quiz that take a number, in their order."""
    from courses.models import Question

    places = Question.objects.filter(unit__ref=ref, position__isnull=False, kind="numeric")
    return [(str(place.code), place.answer) for place in places.order_by("position")]


def offers() -> list[tuple[str, str, str | None]]:
    from adaptation.models import Intervention

    rows = Intervention.objects.order_by("decided_at")
    return list(rows.values_list("rule", "kind", "outcome"))
