"""Normalise wordings that people type: spacing and punctuation do not count, nor does case.

Case counts where the caller asks for it (`cased`).

In symbols punctuation has a meaning: `n!` is not `n`, and `.5` is not `5`.

`*` in a wording of an Author matches any run of characters. It is never a regular expression: a
reply is read once, from left to right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Full stops and the quotation marks of several languages.
_MARKS = (
    " .,;:!?\"'\u2026\u00bf\u00a1\u00ab\u00bb"
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a"
)
_MARKS_AFTER_SYMBOLS = " .,;:"
_WORD = re.compile(r"[^\W\d_]{2}")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_DECIMAL_POINT = re.compile(r"[.,]\d")


def normalise_words(text: str, *, cased: bool = False) -> str:
    """Fold the case, use one blank between words, and remove punctuation around the text.

    Of symbols, such as `n!`, only a comma or full stop at the end is removed.
    """
    folded = _fold(text, cased=cased)
    core = folded.strip(_MARKS)
    if in_brackets := _IN_BRACKETS.fullmatch(core):
        core = in_brackets[1].strip(_MARKS)
    before = folded[: folded.find(core)]
    # Folding parts some letters, such as İ, into a letter and a mark: a word is no longer one.
    has_word = _is_prose(core) or _is_prose(_drop_combining_marks(text))
    if not has_word or _DECIMAL_POINT.match(before[-1:] + core):
        return folded.rstrip(_MARKS_AFTER_SYMBOLS) or folded
    return core


def matches_runs(text: str, runs: Sequence[str], *, cased: bool = False) -> bool:
    """Return whether the text has the runs between stars in order; blanks next to a star count.

    The text is compared as it was typed and without the punctuation around it. What the wording has
    at its ends, apart from a full stop or comma, must be in the text.
    """
    folded = [_fold_run(run, cased=cased) for run in runs]
    folded[-1] = folded[-1].rstrip(_MARKS_AFTER_SYMBOLS)
    typed = (_fold(text, cased=cased), normalise_words(text, cased=cased))
    return any(contains_in_order(one, folded) for one in typed)


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


def _is_prose(text: str) -> bool:
    """Return whether the text has a word; in some scripts one letter is a word."""
    return bool(_WORD.search(text)) or any(unicodedata.category(one) == "Lo" for one in text)


def _drop_combining_marks(text: str) -> str:
    return "".join(one for one in text if unicodedata.category(one)[0] != "M")


def _fold(text: str, *, cased: bool) -> str:
    """Apply Unicode's NFKC, join blanks, and fold the case unless it counts.

    Without case it is NFKC_Casefold of the capitals: a dotless i is an i.
    """
    if cased:
        return " ".join(unicodedata.normalize("NFKC", text).split())
    for form in ("NFD", "NFKC", "NFKC"):
        text = unicodedata.normalize(form, text).upper().casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _fold_run(run: str, *, cased: bool) -> str:
    if not run.strip():
        return " " * bool(run)
    return " " * run[0].isspace() + _fold(run, cased=cased) + " " * run[-1].isspace()
