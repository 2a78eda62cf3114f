"""Receipts: each consent act as one line, with a page and a file that contain all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import User
from consent.grants.grant_reducer import FORGET_LAST, YES
from consent.grants.guardian_consent import may_decide
from consent.models import ConsentEvent, Notice, ShownText
from consent.notices.notices import find_translations, translate_notice
from consent.scopes import PURPOSES, split
from consent.stream_groups import GROUPS, group_of
from learner.consent.labels import purpose_names, title_of
from learner.consent.notice_html import notice_html
from privacy.models import Erasure

MAX_SHOWN = 20
VERB_WORDS = {
    "grant": noop("Switched on"),
    "assent": noop("You agreed"),
    "guardian_grant": noop("Your parent or guardian agreed"),
    "withdraw": noop("Switched off"),
    "guardian_withdraw": noop("Your parent or guardian said no"),
    "expire": noop("Expired"),
    "stale": noop("Ended, because the text or the rules had changed"),
    "forbid": noop("Ended, because the rules of this site changed and forbid it"),
    "forget_last": noop("Continued, with the last 10 minutes deleted"),
}
GUARDIAN_VERB_WORDS = {
    "guardian_grant": noop("You agreed"),
    "guardian_withdraw": noop("You said no"),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One act in the words of the page."""

    act: UUID
    at: datetime
    verb: str
    done: str
    what: str
    removed: str


def load_receipts(person: User, *, verbs: Iterable[str] = tuple(VERB_WORDS)) -> list[Receipt]:
    """Return the latest acts, newest first: what went on or off, and what was deleted."""
    events = ConsentEvent.objects.filter(learner=person, verb__in=list(verbs))
    newest = events.order_by("-at", "act", "verb", "scope")[
        : MAX_SHOWN * len(GROUPS) * len(PURPOSES)
    ]
    erasures = {each.frozen_at: each for each in Erasure.objects.filter(subject=person.code)}
    acts = [list(group) for _, group in groupby(newest, key=lambda one: (one.act, one.verb))]
    return [_make_receipt(events, erasures.get(events[0].at)) for events in acts[:MAX_SHOWN]]


def _make_receipt(events: list[ConsentEvent], erasure: Erasure | None) -> Receipt:
    first = events[0]
    return Receipt(
        act=first.act,
        at=first.at,
        verb=first.verb,
        done=_(VERB_WORDS[first.verb]),
        what="; ".join(dict.fromkeys(scope_words(event.scope) for event in events)),
        removed=_removed_text(erasure, first.verb),
    )


def scope_words(scope: str) -> str:
    source, purpose = split(scope)
    group = group_of(source.name)
    return f"{title_of(group)}, {purpose_names(group)[purpose]}"


def _removed_text(erasure: Erasure | None, verb: str) -> str:
    if erasure is None or verb in YES:
        return ""
    if verb == FORGET_LAST:
        return _("What was sensed in the 10 minutes before was deleted. The rest was kept.")
    keys = int(erasure.counts.get("keys", 0))
    rows = sum(int(n) for name, n in erasure.counts.items() if name not in ("keys", "grants"))
    if keys == rows == 0:
        return _("No data had been collected.")
    text = _("Unreadable since then. Keys destroyed: {keys}. Records deleted: {rows}.")
    return text.format(keys=keys, rows=rows)


@never_cache
@require_safe
@require_role("learner", "guardian")
def receipt_page(request: HttpRequest, act: UUID) -> HttpResponse:
    """Show one receipt."""
    events = _load_events(request, act)
    own = events[0].learner_id == request.user.pk
    context = {
        "receipt": receipt_data(events),
        "events": events,
        "done": _((VERB_WORDS if own else GUARDIAN_VERB_WORDS)[events[0].verb]),
        "names": list(dict.fromkeys(scope_words(event.scope) for event in events)),
        "texts": [
            (text.digest, notice_html(text.body, below=2), _find_language(text, events))
            for text in _find_texts(events)
        ],
        "notices": [
            (title_of(each.group), translate_notice(each)) for each in _find_notices(events)
        ],
    }
    return render(request, "learner/consent/receipt.html", context)


@never_cache
@require_safe
@require_role("learner", "guardian")
def receipt_file(request: HttpRequest, act: UUID) -> HttpResponse:
    """Download the receipt as JSON."""
    answer = JsonResponse(receipt_data(_load_events(request, act)), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="receipt-{act}.json"'
    return answer


def receipt_data(events: list[ConsentEvent]) -> dict[str, Any]:
    """Return a receipt as data: scopes, times and the exact text that was agreed to."""
    first = events[0]
    return {
        "receipt": str(first.act),
        "at": first.at.isoformat(),
        "verb": first.verb,
        "scopes": [
            {"scope": e.scope, "epoch": e.epoch, "runs_out": e.expires_at.isoformat()}
            if e.verb in YES
            else {"scope": e.scope, "epoch": e.epoch}
            for e in events
        ],
        "notices": [
            {
                "group": each.group,
                "version": each.version,
                "in_force_since": each.effective_from.isoformat(),
                "sha256": each.digest,
            }
            for each in _find_notices(events)
        ],
        "shown": [{"sha256": text.digest, "text": text.body} for text in _find_texts(events)],
    }


def _load_events(request: HttpRequest, act: UUID) -> list[ConsentEvent]:
    """Return the events of one of the user's acts; a Guardian reads only their own. Else 404."""
    found = ConsentEvent.objects.filter(act=act).select_related("notice", "shown", "learner")
    events = list(found.order_by("scope"))
    user = request.user
    if not events or not isinstance(user, User):
        raise Http404
    learner, verb = events[0].learner, events[0].verb
    if user != learner and not (verb in GUARDIAN_VERB_WORDS and may_decide(user, learner)):
        raise Http404
    return events


def _find_texts(events: list[ConsentEvent]) -> list[ShownText]:
    return list({event.shown.digest: event.shown for event in events if event.shown}.values())


def _find_notices(events: list[ConsentEvent]) -> list[Notice]:
    return list({event.notice.digest: event.notice for event in events}.values())


def _find_language(text: ShownText, events: list[ConsentEvent]) -> str:
    """Return the language of the text that was read: that of the notice at its end."""
    notice = next(event.notice for event in events if event.shown == text)
    ends = (each for each in find_translations(notice) if text.body.endswith(each.body))
    return next((each.locale for each in ends), notice.locale)
