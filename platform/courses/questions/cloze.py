"""The places of a cloze question: `[[id]]` in its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PLACE = re.compile(r"\[\[([A-Za-z0-9_-]+)\]\]")


def parted(text: str) -> list[str]:
    """Words and ids by turns: words, id, words, id, words; the same for a text and its HTML."""
    return _PLACE.split(text)


def ids(text: str) -> list[str]:
    return parted(text)[1::2]


def renamed(text: str, names: Sequence[str]) -> str:
    """The text with these names for its gaps, in their order."""
    pieces = parted(text)
    pieces[1::2] = [f"[[{name}]]" for name in names]
    return "".join(pieces)


def blanked(line: str) -> str:
    """A plain line with a stroke for each gap."""
    return _PLACE.sub("____", line)
