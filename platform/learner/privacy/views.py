"""`/my-data/`: how much is held, of what kind, for how long, and the ways to take it back.

The list is walked from the declarations, so it cannot forget a table (I-7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

import data_inventory
from accounts.access import may_act, require_person, require_recent
from accounts.administration.person_records import CannotChange
from accounts.sign_in import reauthentication
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from data_inventory import Holding
from data_inventory.totals import count_each
from learner.courses.views import person
from learner.privacy import delete_recent, withdrawal_views
from learner.privacy.request_list import asked_by
from privacy.erasure import claim_codes, erasure
from privacy.export.category_labels import days_kept, name_of, rank
from privacy.retention import legal_holds

WORD = noop("erase")
# What a legal hold keeps past its time (`privacy.retention.legal_holds`).
HELD = {
    "course record": noop("when you opened a unit and what you did in it"),
    "identity": noop("when you signed in"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of data: how many rows, and how long each stays."""

    name: str
    count: int
    kept: str


@require_safe
@require_person
def my_data(request: HttpRequest) -> HttpResponse:
    return show(request)


@require_POST
@require_person
@require_recent
def erase(request: HttpRequest) -> HttpResponse:
    """Erase the account, once the word and the password were typed."""
    user = person(request)
    if request.POST.get("word", "").strip().lower() not in (WORD, _(WORD).lower()):
        told = _("Type the word {word} to continue. Nothing was changed.").format(word=_(WORD))
        return show(request, problem=told)
    now, typed = timezone.now(), request.POST.get("password", "")
    if no := reauthentication.check_password(request, user, typed, now=now):
        told = _("Nothing was changed.")
        return show(request, problem=f"{no.text} {told}")
    code, claim = user.code, claim_codes.new()
    try:
        done = erasure.erase(code, actor=code, cause="request", now=now, claim=claim)
    except CannotChange as problem:
        return show(request, problem=str(problem))
    logout(request)
    context = {
        "number": done.id,
        "subject": code,
        "claim": claim,
        "asked_at": done.asked_at,
        "unreadable_at": done.shredded_at,
        "removed": done.rows_at is not None,
    }
    return render(request, "learner/privacy/erased.html", context)


def show(request: HttpRequest, problem: str = "", status: int = 422) -> HttpResponse:
    """The page; with a problem, under that status."""
    user, now = person(request), timezone.now()
    rows = held(data_inventory.all(), user.code)
    context = {
        "held": rows,
        "total": sum(row.count for row in rows),
        "word": _(WORD),
        "problem": problem,
        "may_act": may_act(request),
        "asked": asked_by(user),
        "withdrawals": withdrawal_views.of(user),
        "holds": [
            (_(HELD[each.category]), each.ends_at) for each in legal_holds.of_person(user, now)
        ],
        "deleted": delete_recent.deleted(user, request.GET.get("deleted", "")),
        "parts": delete_recent.parts(),
    }
    return render(
        request, "learner/privacy/my_data.html", context, status=status if problem else 200
    )


def held(declared: Iterable[Holding], subject: UUID) -> tuple[Held, ...]:
    """Return the person's rows by category, in the order people ask for; one may have none."""
    about = {holding.label: holding for holding in declared if holding.subject is not None}
    rows = count_each({label: holding.rows_of(subject) for label, holding in about.items()})
    profile = profiles.current()
    counts: dict[str, int] = {}
    kept: dict[str, set[str]] = {}
    for label, holding in about.items():
        counts[holding.category] = counts.get(holding.category, 0) + rows[label]
        kept.setdefault(holding.category, set()).add(_lifetime(holding, profile))
    return tuple(
        Held(_(name_of(name)), counts[name], _any_of(kept[name]))
        for name in sorted(counts, key=rank)
    )


def _lifetime(holding: Holding, profile: LegalProfile | None) -> str:
    if holding.append_only and holding.category == "audit":
        return _("kept without your name")
    if holding.lifetime is None:
        return _("as long as your account")
    days = days_kept(holding.category, profile) or max(1, holding.lifetime.days)
    return ngettext("{n} day", "{n} days", days).format(n=days)


def _any_of(times: Iterable[str]) -> str:
    return reduce(
        lambda one, other: _("{one} or {other}").format(one=one, other=other), sorted(times)
    )
