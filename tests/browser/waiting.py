"""Time that passes for the rules of a running site: no story waits minutes for a cooldown."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction


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
