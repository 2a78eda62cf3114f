"""`/my-data/`: how much data is stored, of what kind and for how long, and how to delete it.

The list is built from the declared Holdings, so it cannot miss a table (I-7).
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
from accounts.access import current_user, may_act, require_person, require_recent
from accounts.administration.person_records import CannotChange
from accounts.sign_in import reauthentication
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from data_inventory import Holding
from data_inventory.totals import count_each
from learner.privacy import delete_recent, withdrawal_views
from learner.privacy.request_list import load_requests
from privacy.erasure import claim_codes, erasure
from privacy.export.category_labels import days_kept, label_of, rank
from privacy.retention import legal_holds

ERASE_WORD = noop("erase")
# Data that a legal hold retains beyond its lifetime (`privacy.retention.legal_holds`).
HOLD_WORDS = {
    "course record": noop("when you opened a unit and what you did in it"),
    "identity": noop("when you signed in"),
}


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """One category of data: its number of rows, and how long each is stored."""

    name: str
    count: int
    lifetime: str


@require_safe
@require_person
def my_data(request: HttpRequest) -> HttpResponse:
    return show_my_data(request)


@require_POST
@require_person
@require_recent
def erase(request: HttpRequest) -> HttpResponse:
    """Erase the account once the confirmation word and the password were entered."""
    user = current_user(request)
    if request.POST.get("word", "").strip().lower() not in (ERASE_WORD, _(ERASE_WORD).lower()):
        problem = _("Type the word {word} to continue. Nothing was changed.").format(
            word=_(ERASE_WORD)
        )
        return show_my_data(request, problem=problem)
    now, typed = timezone.now(), request.POST.get("password", "")
    if refusal := reauthentication.check_password(request, user, typed, now=now):
        unchanged = _("Nothing was changed.")
        return show_my_data(request, problem=f"{refusal.text} {unchanged}")
    code, claim = user.code, claim_codes.new_code()
    try:
        done = erasure.erase(code, actor=code, cause="request", now=now, claim=claim)
    except CannotChange as problem:
        return show_my_data(request, problem=str(problem))
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


def show_my_data(request: HttpRequest, problem: str = "", status: int = 422) -> HttpResponse:
    """Render the page; with a problem, under that status."""
    user, now = current_user(request), timezone.now()
    rows = count_categories(data_inventory.all(), user.code)
    context = {
        "categories": rows,
        "total": sum(row.count for row in rows),
        "word": _(ERASE_WORD),
        "problem": problem,
        "may_act": may_act(request),
        "asked": load_requests(user),
        "withdrawals": withdrawal_views.load_withdrawals(user),
        "holds": [
            (_(HOLD_WORDS[each.category]), each.ends_at)
            for each in legal_holds.of_person(user, now)
        ],
        "deleted": delete_recent.describe_deletion(user, request.GET.get("deleted", "")),
        "parts": delete_recent.list_parts(),
    }
    return render(
        request, "learner/privacy/my_data.html", context, status=status if problem else 200
    )


def count_categories(declared: Iterable[Holding], subject: UUID) -> tuple[CategoryCount, ...]:
    """Return the user's rows by category, in page order, empty categories included."""
    about = {holding.label: holding for holding in declared if holding.subject is not None}
    rows = count_each({label: holding.rows_of(subject) for label, holding in about.items()})
    profile = profiles.current()
    counts: dict[str, int] = {}
    lifetimes: dict[str, set[str]] = {}
    for label, holding in about.items():
        counts[holding.category] = counts.get(holding.category, 0) + rows[label]
        lifetimes.setdefault(holding.category, set()).add(_lifetime(holding, profile))
    return tuple(
        CategoryCount(_(label_of(name)), counts[name], _join_alternatives(lifetimes[name]))
        for name in sorted(counts, key=rank)
    )


def _lifetime(holding: Holding, profile: LegalProfile | None) -> str:
    if holding.append_only and holding.category == "audit":
        return _("kept without your name")
    if holding.lifetime is None:
        return _("as long as your account")
    days = days_kept(holding.category, profile) or max(1, holding.lifetime.days)
    return ngettext("{n} day", "{n} days", days).format(n=days)


def _join_alternatives(times: Iterable[str]) -> str:
    return reduce(
        lambda one, other: _("{one} or {other}").format(one=one, other=other), sorted(times)
    )
