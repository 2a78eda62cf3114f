"""Checks of a rule's meaning: it needs an action or a report, and its texts name that first."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator, Mapping
from typing import Final

from interventions.conditions import (
    Cmp,
    Condition,
    Truth,
    evaluate_tree,
    is_evidence,
    walk_comparisons,
)
from interventions.signals import SIGNALS

_FEELING_WORDS: Final = re.compile(
    r"\b(bor(ed|ing)|boredom|confus\w*|frustrat\w*|distract\w*|engag\w*|emotion\w*|feel\w*|"
    r"happy|happiness|anxi\w*|confiden\w*|attention)\b",
    re.IGNORECASE,
)
_FORBIDDEN_WORDS: Final = re.compile(
    r"\b(AI|detect\w*|monitor\w*|track(s|ed|ing)?|lazy|weak|smart|attention level|at risk)\b|!",
    re.IGNORECASE,
)


def acts_on_biometrics_alone(condition: Condition) -> bool:
    """Return whether a biometric signal could turn a rule on without an action or a report.

    Every assignment of the comparisons without evidence is tried. Knowing the biometric signals
    must not make the tree true where it is not true without them. Comparisons are treated as
    independent, which makes the check stricter.
    """
    return any(
        _turned_on_by_biometrics(condition, known)
        for known in _assignments_without_evidence(condition)
    )


def _turned_on_by_biometrics(condition: Condition, known: Mapping[Cmp, Truth]) -> bool:
    unsensed = {leaf: None if _is_biometric(leaf) else value for leaf, value in known.items()}
    on, on_unsensed = (evaluate_tree(condition, judged.__getitem__) for judged in (known, unsensed))
    return on is True and on_unsensed is not True


def _is_biometric(leaf: Cmp) -> bool:
    return SIGNALS[leaf.signal].biometric


def _assignments_without_evidence(condition: Condition) -> Iterator[Mapping[Cmp, Truth]]:
    """Yield the assignments in which no comparison shows an action or a report.

    A comparison under a "not" stays free, because the absence of an action is no action. Time spent
    stays free too: an estimate needs more evidence than one minute of presence.
    """
    walked = list(walk_comparisons(condition))
    negated = {leaf for leaf, positive in walked if not positive}
    distinct = dict.fromkeys(leaf for leaf, _ in walked)
    deeds = [leaf for leaf in distinct if is_evidence(leaf) and SIGNALS[leaf.signal].unit != "min"]
    grounded = {leaf: False for leaf in deeds if leaf not in negated}
    free = [leaf for leaf in distinct if leaf not in grounded]
    for values in itertools.product((False, True), repeat=len(free)):
        yield grounded | dict(zip(free, values, strict=True))


def find_forbidden_words(text: str, *, behaviour_only: bool) -> str | None:
    """Return the first word that is not allowed in a text for people, or None.

    Headings and leads mention behaviour alone; other texts may name an estimate.
    """
    found = _FORBIDDEN_WORDS.search(text) or (
        _FEELING_WORDS.search(text) if behaviour_only else None
    )
    return found.group(0) if found else None


def list_placeholders(text: str) -> frozenset[str]:
    """Return the ``{places}`` of a text.

    Raises
    ------
    ValueError
        If the text's braces do not match, or a place has an attribute, index or format.
    """
    names = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"expected a plain {{name}}, got {name!r}")
        names.add(name)
    return frozenset(names)
