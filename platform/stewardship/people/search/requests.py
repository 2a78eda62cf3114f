"""Search people: by exactly this email, username or number, else by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

import pipeline
from accounts.keyed_hash import digest_email, digest_login, digest_number
from accounts.models import User
from stewardship.people.search.models import KEPT_FOR, NameSearch
from stewardship.people.search.name_match import SearchWords, split_words
from stewardship.people.search.results import (
    MOST_FOUND,
    FoundPeople,
    seal_found,
    seal_words,
    search_next,
    unseal_found,
    unseal_words,
)

TASK: Final = "stewardship.tasks.search_names_due"
# Up to this many people, the page checks all names itself. That takes 0.4 s of CPU without cached
# keys (13,500 names a second), so less than two seconds even with a fifth of a core.
MOST_IN_PAGE: Final = 5_000


@dataclass(frozen=True, slots=True)
class ShownSearch:
    """The typed words, the people found so far, and the number of names."""

    id: UUID
    words: str
    found: FoundPeople
    state: str
    total: int


def search_people(typed: str, *, by: User, now: datetime) -> NameSearch:
    """Search now, or queue the search if there are many names; replace the last search."""
    words = split_words(typed)
    found = find_exact(typed)
    total = 0 if found.is_whole or not words else User.objects.count()
    if total and total <= MOST_IN_PAGE:
        found = _find_all(words)
    made = NameSearch(steward=by, total=total, made_at=now)
    made.ends_at = now + KEPT_FOR
    if total > MOST_IN_PAGE:
        made.state, made.due_at = "searching", now
    made.words_sealed = seal_words(made, typed, now=now)
    made.found_sealed = seal_found(made, found, now=now)
    _replace(made, by)
    return made


def find_exact(typed: str) -> FoundPeople:
    """Return people with exactly this email, username or number; whole if there are any."""
    found = User.objects.filter(
        Q(login_digest=digest_login(typed))
        | Q(email_digest=digest_email(typed))
        | Q(number_digest=digest_number(typed))
    )
    codes = tuple(found.order_by("-pk").values_list("code", flat=True)[: MOST_FOUND + 1])
    return FoundPeople(codes[:MOST_FOUND], is_whole=bool(codes), is_cut=len(codes) > MOST_FOUND)


def end_search(*, by: User) -> None:
    """Delete the Steward's search."""
    NameSearch.objects.filter(steward=by).delete()


def load_search(id: UUID, *, by: User, now: datetime) -> NameSearch | None:
    """Return a search of this Steward; None if it was replaced or is over an hour old."""
    mine = NameSearch.objects.filter(id=id, steward=by, ends_at__gt=now)
    return mine.select_related("steward").first()


def show_search(search: NameSearch) -> ShownSearch:
    """Unseal a search. Raises KeyDestroyed if its Steward is erased."""
    words, found = unseal_words(search), unseal_found(search)
    return ShownSearch(search.id, words, found, search.state, search.total)


def _find_all(words: SearchWords) -> FoundPeople:
    found = FoundPeople()
    while not found.is_whole:
        found = search_next(found, words)
    return found


@transaction.atomic
def _replace(made: NameSearch, by: User) -> None:
    # Concurrent searches of one Steward wait for each other here.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    end_search(by=by)
    made.save(force_insert=True)
    if made.due_at:
        transaction.on_commit(wake_worker)


def wake_worker() -> None:
    pipeline.wake(TASK, queue="slow")
