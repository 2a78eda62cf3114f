"""Questions that a test draws from the bank: which entries it has, and a draw for one attempt."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

# As in course.schema.json.
MOST_DRAWN: Final = 100  # by one entry
MOST_ENTRIES: Final = 100
Key = TypeVar("Key")
Tags = Mapping[Key, Collection[str]]


@dataclass(frozen=True, slots=True)
class RandomEntry:
    """An entry of a test: draw `count` questions with the tag, each worth `points`."""

    tag: str
    count: int
    points: float = 1


@dataclass(frozen=True, slots=True)
class Shortage:
    """An entry with too few questions: `found` are left after what earlier entries may draw."""

    entry: RandomEntry
    found: int


def read_entries(rows: Iterable[Mapping[str, Any]]) -> tuple[RandomEntry, ...]:
    """Return the entries of a unit, in a row or in a package."""
    return tuple(RandomEntry(row["tag"], row["count"], float(row.get("points", 1))) for row in rows)


def find_shortage(entries: Sequence[RandomEntry], bank: Tags[Any]) -> Shortage | None:
    """Return the first entry that some draw would leave with too few questions.

    `bank` has the tags of each question. An entry that comes before may take as many of the same
    questions as it draws.
    """
    tagged = [_find_tagged(entry, bank) for entry in entries]
    for at, entry in enumerate(entries):
        before = zip(entries[:at], tagged[:at], strict=True)
        taken = sum(min(other.count, len(theirs & tagged[at])) for other, theirs in before)
        found = max(0, len(tagged[at]) - taken)
        if found < entry.count:
            return Shortage(entry, found)
    return None


def draw_questions(
    entries: Iterable[RandomEntry], bank: Tags[Key], *, rng: random.Random
) -> list[tuple[Key, RandomEntry]]:
    """Draw for each entry in turn; no question is drawn twice.

    Raises ValueError where an entry has too few questions, which `find_shortage` excludes.
    """
    drawn: dict[Key, RandomEntry] = {}
    for entry in entries:
        left = [key for key, tags in bank.items() if entry.tag in tags and key not in drawn]
        drawn |= dict.fromkeys(rng.sample(left, entry.count), entry)
    return list(drawn.items())


def _find_tagged(entry: RandomEntry, bank: Tags[Any]) -> set[Any]:
    return {key for key, tags in bank.items() if entry.tag in tags}
