"""Who was found so far, and how a search is sealed under the key of the Steward who searches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts.identity import SCOPES
from accounts.models import User
from accounts.people import names_of
from stewardship.people.search.models import NameSearch
from stewardship.people.search.name_match import Words, has_words
from vault.sealed_values import Place, seal_value, unseal_value

# So many names are in memory at once.
AT_ONCE: Final = 500
# At most so many people are listed; with more of the name typed, fewer fit.
MOST_FOUND: Final = 1000


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """The codes of who fits, the newest accounts first.

    `below`: the key of the last account that was looked at. `is_whole`: no account is left.
    `is_cut`: more people may fit than are kept.
    """

    codes: tuple[UUID, ...] = ()
    below: int | None = None
    looked: int = 0
    is_whole: bool = False
    is_cut: bool = False


def look_on(found: FoundPeople, words: Words) -> FoundPeople:
    """Look at the next names. Who is being erased has none and is passed over."""
    people = User.objects.order_by("-pk").only("pk", "code", "name_sealed")
    if found.below is not None:
        people = people.filter(pk__lt=found.below)
    batch = list(people[:AT_ONCE])
    names = names_of(batch)
    fits = [code for code, name in names.items() if has_words(name, words)]
    codes = (*found.codes, *fits)
    is_cut = len(codes) > MOST_FOUND
    return FoundPeople(
        codes[:MOST_FOUND],
        batch[-1].pk if batch else found.below,
        found.looked + len(batch),
        is_whole=is_cut or len(batch) < AT_ONCE,
        is_cut=is_cut,
    )


def seal_words(search: NameSearch, words: str, *, now: datetime) -> bytes:
    return seal_value(words, place=_place(search, "words_sealed"), scopes=SCOPES, now=now)


def unseal_words(search: NameSearch) -> str:
    """Return what was typed. Raises KeyDestroyed."""
    return str(unseal_value(search.words_sealed, place=_place(search, "words_sealed")))


def seal_found(search: NameSearch, found: FoundPeople, *, now: datetime) -> bytes:
    kept = {
        "codes": [code.hex for code in found.codes],
        "below": found.below,
        "looked": found.looked,
        "is_whole": found.is_whole,
        "is_cut": found.is_cut,
    }
    return seal_value(kept, place=_place(search, "found_sealed"), scopes=SCOPES, now=now)


def unseal_found(search: NameSearch) -> FoundPeople:
    """Return who was found so far. Raises KeyDestroyed."""
    kept = unseal_value(search.found_sealed, place=_place(search, "found_sealed"))
    return FoundPeople(**{**kept, "codes": tuple(map(UUID, kept["codes"]))})


def _place(search: NameSearch, column: str) -> Place:
    return Place("stewardship_namesearch", column, str(search.id), search.steward.code)
