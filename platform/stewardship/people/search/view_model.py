"""A search as its Steward's page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from stewardship.people.search.models import NameSearch
from stewardship.people.search.results import FoundPeople, unseal_found, unseal_words


@dataclass(frozen=True, slots=True)
class ShownSearch:
    """The typed words, the people found so far, and the number of names."""

    id: UUID
    words: str
    found: FoundPeople
    state: str
    total: int


def show_search(search: NameSearch) -> ShownSearch:
    """Unseal a search. Raises KeyDestroyed if its Steward is erased."""
    words, found = unseal_words(search), unseal_found(search)
    return ShownSearch(search.id, words, found, search.state, search.total)
