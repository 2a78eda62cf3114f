"""`/my-data/`: how much is held, of what kind, for how long, and the ways to take it back.

The list is walked from the declarations, so it cannot forget a table (I-7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

import holdings
from accounts.access import require_person
from classroom.courses import person
from consent import profiles
from holdings import Holding
from privacy import erasure

WORD = "erase"
NAMES = {
    "identity": "Your name, log-in and role",
    "consent": "What you allowed, and when",
    "course": "Your courses, answers and progress",
    "course record": "When you opened a unit and what you did in it",
    "mastery": "What you probably know",
    "self-report": "What you said about yourself",
    "sensed": "What was sensed",
    "estimate": "Estimates, made from what was sensed",
    "dispute": "Your corrections",
    "intervention": "Offers you were made",
    "rule state": "Where the rules for offers stand",
    "audit": "Proof of what was done",
}
ORDER = tuple(NAMES)
Counter = Callable[[Holding], int]


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of data: how many rows, and how long each stays."""

    name: str
    count: int
    kept: str


@require_safe
@require_person
def my_data(request: HttpRequest) -> HttpResponse:
    return _show(request)


@require_POST
@require_person
def erase(request: HttpRequest) -> HttpResponse:
    """Erase the account, once the word and the password were typed."""
    user = person(request)
    if request.POST.get("word", "").strip().lower() != WORD:
        return _show(request, problem=f"Type the word {WORD} to go on. Nothing was changed.")
    if not user.check_password(request.POST.get("password", "")):
        return _show(request, problem="That is not your password. Nothing was changed.")
    done = erasure.erase(user.code, actor=user.code, cause="request", now=timezone.now())
    logout(request)
    return render(request, "classroom/erased.html", {"number": done.id, "asked_at": done.asked_at})


def _show(request: HttpRequest, problem: str = "") -> HttpResponse:
    user = person(request)
    rows = held(holdings.all(), lambda holding: holding.rows_of(user.code).count())
    context = {
        "held": rows,
        "total": sum(row.count for row in rows),
        "word": WORD,
        "problem": problem,
    }
    return render(request, "classroom/my_data.html", context, status=422 if problem else 200)


def held(declared: Iterable[Holding], count: Counter) -> tuple[Held, ...]:
    """Rows by category, in the order people ask for; a category with no rows says so."""
    about = [holding for holding in declared if holding.subject is not None]
    counts: dict[str, int] = {}
    kept: dict[str, set[str]] = {}
    for holding in about:
        counts[holding.category] = counts.get(holding.category, 0) + count(holding)
        kept.setdefault(holding.category, set()).add(_lifetime(holding))
    return tuple(
        Held(NAMES.get(name, name.capitalize()), counts[name], " or ".join(sorted(kept[name])))
        for name in sorted(counts, key=_rank)
    )


def _rank(category: str) -> tuple[int, str]:
    return (ORDER.index(category) if category in ORDER else len(ORDER), category)


def _lifetime(holding: Holding) -> str:
    if holding.append_only and holding.category == "audit":
        return "kept without your name"
    if holding.lifetime is None:
        return "as long as your account"
    days = _by_profile(holding.category) or max(1, holding.lifetime.days)
    return f"{days} day{'' if days == 1 else 's'}"


def _by_profile(category: str) -> int | None:
    """What the rules of this site say, where they say something about this kind."""
    profile = profiles.current()
    if profile is None:
        return None
    retention = profile.retention
    said = {
        "sensed": retention.blocks,
        "estimate": retention.estimates,
        "class picture": retention.aggregates,
    }
    return said.get(category)
