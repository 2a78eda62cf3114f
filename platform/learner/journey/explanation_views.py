"""`/journey/guesses/<uuid>/why/`: asking why a guess was made; the answer stands on the journey.

A run of like guesses has one answer: that of the guess that was asked about, or else of the surest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

import pipeline
from accounts.access import require_role
from accounts.models import User
from consent.permits import gate
from consent.permits.gate import Permit
from courses.percent_text import percent_text
from emotion import explain
from estimates import explanations
from estimates.explanations import Told
from estimates.models import Explanation
from learner.courses.views import person
from vault.errors import KeyDestroyed

NOTHING = noop("Nothing that was sensed points to this more than against it. This can be wrong.")


@dataclass(frozen=True, slots=True)
class Why:
    """About one guess. `state`: "" not asked, "owed", "there", or "gone" for ever.

    `about`: the label. `run`: how many guesses it stands for. `parts`: each stream in words, and
    its share of all that spoke for the guess.
    """

    id: str
    state: str = ""
    run: int = 1
    at: datetime | None = None
    about: str = ""
    sentence: str = ""
    parts: tuple[tuple[str, str], ...] = ()


@require_POST
@require_role("learner")
def ask(request: HttpRequest, id: UUID) -> HttpResponse:
    """A worker answers; the page that follows says that it is owed, and then what it is."""
    now = timezone.now()
    permit = gate.permit(person(request).code, "course", now=now)
    row = explanations.ask(id, permit, now=now)
    pipeline.wake()
    day = timezone.localdate(row.estimate.made_at)
    return redirect(f"/journey/?day={day}#why-{id}")


def of_day(user: User, since: datetime, until: datetime, now: datetime) -> Mapping[str, Why]:
    """What was asked about guesses of a day, by the guess."""
    rows = Explanation.objects.filter(
        learner=user, estimate__made_at__gte=since, estimate__made_at__lt=until
    ).select_related("estimate")
    found = list(rows)
    scopes = {scope for row in found for scope in row.scopes}
    permits = gate.permits(user.code, scopes, now=now).granted
    return {str(row.pk): _why(row, permits) for row in found}


def of_run(asked: Mapping[str, Why], surest_first: Sequence[str]) -> Why:
    """The answer that a run of guesses has, or the question that it can be asked."""
    found = next((asked[id] for id in surest_first if id in asked), Why(surest_first[0]))
    return replace(found, run=len(surest_first))


def _why(row: Explanation, permits: Mapping[str, Permit]) -> Why:
    id, at = str(row.pk), row.estimate.made_at
    if row.due_at is not None:
        return Why(id, "owed", at=at)
    try:
        told = explanations.read(row, permits)
    except (KeyError, KeyDestroyed):
        told = None
    if told is None:
        return Why(id, "gone", at=at)
    return Why(
        id,
        "there",
        at=at,
        about=told.label,
        sentence=_sentence(told),
        parts=_parts(told.shares),
    )


def _stream(name: str) -> str:
    return _(explain.WORDS.get(name, name))


def _sentence(told: Told) -> str:
    """As `emotion.explain.format_sentence` says it, in the language spoken now."""
    top = max(told.shares, key=told.shares.__getitem__, default="")
    if not top or told.shares[top] <= 0:
        return _(NOTHING)
    adding = sum(share for share in told.shares.values() if share > 0)
    most = told.shares[top] > explain.MOST * adding
    words = _("Mostly {stream}{when}.") if most else _("Partly {stream}{when}.")
    said = words.format(stream=_stream(top), when=_when(told.when))
    return f"{said} {_('This can be wrong.')}"


def _when(seconds: tuple[int, int] | None) -> str:
    if seconds is None:
        return ""
    begin, end = seconds
    if end:
        words = ngettext(
            ", from {begin} to {n} second before the end",
            ", from {begin} to {n} seconds before the end",
            end,
        )
        return words.format(begin=begin, n=end)
    words = ngettext(", in the last second", ", in the last {n} seconds", begin)
    return words.format(n=begin)


def _parts(shares: Mapping[str, float]) -> tuple[tuple[str, str], ...]:
    """What spoke for the guess, the most first, then what spoke against it."""
    adding = sum(share for share in shares.values() if share > 0)
    ordered = sorted(shares, key=shares.__getitem__, reverse=True)
    return tuple((_stream(name), _part(shares[name], adding)) for name in ordered)


def _part(share: float, adding: float) -> str:
    if share <= 0:
        return _("Did not point to it") if share == 0 else _("Pointed against it")
    return percent_text(100 * share / adding)
