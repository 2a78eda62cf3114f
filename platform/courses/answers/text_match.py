"""Normalise wordings that people type: case, spacing and punctuation do not count.

`*` in a wording of an Author matches any run of characters. It is never a regular expression: a
reply is read once, from left to right.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Full stops, brackets and the quotation marks of several languages.
_MARKS = (
    " .,;:!?\"'()[]\u2026\u00bf\u00a1\u00ab\u00bb"
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a"
)


def normalise_words(text: str) -> str:
    """Fold the case, use one blank between words, and remove punctuation around the text."""
    folded = _fold_case(text)
    return folded.strip(_MARKS) or folded


def normalise_runs(runs: Sequence[str]) -> list[str]:
    """Normalise the runs between stars as `normalise_words` does; blanks next to a star stay."""
    folded = [_fold_run(run) for run in runs]
    folded[0] = folded[0].lstrip(_MARKS)
    folded[-1] = folded[-1].rstrip(_MARKS)
    return folded


def contains_in_order(text: str, runs: Sequence[str]) -> bool:
    """Return whether the runs occur in order: the first at the start, the last at the end.

    A matched run is never revisited, so each place of the text is passed once.
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


def _fold_case(text: str) -> str:
    """Apply Unicode's NFKC_Casefold to the capitals (a dotless i is an i); join blanks."""
    for form in ("NFD", "NFKC", "NFKC"):
        text = unicodedata.normalize(form, text).upper().casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _fold_run(run: str) -> str:
    if not run.strip():
        return " " * bool(run)
    return " " * run[0].isspace() + _fold_case(run) + " " * run[-1].isspace()
