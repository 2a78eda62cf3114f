"""Find text between two marks, in time linear in the text.

A lazy expression such as `\\(.+?\\)` searches to the end of the text from each start that has no
end. Here one search without a result decides all later starts of the same mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A part of a text from `start` to `end` with its marks; `inner` is between them."""

    inner: str
    start: int
    end: int


def find_enclosed(text: str, ends: Mapping[str, str], least: int = 1) -> Iterator[Enclosed]:
    """Yield each part between a mark of `ends` and its next end; `least` characters inside."""
    starts = re.compile("|".join(re.escape(mark) for mark in ends))
    without_end: set[str] = set()
    at = 0
    while found := starts.search(text, at):
        mark, at = found[0], found.start() + 1
        if mark in without_end:
            continue
        end = text.find(ends[mark], found.end() + least)
        if end < 0:
            without_end.add(mark)
        elif mark != "$$" or "$" not in text[found.end() : end]:
            inner = text[found.end() : end]
            at = end + len(ends[mark])
            yield Enclosed(inner, found.start(), at)


def replace_enclosed(
    text: str, ends: Mapping[str, str], write: Callable[[Enclosed], str], least: int = 1
) -> str:
    """Return the text with each part replaced by `write` of it."""
    out, at = [], 0
    for found in find_enclosed(text, ends, least):
        out += [text[at : found.start], write(found)]
        at = found.end
    return "".join([*out, text[at:]])
