"""What a Steward asks: people with exactly this e-mail, username or number, else names."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

import pipeline
from accounts.keyed_hash import digest_email, digest_login, digest_number
from accounts.models import User
from stewardship.people.search.models import KEPT_FOR, NameSearch
from stewardship.people.search.name_match import Words, split_words
from stewardship.people.search.results import (
    MOST_FOUND,
    FoundPeople,
    look_on,
    seal_found,
    seal_words,
)

TASK: Final = "stewardship.tasks.search_names_due"
# Of so many people the page looks at all names itself: 0.4 s of CPU with no key in memory (13,500
# names a second), so less than two seconds even with a fifth of a core.
MOST_IN_PAGE: Final = 5_000


def search(typed: str, *, by: User, now: datetime) -> NameSearch:
    """Search now, or leave it to the worker where there are many names; replace the last search."""
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
    """Return who has exactly this e-mail, username or number; whole where there is anybody."""
    found = User.objects.filter(
        Q(login_digest=digest_login(typed))
        | Q(email_digest=digest_email(typed))
        | Q(number_digest=digest_number(typed))
    )
    codes = tuple(found.order_by("-pk").values_list("code", flat=True)[: MOST_FOUND + 1])
    return FoundPeople(codes[:MOST_FOUND], is_whole=bool(codes), is_cut=len(codes) > MOST_FOUND)


def end_search(*, by: User) -> None:
    """Forget what the Steward searched."""
    NameSearch.objects.filter(steward=by).delete()


def load_search(id: UUID, *, by: User, now: datetime) -> NameSearch | None:
    """Return a search of this Steward; None once another took its place, or an hour is over."""
    mine = NameSearch.objects.filter(id=id, steward=by, ends_at__gt=now)
    return mine.select_related("steward").first()


def _find_all(words: Words) -> FoundPeople:
    found = FoundPeople()
    while not found.is_whole:
        found = look_on(found, words)
    return found


@transaction.atomic
def _replace(made: NameSearch, by: User) -> None:
    # Two searches of one Steward at once wait for each other here.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    end_search(by=by)
    made.save(force_insert=True)
    if made.due_at:
        transaction.on_commit(wake)


def wake() -> None:
    pipeline.wake(TASK, queue="slow")
