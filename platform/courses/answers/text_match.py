"""Wordings people type: folded so that case, spacing and marks do not count, and runs between `*`.

A wording of an Author is never a regular expression: a reply is read once, from left to right.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Stops, brackets and the quotation marks of several languages.
_MARKS = (
    " .,;:!?\"'()[]\u2026\u00bf\u00a1\u00ab\u00bb"
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a"
)


def words(text: str) -> str:
    """One form of capital and small letters, one blank between words, no marks around them."""
    folded = _folded(text)
    return folded.strip(_MARKS) or folded


def runs_of_words(runs: Sequence[str]) -> list[str]:
    """The runs between stars as `words` would leave them; the blanks beside a star stay."""
    folded = [_edged(run) for run in runs]
    folded[0] = folded[0].lstrip(_MARKS)
    folded[-1] = folded[-1].rstrip(_MARKS)
    return folded


def in_turn(text: str, runs: Sequence[str]) -> bool:
    """The first run begins the text, the last ends it, the others follow each other between.

    What a run took is never given back, so each place of the text is passed once.
    """
    first, *between, last = runs
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first):
        return False
    for run in between:
        at = text.find(run, at, end)
        if at < 0:
            return False
        at += len(run)
    return text.endswith(last)


def _folded(text: str) -> str:
    """Unicode's NFKC_Casefold of the capitals (a dotless i is an i), one blank for each run."""
    for form in ("NFD", "NFKC", "NFKC"):
        text = unicodedata.normalize(form, text).upper().casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _edged(run: str) -> str:
    if not run.strip():
        return " " * bool(run)
    return " " * run[0].isspace() + _folded(run) + " " * run[-1].isspace()
