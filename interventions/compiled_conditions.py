"""A rule's conditions compiled at load, so that a moment is evaluated without walking a tree."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from interventions import conditions
from interventions.conditions import (
    THRESHOLD,
    All,
    Cmp,
    Condition,
    Not,
    Truth,
    grounds,
    leaves,
    usable,
)
from interventions.facts import LEAST_QUALITY, UNKNOWN, Facts, Value

Known = dict[str, bool | float | str]
Test = tuple[str, Callable[[Any], bool]]
Tree = Callable[[Sequence[Truth]], Truth]
# ``limit.__le__(value)`` tests `value >= limit` without a Python call of our own.
_FROM_THE_LIMIT: Final[Mapping[str, str]] = {
    ">=": "__le__",
    ">": "__lt__",
    "<=": "__ge__",
    "<": "__gt__",
    "==": "__eq__",
}


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """Contraindications as tests; rules with the same ones share one instance, evaluated once."""

    leaves: tuple[Cmp, ...]
    tests: tuple[Test, ...]

    def judge(self, values: Known) -> tuple[str, tuple[str, ...]]:
        """Return the first that is not known to be false, and all that are unknown."""
        found = list(zip(self.leaves, judge(self.tests, values), strict=True))
        barred = [leaf.signal for leaf, truth in found if truth is not False]
        return barred[0] if barred else "", tuple(leaf.signal for leaf, t in found if t is None)


@dataclass(frozen=True, slots=True)
class Program:
    """The compiled conditions of a rule, as `engine.evaluate` needs them.

    Parameters
    ----------
    leaves, signals
        The comparisons of the tree in order, and the signal of each.
    tree
        Computes the truth of the tree from the truths of `leaves`.
    shows
        Index and signal of each comparison that counts as evidence where it holds.
    against
        The contraindications.
    particular
        Comparisons with extra requirements on a sensed value, by the key under which `known_values`
        stores a value that meets them.
    enter, stay
        The tests of the tree for a rule at rest, and for one that is arming or active, by scenario.
        The empty name is for scenarios without thresholds of their own.
    must
        Those of `stay` without which the tree cannot hold.
    """

    leaves: tuple[Cmp, ...]
    signals: tuple[str, ...]
    tree: Tree
    shows: tuple[tuple[int, str], ...]
    against: Against
    particular: tuple[tuple[str, Cmp], ...]
    enter: Mapping[str, tuple[Test, ...]]
    stay: Mapping[str, tuple[Test, ...]]
    must: Mapping[str, tuple[Test, ...]]

    def scenario(self, values: Known) -> str:
        """Return the scenario of this moment if it has thresholds of its own, else empty."""
        given = values.get("scenario")
        return given if isinstance(given, str) and given in self.stay else ""

    def may_hold(self, values: Known) -> bool:
        """Return whether the tree holds under the easier thresholds, those to stay."""
        scenario, get = self.scenario(values), values.get
        for name, test in self.must[scenario]:
            value = get(name)
            if value is None or not test(value):
                return False
        return self.tree(judge(self.stay[scenario], values)) is True

    def raised(self, limits: Mapping[str, float], by: float) -> tuple[Test, ...]:
        """Return the tests of the tree under thresholds that dismissed offers have raised."""
        # Rounded, so that .55 + .05 is met by .6.
        higher = {name: min(1.0, round(value + by, 6)) for name, value in limits.items()}
        return tests(self.leaves, higher)


def compile_rule(
    when: Condition,
    contraindications: Sequence[Cmp],
    enter: Mapping[str, Mapping[str, float]],
    stay: Mapping[str, Mapping[str, float]],
) -> Program:
    """Compile a checked rule's conditions; its thresholds are given by scenario."""
    walked = list(leaves(when))
    plain = tuple(leaf for leaf, _ in walked)
    return Program(
        leaves=plain,
        signals=tuple(leaf.signal for leaf in plain),
        tree=_tree(when, iter(range(len(walked)))),
        shows=tuple(
            (place, leaf.signal)
            for place, (leaf, positive) in enumerate(walked)
            if positive and grounds(leaf)
        ),
        against=_against(tuple(contraindications)),
        particular=tuple({_key(leaf): leaf for leaf in plain if leaf.particular}.items()),
        enter={scenario: tests(plain, limits) for scenario, limits in enter.items()},
        stay={scenario: tests(plain, limits) for scenario, limits in stay.items()},
        must={scenario: tests(list(_musts(when)), limits) for scenario, limits in stay.items()},
    )


def known(facts: Facts, programs: Iterable[Program]) -> Known:
    """Return the values that may be compared, by signal, without signals that are unknown."""
    found: dict[str, Value] = {
        name: given.value
        for name, given in facts.items()
        if given.source != "sensed" or given.quality >= LEAST_QUALITY
        if given.value is not UNKNOWN
    }
    for program in programs:
        for key, leaf in program.particular:
            given = facts.get(leaf.signal)
            if given is not None and usable(leaf, given):
                found[key] = given.value
    return found  # type: ignore[return-value]  # unknown values were left out


def tests(walked: Sequence[Cmp], limits: Mapping[str, float]) -> tuple[Test, ...]:
    """Compile comparisons into tests under these thresholds."""
    return tuple(_test(leaf, limits) for leaf in walked)


def judge(tests: Iterable[Test], values: Known) -> list[Truth]:
    """Run tests in order; None means unknown."""
    get = values.get
    return [None if (value := get(name)) is None else test(value) for name, test in tests]


def _musts(condition: Condition) -> Iterator[Cmp]:
    """Yield the comparisons that hold whenever the tree does."""
    if isinstance(condition, Cmp):
        yield condition
    elif isinstance(condition, All):
        for part in condition.parts:
            yield from _musts(part)


@cache
def _against(contraindications: tuple[Cmp, ...]) -> Against:
    return Against(contraindications, tests(contraindications, {}))


def _key(leaf: Cmp) -> str:
    return f"{leaf.signal} {leaf.origin} {leaf.quality_min}" if leaf.particular else leaf.signal


def _test(leaf: Cmp, limits: Mapping[str, float]) -> Test:
    against = limits[leaf.signal] if leaf.value == THRESHOLD else leaf.value
    test: Callable[[Any], bool] = getattr(against, _FROM_THE_LIMIT[leaf.op])
    return _key(leaf), test


def _tree(condition: Condition, places: Iterator[int]) -> Tree:
    if isinstance(condition, Cmp):
        return operator.itemgetter(next(places))
    if isinstance(condition, Not):
        return _opposite(_tree(condition.part, places))
    settles = isinstance(condition, conditions.Any)
    if len(condition.parts) > 1 and all(isinstance(part, Cmp) for part in condition.parts):
        return _flat(operator.itemgetter(*(next(places) for _ in condition.parts)), settles)
    return _nested([_tree(part, places) for part in condition.parts], settles)


def _opposite(inner: Tree) -> Tree:
    def opposite(judged: Sequence[Truth]) -> Truth:
        found = inner(judged)
        return None if found is None else not found

    return opposite


def _flat(pick: Callable[[Sequence[Truth]], tuple[Truth, ...]], settles: bool) -> Tree:
    def flat(judged: Sequence[Truth]) -> Truth:
        found = pick(judged)
        if settles in found:
            return settles
        return None if None in found else not settles

    return flat


def _nested(parts: Sequence[Tree], settles: bool) -> Tree:
    def nested(judged: Sequence[Truth]) -> Truth:
        found = [part(judged) for part in parts]
        if settles in found:
            return settles
        return None if None in found else not settles

    return nested
