"""Check that the answers read as correct are those to which the item gives its marks.

Each reply that could differ is scored as the item scores it, and must get the same result here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from authoring.formats.qti.response_processing import DeclaredResponse
from authoring.formats.qti.scoring import (
    Scoring,
    UnknownScoringError,
    Value,
    make_container,
    value_of,
)
from authoring.formats.question_builder import NumberRange
from authoring.formats.text.safe_xml import XmlNode

MOST_SUBSETS = 6
# Other answers that such an item accepts are counted by the reader.
_COUNTED_BY_READER = ("patternMatch",)
_UNLIKELY = "\N{SNOWMAN} \N{SNOWMAN}"


def matches_scoring(
    scoring: Scoring,
    response: DeclaredResponse,
    offered: list[str],
    numbers: NumberRange | None,
    keys: Mapping[str, Value],
) -> bool:
    """Return whether full marks go to the correct answers of a response, and to no other reply.

    `keys` holds a correct reply to each response of the item.
    """
    if not _is_scored(scoring.processing, response.name):
        return True
    replies = list(_replies(scoring.item, response, offered, numbers))
    try:
        most = scoring.score(keys)
        return most > 0 and all(
            (scoring.score({**keys, response.name: reply}) >= most) is right
            for reply, right in replies
        )
    except UnknownScoringError as unknown:
        return unknown.args[0] in _COUNTED_BY_READER


def key_of(response: DeclaredResponse, numbers: NumberRange | None) -> Value:
    """Return a correct reply."""
    if numbers is not None:
        return numbers.middle
    values = [value_of(text, response.base) for text in response.right]
    return make_container(values, response.cardinality)


def _is_scored(processing: XmlNode, name: str) -> bool:
    setting = processing.all("setOutcomeValue", "lookupOutcomeValue")
    scores = any(one.get("identifier") == "SCORE" for one in setting)
    reads = processing.all("variable", "mapResponse", "mapResponsePoint")
    return scores and any(one.get("identifier") == name for one in reads)


def _replies(
    item: XmlNode, response: DeclaredResponse, offered: list[str], numbers: NumberRange | None
) -> Iterator[tuple[Value, bool]]:
    """Yield replies, each with whether it is correct here."""
    if numbers is not None:
        yield from _numbers(numbers, whole=response.base == "integer")
        # Other numbers that the mapping names are read as such, with their shares.
    elif response.base == "string":
        yield from _texts(item, response)
    elif response.cardinality == "single":
        yield from ((name, name in response.right) for name in offered)
    elif response.cardinality == "multiple" and response.base == "identifier":
        right = make_container(list(response.right), "multiple")
        for chosen in _subsets(offered, response.right):
            reply = make_container(list(chosen), "multiple")
            yield reply, reply == right
    else:
        yield from _incomplete_replies(response)


def _numbers(numbers: NumberRange, *, whole: bool) -> Iterator[tuple[Value, bool]]:
    step = Decimal(1) if whole else Decimal("1e-6") * (numbers.high - numbers.low or Decimal(1))
    for end in (numbers.low, numbers.high):
        for number in (end - step, end, end + step):
            if not whole or number == number.to_integral_value():
                yield number, numbers.holds(number)


def _texts(item: XmlNode, response: DeclaredResponse) -> Iterator[tuple[Value, bool]]:
    folded = {text.casefold() for text in response.right}
    processing = item.first("responseProcessing") or XmlNode("")
    entries = _map_keys(item, response.name)
    named = [one.text() for one in processing.all("baseValue") if one.get("baseType") == "string"]
    others = [text for text in (*entries, *named) if text.casefold() not in folded]
    yield from ((text, True) for text in response.right)
    swapped = [text.swapcase() for text in response.right]
    # An entry for other letters has marks of its own.
    known = {*response.right, *entries, *named}
    yield from ((text, not response.exact) for text in swapped if text not in known)
    yield from ((text, False) for text in (*others, _UNLIKELY))
    yield from ((f"{text} {_UNLIKELY}", False) for text in response.right[:1])


def _map_keys(item: XmlNode, name: str) -> list[str]:
    """Return the replies that the mapping of a response names."""
    declared = [one for one in item.all("responseDeclaration") if one.get("identifier") == name]
    return [entry.get("mapKey") for node in declared for entry in node.all("mapEntry")]


def _subsets(offered: list[str], right: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield all subsets; of many options, only those near the correct one."""
    if len(offered) <= MOST_SUBSETS:
        for count in range(len(offered) + 1):
            yield from combinations(offered, count)
        return
    yield right
    for name in offered:
        yield (name,)
        yield tuple({*right} ^ {name})


def _incomplete_replies(response: DeclaredResponse) -> Iterator[tuple[Value, bool]]:
    """Yield the correct rows or pairs, and then those without one of them."""
    values = [value_of(text, response.base) for text in response.right]
    yield make_container(values, response.cardinality), True
    for at in range(len(values)):
        yield make_container(values[:at] + values[at + 1 :], response.cardinality), False
    if response.cardinality == "ordered" and len(values) > 1:
        yield make_container([values[1], values[0], *values[2:]], "ordered"), False
