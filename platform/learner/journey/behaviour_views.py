"""What the learner was doing in each Sitting of a day, in words, and their dispute of it.

Only steps that may still be read count, and a state only where the model was sure of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Mod
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import current_user, require_role
from accounts.models import User
from consent.permits import gate
from consent.scopes import streams_of
from estimates import behaviour_disputes, behaviour_states
from estimates.behaviour_states import BehaviourState
from estimates.disputes import UNDO_WITHIN
from estimates.models import BEHAVIOUR_STATES, BehaviourEstimate
from learner.journey.explanation_views import stream_words
from telemetry import windows
from telemetry.models import Sitting
from vault.errors import KeyDestroyed

STEP_S = 10
MAX_ESTIMATES = 4320
# Weeks and months read one estimate a minute, of feelings as well, and at most so many.
CUTS_PER_MINUTE = 12
MAX_SAMPLES = 2000
# The step that ends with a full minute.
LAST_OF_MINUTE = CUTS_PER_MINUTE - 1
# Assumed: with fewer sure steps than this share, the line says "not sure".
ENOUGH_SURE = 0.5
MOSTLY = {
    "focused": noop("Mostly on task."),
    "struggling": noop("Mostly trying hard."),
    "disengaged": noop("Mostly away."),
}
STATE_NAMES = {
    "focused": noop("on task"),
    "struggling": noop("trying hard"),
    "disengaged": noop("away"),
    "": noop("not sure"),
}


@dataclass(frozen=True, slots=True)
class BehaviourLine:
    """One Sitting in words; `times` = each state with its minutes, `streams` = what was read.

    A disputed one has no words. `may_undo` = the dispute can still be undone.
    """

    sitting: UUID
    at: datetime
    unit: str
    text: str = ""
    times: tuple[tuple[str, str], ...] = ()
    streams: tuple[str, ...] = ()
    is_disputed: bool = False
    may_undo: bool = False


@require_POST
@require_role("learner")
def dispute_behaviour(request: HttpRequest) -> HttpResponse:
    """`/journey/behaviour/`: dispute the behaviour estimated in a Sitting, or undo that."""
    now = timezone.now()
    try:
        sitting = UUID(request.POST.get("sitting", ""))
    except ValueError:
        return HttpResponseBadRequest("Expected a session of yours.")
    permit = gate.permit(current_user(request).code, "course", now=now)
    change = behaviour_disputes.undo if "undo" in request.POST else behaviour_disputes.dispute
    change(sitting, permit, now=now)
    return redirect(f"/journey/?day={request.POST.get('day', '')[:10]}#did-{sitting}")


def load_behaviour_lines(
    user: User, since: datetime, until: datetime, now: datetime
) -> list[BehaviourLine]:
    """Return a line for each Sitting with a readable step in this period."""
    rows = (
        BehaviourEstimate.objects.filter(learner=user, made_at__gte=since, made_at__lt=until)
        .exclude(status="late")
        .select_related("sitting__unit", "sitting__behaviour_dispute")
        .order_by("sitting", "cut")[:MAX_ESTIMATES]
    )
    steps = _read_steps(user, list(rows), now)
    grouped = groupby(steps, key=lambda step: step[0].sitting_id)
    return [_make_line([*group], now) for _sitting, group in grouped]


def load_samples(
    user: User, since: datetime, until: datetime, now: datetime
) -> list[tuple[datetime, str]]:
    """Return one state per minute with its time, the newest first; "" while not sure."""
    rows = (
        BehaviourEstimate.objects.filter(learner=user, made_at__gte=since, made_at__lt=until)
        .exclude(status="late")
        .filter(sitting__behaviour_dispute=None)
        .annotate(turn=Mod(F("cut"), CUTS_PER_MINUTE))
        .filter(turn=LAST_OF_MINUTE)
        .order_by("-made_at")[:MAX_SAMPLES]
    )
    return [(row.made_at, state.name) for row, state in _read_steps(user, list(rows), now)]


Step = tuple[BehaviourEstimate, BehaviourState]


def _read_steps(user: User, rows: Sequence[BehaviourEstimate], now: datetime) -> list[Step]:
    if not rows:
        return []
    permits = gate.permits(user.code, {s for row in rows for s in row.scopes}, now=now).granted
    found = []
    for row in rows:
        try:
            found.append((row, behaviour_states.read(row, permits)))
        except (KeyError, KeyDestroyed):
            continue
    return found


def _make_line(steps: Sequence[Step], now: datetime) -> BehaviourLine:
    last, states = steps[-1][0], [state for _row, state in steps]
    sitting = last.sitting
    at, unit = windows.end_of(sitting, last.cut), sitting.unit.title
    if disputed_at := _disputed_at(sitting):
        may_undo = now - disputed_at < UNDO_WITHIN
        return BehaviourLine(sitting.pk, at, unit, is_disputed=True, may_undo=may_undo)
    names = [state.name for state in states]
    scopes = {scope for state in states for scope in state.scopes}
    return BehaviourLine(
        sitting=sitting.pk,
        at=at,
        unit=unit,
        text=describe_steps(names),
        times=tuple(_list_times(names)),
        streams=tuple(stream_words(name) for name in sorted(streams_of(scopes))),
    )


def _disputed_at(sitting: Sitting) -> datetime | None:
    row = getattr(sitting, "behaviour_dispute", None)
    return row.made_at if row is not None else None


def describe_steps(names: Sequence[str]) -> str:
    """Return steps in words: the commonest state, and how often each other one came."""
    sure = [name for name in names if name]
    if len(sure) < ENOUGH_SURE * len(names) or not sure:
        return _("Mostly not sure.")
    most = max(BEHAVIOUR_STATES, key=sure.count)
    runs = [name for name, _run in groupby(sure)]
    others = [state for state in BEHAVIOUR_STATES if state != most and state in runs]
    return " ".join([_(MOSTLY[most]), *(_count_text(each, runs.count(each)) for each in others)])


def _count_text(state: str, n: int) -> str:
    if state == "focused":
        return ngettext("On task once.", "On task {n} times.", n).format(n=n)
    if state == "struggling":
        return ngettext("Trying hard once.", "Trying hard {n} times.", n).format(n=n)
    return ngettext("Away once.", "Away {n} times.", n).format(n=n)


def _list_times(names: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Yield each state that occurred with the time spent in it, the longest first."""
    for state in sorted(STATE_NAMES, key=names.count, reverse=True):
        if steps := names.count(state):
            yield _(STATE_NAMES[state]), _time_text(timedelta(seconds=STEP_S * steps))


def _time_text(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if not minutes:
        return _("less than 1 minute")
    return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
