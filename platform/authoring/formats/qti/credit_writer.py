"""How an item compares a response with its correct value, and what score follows.

Shares of points are the mapping of a response, where they are exact decimal numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from html import escape
from typing import Final

from authoring.formats.credits import share_of
from authoring.formats.qti.response_values import choice_id, correct_choices, pairs_of
from authoring.formats.question_builder import Json, plain_number, write_short
from courses.answers.numerals import to_plain
from courses.questions.answer_parts import to_fraction

Shares = Mapping[str, Fraction]
NO_SHARES: Final[Shares] = {}
_CREDIT: Final = frozenset(["partial_credit", "shares"])
_MAPPED: Final = (
    '<setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/></setOutcomeValue>'
)


def find_choice_shares(row: Json) -> Shares:
    """Return the share of each choice by its name in the item; none for all or nothing.

    Each share is divided by the sum of those of the correct choices, as it is here.
    """
    several = row["type"] == "multiple"
    if not (row.get("partial_credit") if several else any("share" in c for c in row["choices"])):
        return NO_SHARES
    right = sum(choice["correct"] for choice in row["choices"])
    found = {
        choice_id(one["id"]): share_of(one, right)
        for one in row["choices"]
        if several or "share" in one or one["correct"]
    }
    most = sum(found[name] for name in correct_choices(row))
    return _keep_exact({name: share / most for name, share in found.items()})


def find_pair_shares(row: Json) -> Shares:
    """Return the equal shares of the correct pairs; none for all or nothing."""
    pairs = pairs_of(row)
    if not row.get("partial_credit") or len(pairs) < 2:
        return NO_SHARES
    return _keep_exact(dict.fromkeys(pairs, Fraction(1, len(pairs))))


def find_number_shares(row: Json) -> Shares:
    """Return the shares of those other numbers that a mapping can hold, by number."""
    found: dict[str, Fraction] = {}
    for other in filter(_is_plain, row.get("other_answers", ())):
        name, share = to_plain(to_fraction(other["value"])), share_of(other, 1)
        found[name] = max(share, found.get(name, share))
    return found


def keep_unwritten(row: Json) -> Json:
    """Return the question with only those of its other numbers that a mapping cannot hold."""
    rest = [other for other in row.get("other_answers", ()) if not _is_plain(other)]
    return row | ({"other_answers": rest} if "other_answers" in row else {})


def features_of(shares: Shares) -> frozenset[str]:
    """Return the features of a question that these shares hold."""
    return _CREDIT if shares else frozenset()


def write_mapping(shares: Shares) -> str:
    """Return the mapping; no reply earns less than nothing or more than all."""
    entries = "".join(
        f'<mapEntry mapKey="{escape(name)}" mappedValue="{to_plain(share)}"/>'
        for name, share in shares.items()
    )
    return f'<mapping lowerBound="0" upperBound="1" defaultValue="0">{entries}</mapping>'


def _is_plain(other: Json) -> bool:
    """Return whether this is one exact number without feedback, which earns an exact share."""
    if "value" not in other or other.get("tolerance") or other.get("feedback"):
        return False
    return _is_decimal(share_of(other, 1)) and _is_decimal(to_fraction(other["value"]))


def _keep_exact(shares: Shares) -> Shares:
    return shares if all(map(_is_decimal, shares.values())) else NO_SHARES


def _is_decimal(number: Fraction) -> bool:
    """Return whether the number has an end as a decimal, in the digits that files are read with."""
    written = plain_number(to_plain(number))
    return written is not None and Fraction(written) == number


def write_score_rule(compare: Callable[[str, Json], str], row: Json, shares: Shares) -> str:
    """Return the rule that sets the score: 1 for a correct reply, else its share or 0."""
    if shares and compare is compare_equal:
        return _MAPPED
    otherwise = _MAPPED if shares else _set_score(0)
    return (
        f"<responseCondition><responseIf>{compare('RESPONSE', row)}{_set_score(1)}</responseIf>"
        f"<responseElse>{otherwise}</responseElse></responseCondition>"
    )


def _set_score(score: int) -> str:
    value = f'<baseValue baseType="float">{score}</baseValue>'
    return f'<setOutcomeValue identifier="SCORE">{value}</setOutcomeValue>'


def compare_equal(name: str, _row: Json) -> str:
    return f'<match><variable identifier="{name}"/><correct identifier="{name}"/></match>'


def compare_number(name: str, row: Json) -> str:
    tolerance = write_short(row.get("tolerance", 0))
    mode = f' toleranceMode="absolute" tolerance="{tolerance} {tolerance}"'
    how = mode if tolerance != "0" else ' toleranceMode="exact"'
    return f'<equal{how}><variable identifier="{name}"/><correct identifier="{name}"/></equal>'


def compare_mapped(name: str, _row: Json) -> str:
    one = '<baseValue baseType="float">1</baseValue>'
    return f'<equal toleranceMode="exact"><mapResponse identifier="{name}"/>{one}</equal>'
