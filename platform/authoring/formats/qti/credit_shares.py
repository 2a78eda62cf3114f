"""Find what a QTI item gives for replies that are only partly right, by scoring them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from authoring.formats.qti.response_processing import DeclaredResponse, uses_map
from authoring.formats.qti.scoring import (
    Scoring,
    UnknownScoringError,
    Value,
    make_container,
    value_of,
)
from authoring.formats.question_builder import BuiltNumber, NumberRange, plain_number
from authoring.formats.score_shares import (
    Score,
    find_equal_places,
    find_equal_shares,
    shares_of_one,
    shares_of_several,
)

Keys = Mapping[str, Value]
_UNLIKELY = "\N{SNOWMAN} \N{SNOWMAN}"
# The elements of a single choice.
CHOICES = ("simpleChoice", "inlineChoice", "hotspotChoice")


def find_choice_shares(
    scoring: Scoring, found: Mapping[str, DeclaredResponse]
) -> Mapping[str, Mapping[str, Fraction] | None]:
    """Return the shares of the choices of the only response; None where shares cannot say them."""
    if len(found) != 1:
        return {}
    (response,) = found.values()
    if response.base != "identifier" or response.cardinality == "ordered" or not response.right:
        return {}
    labels = [one.get("identifier") for one in scoring.item.all(*CHOICES)]
    score = _scorer(scoring, response)
    try:
        if score(response.right) <= 0 or not set(response.right) <= set(labels):
            return {}
        if response.cardinality == "single":
            return {response.name: shares_of_one(labels, response.right[0], score)}
        return {response.name: shares_of_several(labels, response.right, score)}
    except UnknownScoringError:
        return {}


def find_equals(scoring: Scoring, response: DeclaredResponse) -> tuple[str, ...]:
    """Return the correct choices, with those that earn as much as the first of them.

    Where a mapping gives the marks, only these are correct.
    """
    labels = [one.get("identifier") for one in scoring.item.all(*CHOICES)]
    score = _scorer(scoring, response)
    try:
        most = score(response.right[:1])
        equal = [label for label in labels if most > 0 and score((label,)) == most]
    except UnknownScoringError:
        equal = []
    # Without marks, several values of a single response are no key.
    known = response.right if equal or len(response.right) == 1 else ()
    if equal and uses_map(scoring.item.first("responseProcessing"), response.name, response.right):
        return tuple(equal)
    return tuple(dict.fromkeys((*known, *equal)))


def find_equal_parts(scoring: Scoring, response: DeclaredResponse, keys: Keys) -> bool | None:
    """Return whether each pair or place of a response earns the same; None where they differ.

    False where only the whole reply earns points.
    """
    score = _scorer(scoring, response)
    try:
        if len(keys) != 1 or score(response.right) <= 0:
            return False
        if response.cardinality == "ordered":
            return find_equal_places(response.right, score)
        if len(response.pairs()) != len(response.right):
            return None
        return find_equal_shares(response.right, score, _spoiler(scoring, response, score))
    except UnknownScoringError:
        return False


def find_equal_gaps(scoring: Scoring, names: tuple[str, ...], keys: Keys) -> bool | None:
    """Return whether each of these responses earns the same; None where they differ.

    False where only all of them together earn points. `keys` holds a correct reply to each.
    """

    def score(answered: tuple[str, ...]) -> Fraction:
        return Fraction(scoring.score({name: keys[name] for name in answered}))

    def spoil(name: str) -> Iterator[Fraction]:
        key = keys[name]
        wrong = key * 2 + 12345 if isinstance(key, Decimal) else _UNLIKELY
        yield Fraction(scoring.score({**{one: keys[one] for one in names}, name: wrong}))

    try:
        return score(names) > 0 and find_equal_shares(names, score, spoil)
    except UnknownScoringError:
        return False


def find_other_numbers(
    scoring: Scoring, response: DeclaredResponse, numbers: NumberRange, keys: Keys
) -> list[BuiltNumber] | None:
    """Return the further numbers that the mapping of the only response names.

    A share may be above 1. Returns None where they do not say what the numbers earn.
    """
    declared = scoring.item.all("responseDeclaration")
    entries = [one.get("mapKey") for node in declared for one in node.all("mapEntry")]
    values = [number for text in entries if (number := plain_number(text))]
    if len(keys) != 1:
        return []
    try:
        most = Fraction(scoring.score({response.name: numbers.middle}))
        if 0 < scoring.score({response.name: _find_unnamed(numbers, values)}) < most:
            return None
        worth = {
            value: Fraction(scoring.score({response.name: Decimal(value)})) / most
            for value in (values if most > 0 else ())
            if not numbers.holds(Decimal(value))
        }
    except UnknownScoringError:
        return None if values else []
    return [BuiltNumber(value, 0, share) for value, share in worth.items() if share > 0]


def _find_unnamed(numbers: NumberRange, values: Sequence[str]) -> Decimal:
    """Return a number above all that the item names."""
    return max([numbers.high, *map(Decimal, values)]) * 2 + 12345


def _spoiler(
    scoring: Scoring, response: DeclaredResponse, score: Score
) -> Callable[[str], Iterator[Fraction]]:
    """Return what yields the scores of the correct pairs with one of them paired wrongly."""
    entries = [one.get("mapKey") for one in scoring.item.all("mapEntry")]
    known = [tuple(pair.split()) for pair in (*response.right, *entries)]
    firsts, seconds = ({pair[at] for pair in known if len(pair) == 2} for at in (0, 1))

    def spoil(pair: str) -> Iterator[Fraction]:
        first, second = pair.split()
        others = [*((first, one) for one in seconds), *((one, second) for one in firsts)]
        rest = [one for one in response.right if one != pair]
        for wrong in dict.fromkeys(" ".join(one) for one in others):
            if wrong not in response.right:
                yield score((*rest, wrong))

    return spoil


def _scorer(scoring: Scoring, response: DeclaredResponse) -> Score:
    """Return what scores a reply of these values to the only response."""

    def score(chosen: tuple[str, ...]) -> Fraction:
        values = [value_of(text, response.base) for text in chosen]
        reply = make_container(values, response.cardinality)
        return Fraction(scoring.score({response.name: reply}))

    return score
