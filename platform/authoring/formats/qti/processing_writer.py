"""How an item compares a response with its correct value, and what score follows."""

from __future__ import annotations

from collections.abc import Callable

from authoring.formats.qti.credit_writer import Shares
from authoring.formats.question_builder import Json, write_short

_MAPPED = (
    '<setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/></setOutcomeValue>'
)


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
