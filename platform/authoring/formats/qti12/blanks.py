"""Find the keys of Canvas's blanks, whose options are texts to type or a list to select from."""

from __future__ import annotations

from collections import Counter

from authoring.formats.qti12.answer_keys import KeyFinder, ResponseKey, refuse_twins
from authoring.formats.qti12.conditions import UnknownConditionError
from authoring.formats.qti12.responses import ItemResponse, iterate_compared
from authoring.formats.qti12.scoring import ItemScoring
from authoring.formats.unsupported_messages import TYPING_ERRORS

# Canvas's New Quizzes name the kind of a blank, and how each of its texts is compared.
_LISTS = ("dropdown", "wordbank")
_CONTAINS, _NEARLY, _PATTERN = "TextContainsAnswer", "TextCloseEnough", "TextRegex"


def find_blank_keys(
    responses: list[ItemResponse], scoring: ItemScoring, left_out: Counter[str]
) -> dict[str, ResponseKey]:
    """Return the keys of blanks; {} for an item without a correct answer.

    Each text that is listed for a typed blank is accepted, although the conditions name only the
    first of them. Raises AmbiguousKeyError or UnknownConditionError.
    """
    refuse_twins(responses)
    lists = [one for one in responses if _has(one, "answer_type", *_LISTS)]
    keys = KeyFinder(scoring, lists, takes_exact_set=False).find_keys() if lists else {}
    if len(keys) != len(lists) or not scoring.marked_conditions():
        return {}
    typed = [one for one in responses if one not in lists]
    if any(_has(one, "scoring_algorithm", _PATTERN) for one in typed):
        raise UnknownConditionError("setmatch=pattern")
    nearly = sum(_has(one, "scoring_algorithm", _NEARLY) for one in typed)
    left_out[TYPING_ERRORS] += nearly
    return keys | {one.name: _typed_key(one, scoring) for one in typed}


def _typed_key(response: ItemResponse, scoring: ItemScoring) -> ResponseKey:
    compared = iterate_compared(scoring.marked_conditions(), response.name)
    first = [node.text() for node in compared]
    names = sorted(response.labels, key=lambda name: name not in first)
    parts = [name for name in names if response.labels[name].get("scoring_algorithm") == _CONTAINS]
    return ResponseKey(tuple((name,) for name in names), tuple(parts), is_typed=True)


def _has(response: ItemResponse, attribute: str, *values: str) -> bool:
    return any(label.get(attribute) in values for label in response.labels.values())
