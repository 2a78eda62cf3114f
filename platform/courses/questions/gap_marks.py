"""The gaps of a text: `[[id]]` marks each, and each asks a small question of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# The question type of each kind of gap.
GAP_KINDS: Final = {"text": "text", "numeric": "numeric", "choice": "single"}
_PLACE = re.compile(r"\[\[([A-Za-z0-9_-]+)\]\]")


def split_at_gaps(text: str) -> list[str]:
    """Split into words and ids by turns: words, id, words, id, words; works for text and HTML."""
    return _PLACE.split(text)


def find_gap_ids(text: str) -> list[str]:
    return split_at_gaps(text)[1::2]


def rename_gaps(text: str, names: Sequence[str]) -> str:
    """Give the gaps of the text these names, in order."""
    pieces = split_at_gaps(text)
    pieces[1::2] = [f"[[{name}]]" for name in names]
    return "".join(pieces)


def blank_gaps(line: str) -> str:
    """Replace each gap of a plain line by a blank to fill in."""
    return _PLACE.sub("____", line)
