"""The people found so far, and the sealing of a search under the Steward's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts.identity import SCOPES
from accounts.models import User
from accounts.people import names_of
from stewardship.people.search.models import NameSearch
from stewardship.people.search.name_match import SearchWords, has_words
from vault.sealed_values import Place, seal_value, unseal_value

# Number of names in memory at a time.
BATCH_SIZE: Final = 500
# Maximum number of people listed; a longer part of the name matches fewer.
MOST_FOUND: Final = 1000


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """The codes of matching people, newest accounts first.

    `below`: the key of the last account checked. `is_whole`: no account is left. `is_cut`: more
    people may match than are stored.
    """

    codes: tuple[UUID, ...] = ()
    below: int | None = None
    looked: int = 0
    is_whole: bool = False
    is_cut: bool = False


def search_next(found: FoundPeople, words: SearchWords) -> FoundPeople:
    """Check the next batch of names. People who are being erased have none and are skipped."""
    people = User.objects.order_by("-pk").only("pk", "code", "name_sealed")
    if found.below is not None:
        people = people.filter(pk__lt=found.below)
    batch = list(people[:BATCH_SIZE])
    names = names_of(batch)
    fits = [code for code, name in names.items() if has_words(name, words)]
    codes = (*found.codes, *fits)
    is_cut = len(codes) > MOST_FOUND
    return FoundPeople(
        codes[:MOST_FOUND],
        batch[-1].pk if batch else found.below,
        found.looked + len(batch),
        is_whole=is_cut or len(batch) < BATCH_SIZE,
        is_cut=is_cut,
    )


def seal_words(search: NameSearch, words: str, *, now: datetime) -> bytes:
    return seal_value(words, place=_place(search, "words_sealed"), scopes=SCOPES, now=now)


def unseal_words(search: NameSearch) -> str:
    """Return the typed words. Raises KeyDestroyed."""
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
    """Return the people found so far. Raises KeyDestroyed."""
    kept = unseal_value(search.found_sealed, place=_place(search, "found_sealed"))
    return FoundPeople(**{**kept, "codes": tuple(map(UUID, kept["codes"]))})


def _place(search: NameSearch, column: str) -> Place:
    return Place("stewardship_namesearch", column, str(search.id), search.steward.code)
