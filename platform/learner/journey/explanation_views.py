"""`/journey/guesses/<uuid>/why/`: request an explanation of an estimate.

The journey shows the answer. A run of equal estimates has one explanation: that of the estimate
asked about, or else of the surest after the opening minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from accounts.access import current_user, require_role
from accounts.models import User
from consent.permits import gate
from consent.permits.gate import Permit
from courses.percent_text import format_percent
from emotion import explain
from emotion.windows import OPENING_S
from estimates import explanation_words, explanations
from estimates.explanations import EstimateExplanation
from estimates.models import Explanation
from telemetry import windows
from vault.errors import KeyDestroyed

NOTHING = noop("Nothing that was sensed points to this more than against it. This can be wrong.")


@dataclass(frozen=True, slots=True)
class GuessExplanation:
    """The explanation of one estimate.

    `state`: "" (not requested), "pending", "there", or "gone" for ever. `about`: the label.
    `run`: the number of estimates it covers. `reason` and `without`: the features it rests on, and
    the estimate without what contributed most; "" where unknown. `parts`: each stream in words,
    with its share of the evidence for the estimate.
    """

    id: str
    state: str = ""
    run: int = 1
    at: datetime | None = None
    about: str = ""
    sentence: str = ""
    reason: str = ""
    without: str = ""
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RunMember:
    """An estimate of a run: its Window, and the lower end of its likeliest label's interval."""

    id: str
    cut: int
    low: float

    @property
    def follows_opening(self) -> bool:
        begin, _end = windows.span(self.cut)
        return begin >= OPENING_S


@require_POST
@require_role("learner")
def request_explanation(request: HttpRequest, id: UUID) -> HttpResponse:
    """Queue the explanation for a worker. The next page shows that it is pending."""
    now = timezone.now()
    permit = gate.permit(current_user(request).code, "course", now=now)
    row = explanations.ask(id, permit, now=now)
    pipeline.wake()
    day = timezone.localdate(row.estimate.made_at)
    return redirect(f"/journey/?day={day}#why-{id}")


def load_explanations(
    user: User, since: datetime, until: datetime, now: datetime
) -> Mapping[str, GuessExplanation]:
    """Return the explanations requested for estimates of this period, by estimate id."""
    rows = Explanation.objects.filter(
        learner=user, estimate__made_at__gte=since, estimate__made_at__lt=until
    ).select_related("estimate")
    found = list(rows)
    scopes = {scope for row in found for scope in row.scopes}
    permits = gate.permits(user.code, scopes, now=now).granted
    return {str(row.pk): _make_explanation(row, permits) for row in found}


def choose_for_run(
    requested: Mapping[str, GuessExplanation], run: Iterable[RunMember]
) -> GuessExplanation:
    """Return the explanation of a run of estimates, or one that can be requested.

    The surest comes first of those whose features can be compared with the opening.
    """
    best_first = sorted(run, key=lambda each: (each.follows_opening, each.low), reverse=True)
    ids = [each.id for each in best_first]
    found = next((requested[id] for id in ids if id in requested), GuessExplanation(ids[0]))
    return replace(found, run=len(ids))


def _make_explanation(row: Explanation, permits: Mapping[str, Permit]) -> GuessExplanation:
    id, at = str(row.pk), row.estimate.made_at
    if row.due_at is not None:
        return GuessExplanation(id, "pending", at=at)
    try:
        explanation = explanations.read(row, permits)
    except (KeyError, KeyDestroyed):
        explanation = None
    if explanation is None:
        return GuessExplanation(id, "gone", at=at)
    return GuessExplanation(
        id,
        "there",
        at=at,
        about=explanation.label,
        sentence=_sentence(explanation),
        reason=explanation_words.format_reason(explanation, explanation.label, at),
        without=explanation_words.format_counterfactual(explanation),
        parts=_make_parts(explanation.shares),
    )


def stream_words(name: str) -> str:
    """Return what a stream senses, in words."""
    return _(explain.name_evidence(name))


def _sentence(explanation: EstimateExplanation) -> str:
    """Say what `emotion.explain.format_sentence` says, in the active language."""
    top = max(explanation.shares, key=explanation.shares.__getitem__, default="")
    if not top or explanation.shares[top] <= 0:
        return _(NOTHING)
    adding = sum(share for share in explanation.shares.values() if share > 0)
    most = explanation.shares[top] > explain.MOST * adding
    words = _("Mostly {stream}{when}.") if most else _("Partly {stream}{when}.")
    sentence = words.format(stream=stream_words(top), when=_when_text(explanation.when))
    return f"{sentence} {_('This can be wrong.')}"


def _when_text(seconds: tuple[int, int] | None) -> str:
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


def _make_parts(shares: Mapping[str, float]) -> tuple[tuple[str, str], ...]:
    """Return the streams with their shares: evidence for the estimate first, then against it."""
    adding = sum(share for share in shares.values() if share > 0)
    ordered = sorted(shares, key=shares.__getitem__, reverse=True)
    return tuple((stream_words(name), _share_text(shares[name], adding)) for name in ordered)


def _share_text(share: float, adding: float) -> str:
    if share <= 0:
        return _("Did not point to it") if share == 0 else _("Pointed against it")
    return format_percent(100 * share / adding)
