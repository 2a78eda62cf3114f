"""Find the answers to which a QTI 1.2 item gives its full marks, by scoring sample replies.

A key is returned only where the samples show that no other answer is worth as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise, product

from authoring.formats.qti12.conditions import (
    BOUNDS,
    Replies,
    Reply,
    UnknownConditionError,
    is_case_sensitive,
    read_order,
)
from authoring.formats.qti12.responses import ItemResponse, iterate_all_compared, iterate_compared
from authoring.formats.qti12.scoring import ItemScoring
from authoring.formats.question_builder import NumberRange, plain_number
from authoring.formats.text.safe_xml import XmlNode

MAX_CANDIDATES, MAX_PAIRS, MAX_ROUNDS = 100, 4000, 3
UNLIKELY = "\N{SNOWMAN} \N{SNOWMAN}"
_STEP = Decimal("1e-6")


class AmbiguousKeyError(ValueError):
    """The item gives full marks in a way that no single key represents."""


@dataclass(frozen=True, slots=True)
class ResponseKey:
    """The correct replies to one response: options, wordings, or a range of numbers.

    `parts` are wordings that an answer has to contain. `others` are further ranges of numbers, each
    with its share of the points. `shown` is the number to show. Where the
    response `is_typed`, options are the texts that a learner may type.
    """

    replies: tuple[Reply, ...] = ()
    parts: tuple[str, ...] = ()
    numbers: NumberRange | None = None
    others: tuple[tuple[NumberRange, Fraction], ...] = ()
    shown: str | None = None
    is_case_sensitive: bool = False
    is_typed: bool = False

    @property
    def best(self) -> Reply:
        """One correct reply."""
        return (str(self.numbers.middle),) if self.numbers else self.replies[0]


@dataclass(slots=True)
class KeyFinder:
    """Finds the keys of all responses of an item.

    `takes_exact_set` where the kind of question means that a further option is incorrect, whatever
    the conditions say.
    """

    scoring: ItemScoring
    responses: Sequence[ItemResponse]
    takes_exact_set: bool
    _marked: list[XmlNode] = field(init=False)

    def __post_init__(self) -> None:
        self._marked = self.scoring.marked_conditions()

    def find_keys(self) -> dict[str, ResponseKey]:
        """Return the key of each response.

        Raises AmbiguousKeyError or UnknownConditionError; returns {} for an item without a correct
        answer.
        """
        refuse_twins(self.responses)
        candidates = {one.name: self._candidates(one) for one in self.responses}
        if any(not found for found in candidates.values()):
            return {}
        best, most = self._find_best(candidates)
        if most <= 0 or most <= self.scoring.score({}):
            return {}
        keys = {
            one.name: self._key_of(one, candidates[one.name], best, most) for one in self.responses
        }
        if len(self.responses) > 1 and not self._is_separable():
            self._check_pairs(candidates, keys, best, most)
        return keys

    def _candidates(self, response: ItemResponse) -> list[Reply]:
        compared = list(iterate_compared(self._marked, response.name))
        texts = list(dict.fromkeys(node.text() for node in compared))
        found: list[Reply]
        if response.kind == "number":
            if any(node.get("margin") for node in compared) and not self._has_bounds(compared):
                raise UnknownConditionError("margin")
            found = [(str(one),) for one in _sample_numbers(self._bounds(response))]
        elif response.kind == "text":
            everything = iterate_compared(self.scoring.conditions, response.name)
            found = [(node.text(),) for node in everything if node.text()]
            found.sort(key=lambda reply: reply[0] not in texts)
        elif response.cardinality == "ordered":
            found = [read_order([node for node in compared if node.name == "varequal"])]
        elif response.is_single:
            known = [one for one in texts if one in response.labels]
            found = [(one,) for one in [*known, *response.labels]] if known else []
        else:
            right = tuple(sorted(one for one in texts if one in response.labels))
            found = [right] if right else []
        found = list(dict.fromkeys(found))
        if len(found) > MAX_CANDIDATES:
            raise UnknownConditionError("length")
        return found

    @staticmethod
    def _has_bounds(nodes: list[XmlNode]) -> bool:
        return any(node.name in BOUNDS for node in nodes)

    def _bounds(self, response: ItemResponse) -> list[Decimal]:
        # A number inside a `<not>` may divide a range.
        nodes = iterate_all_compared(self.scoring.conditions, response.name)
        found = {Decimal(number) for one in nodes if (number := plain_number(one.text()))}
        return sorted(found)

    def _find_best(self, candidates: Mapping[str, list[Reply]]) -> tuple[dict[str, Reply], Decimal]:
        """Improve one reply after the other until no other one is worth more."""
        best = {name: found[0] for name, found in candidates.items()}
        most = self.scoring.score(best)
        for _round in range(MAX_ROUNDS):
            before = most
            for name, found in candidates.items():
                for reply in found:
                    worth = self.scoring.score({**best, name: reply})
                    if worth > most:
                        best, most = {**best, name: reply}, worth
            if most == before:
                return best, most
        raise AmbiguousKeyError

    def _key_of(
        self, response: ItemResponse, found: list[Reply], best: Replies, most: Decimal
    ) -> ResponseKey:
        def is_right(reply: Reply) -> bool:
            return self.scoring.score({**best, response.name: reply}) >= most

        if is_right(()):
            raise AmbiguousKeyError
        if response.kind == "number":
            shares = [
                Fraction(self.scoring.score({**best, response.name: reply})) / Fraction(most)
                for reply in found
            ]
            return self._number_key(response, shares)
        if response.kind == "text":
            return self._text_key(response, [reply for reply in found if is_right(reply)], is_right)
        if response.is_single:
            right = tuple(reply for reply in found if is_right(reply))
        elif response.cardinality == "ordered":
            right = tuple(found)
            _refuse_any(is_right(reply) for reply in _other_orders(found[0]))
        else:
            right = tuple(found)
            wider = () if self.takes_exact_set else _wider_sets(found[0], response)
            narrower = _narrower_sets(found[0], response)
            _refuse_any(is_right(reply) for reply in (*wider, *narrower))
        if len(right) != 1 or not set(right[0]) <= set(response.labels):
            raise AmbiguousKeyError
        return ResponseKey(right)

    def _text_key(
        self, response: ItemResponse, right: list[Reply], is_right: Callable[[Reply], bool]
    ) -> ResponseKey:
        nodes = list(iterate_compared(self.scoring.conditions, response.name))
        if not right or is_right((UNLIKELY,)):
            raise AmbiguousKeyError
        parts = [text for (text,) in right if is_right((f"{UNLIKELY} {text} {UNLIKELY}",))]
        compared = iterate_all_compared(self.scoring.conditions, response.name)
        others = {text for node in compared if (text := node.text())}
        samples = (one for pair in product(parts, others) for one in _texts_with_part(*pair))
        _refuse_any(not is_right((sample,)) for sample in samples)
        return ResponseKey(
            tuple(right), tuple(parts), is_case_sensitive=any(map(is_case_sensitive, nodes))
        )

    def _number_key(self, response: ItemResponse, shares: list[Fraction]) -> ResponseKey:
        compared = list(iterate_compared(self._marked, response.name))
        bounds = self._bounds(response)
        points = _sample_numbers(bounds)
        ranges = _find_ranges(points, bounds, shares)
        if len(ranges) > 1 and len(self.responses) > 1:
            # A gap has one range.
            raise AmbiguousKeyError
        found = ranges[0][0]
        typed = [one.text() for one in compared if one.name not in BOUNDS and one.text()]
        texts = [plain_number(text) for text in typed]
        if None in texts:
            # A word that is correct has no place next to a range.
            raise AmbiguousKeyError
        shown = next((one for one in texts if one and found.holds(Decimal(one))), None)
        return ResponseKey(numbers=found, others=tuple(ranges[1:]), shown=shown)

    def _is_separable(self) -> bool:
        """Return whether each response adds its own marks, whatever the other replies are."""
        for condition in self.scoring.conditions:
            names = {one.get("respident") for one in condition.walk() if one.get("respident")}
            actions = {one.get("action", "Set").lower() for one in condition.all("setvar")}
            if len(names) > 1 or actions - {"add"}:
                return False
        return True

    def _check_pairs(
        self,
        candidates: Mapping[str, list[Reply]],
        keys: Mapping[str, ResponseKey],
        best: Replies,
        most: Decimal,
    ) -> None:
        """Raise AmbiguousKeyError where two changed replies together are worth as much."""
        tried = 0
        for one, other in combinations(candidates, 2):
            for first, second in product(candidates[one], candidates[other]):
                tried += 1
                if tried > MAX_PAIRS:
                    raise UnknownConditionError("length")
                if _is_key(keys[one], first) and _is_key(keys[other], second):
                    continue
                if self.scoring.score({**best, one: first, other: second}) >= most:
                    raise AmbiguousKeyError


def refuse_twins(responses: Sequence[ItemResponse]) -> None:
    """Raise AmbiguousKeyError where two responses, or two options of one, share a name.

    Raises UnknownConditionError for more of them than any person writes.
    """
    if max([len(responses), *(len(one.labels) for one in responses)]) > MAX_CANDIDATES:
        raise UnknownConditionError("length")
    names = {one.name for one in responses}
    if len(names) < len(responses) or any(one.has_twins for one in responses):
        raise AmbiguousKeyError


def _is_key(key: ResponseKey, reply: Reply) -> bool:
    if key.numbers is not None:
        return key.numbers.holds(Decimal(reply[0]))
    return reply in key.replies


def _refuse_any(results: Iterator[bool]) -> None:
    if any(results):
        raise AmbiguousKeyError


def _texts_with_part(part: str, other: str) -> list[str]:
    """Return sample texts that contain the part together with another compared text."""
    both = [f"{other} {part}", f"{part} {other}"]
    return [other, *both] if part.casefold() in other.casefold() else both


def _wider_sets(right: Reply, response: ItemResponse) -> list[Reply]:
    return [(*right, name) for name in response.labels if name not in right]


def _narrower_sets(right: Reply, response: ItemResponse) -> list[Reply]:
    """Return the sets without one correct option, alone and with an incorrect one instead."""
    fewer = [tuple(one for one in right if one != name) for name in right]
    others = [name for name in response.labels if name not in right]
    changed = [(*few, name) for few in fewer for name in others]
    return [*fewer, *changed, *((name,) for name in others)]


def _other_orders(right: Reply) -> list[Reply]:
    """Return the order with two neighbours exchanged, and without one of its elements."""
    swapped = [
        (*right[:at], right[at + 1], right[at], *right[at + 2 :]) for at in range(len(right) - 1)
    ]
    return [*swapped, right[::-1], *(right[:at] + right[at + 1 :] for at in range(len(right)))]


def _sample_numbers(bounds: list[Decimal]) -> list[Decimal]:
    """Return each bound, and a number on both sides of it."""
    if not bounds:
        return []
    step = max(abs(bounds[0]), abs(bounds[-1]), Decimal(1)) * _STEP
    after = [*((low + high) / 2 for low, high in pairwise(bounds)), bounds[-1] + step]
    pairs = zip(bounds, after, strict=True)
    return [bounds[0] - step, *(number for pair in pairs for number in pair)]


def _find_ranges(
    points: list[Decimal], bounds: list[Decimal], shares: list[Fraction]
) -> list[tuple[NumberRange, Fraction]]:
    """Return the ranges of numbers that earn at least a share, the best first.

    A range inside one that earns as much is no range of its own.
    """
    found: list[tuple[NumberRange, Fraction]] = []
    for level in sorted({min(share, Fraction(1)) for share in shares if share > 0}, reverse=True):
        for run in _find_runs([share >= level for share in shares]):
            numbers = _find_range(points, bounds, [at in run for at in range(len(points))])
            if all(numbers != other for other, _share in found):
                found.append((numbers, level))
    if not found or found[0][1] != 1 or _has_holes(found):
        raise AmbiguousKeyError
    return found


def _has_holes(ranges: list[tuple[NumberRange, Fraction]]) -> bool:
    """Return whether numbers inside a range are excluded, so that it ends open on both sides."""
    return any(
        one.open_high and other.open_low and share == other_share and one.high <= other.low
        for one, share in ranges
        for other, other_share in ranges
    )


def _find_runs(results: list[bool]) -> list[range]:
    """Return the places of each unbroken run of what is true."""
    places = [at for at, one in enumerate(results) if one]
    starts = [at for at in places if at - 1 not in places]
    ends = [at + 1 for at in places if at + 1 not in places]
    return [range(start, end) for start, end in zip(starts, ends, strict=True)]


def _find_range(points: list[Decimal], bounds: list[Decimal], results: list[bool]) -> NumberRange:
    """Return the numbers that are right, where they are one range with two ends."""
    right = [at for at, result in enumerate(results) if result]
    if not right or right[-1] - right[0] != len(right) - 1:
        raise AmbiguousKeyError
    first, last = right[0], right[-1]
    if first == 0 or last == len(points) - 1:
        raise AmbiguousKeyError
    # A point with an odd index is a bound, the others are between two bounds.
    open_low, open_high = first % 2 == 0, last % 2 == 0
    low = bounds[first // 2 - 1] if open_low else bounds[first // 2]
    return NumberRange(low, bounds[last // 2], open_low=open_low, open_high=open_high)
