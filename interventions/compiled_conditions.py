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
    is_evidence,
    is_usable,
    walk_comparisons,
)
from interventions.facts import LEAST_QUALITY, UNKNOWN, Facts, Value

KnownValues = dict[str, bool | float | str]
SignalTest = tuple[str, Callable[[Any], bool]]
CompiledTree = Callable[[Sequence[Truth]], Truth]
# ``limit.__le__(value)`` tests `value >= limit` without a Python call of our own.
_REVERSED_OPERATORS: Final[Mapping[str, str]] = {
    ">=": "__le__",
    ">": "__lt__",
    "<=": "__ge__",
    "<": "__gt__",
    "==": "__eq__",
}


@dataclass(frozen=True, slots=True, eq=False)
class Contraindications:
    """Contraindications as tests; rules with the same ones share one instance, evaluated once."""

    leaves: tuple[Cmp, ...]
    tests: tuple[SignalTest, ...]

    def judge(self, values: KnownValues) -> tuple[str, tuple[str, ...]]:
        """Return the first that is not known to be false, and all that are unknown."""
        found = list(zip(self.leaves, run_tests(self.tests, values), strict=True))
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
    contraindications
        The contraindications.
    stricter
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
    tree: CompiledTree
    shows: tuple[tuple[int, str], ...]
    contraindications: Contraindications
    stricter: tuple[tuple[str, Cmp], ...]
    enter: Mapping[str, tuple[SignalTest, ...]]
    stay: Mapping[str, tuple[SignalTest, ...]]
    must: Mapping[str, tuple[SignalTest, ...]]

    def scenario(self, values: KnownValues) -> str:
        """Return the scenario of this moment if it has thresholds of its own, else empty."""
        given = values.get("scenario")
        return given if isinstance(given, str) and given in self.stay else ""

    def may_hold(self, values: KnownValues) -> bool:
        """Return whether the tree holds under the easier thresholds, those to stay."""
        scenario, get = self.scenario(values), values.get
        for name, test in self.must[scenario]:
            value = get(name)
            if value is None or not test(value):
                return False
        return self.tree(run_tests(self.stay[scenario], values)) is True

    def raised_tests(self, limits: Mapping[str, float], by: float) -> tuple[SignalTest, ...]:
        """Return the tests of the tree under thresholds that dismissed offers have raised."""
        # Rounded, so that .55 + .05 is met by .6.
        higher = {name: min(1.0, round(value + by, 6)) for name, value in limits.items()}
        return compile_tests(self.leaves, higher)


def compile_rule(
    when: Condition,
    contraindications: Sequence[Cmp],
    enter: Mapping[str, Mapping[str, float]],
    stay: Mapping[str, Mapping[str, float]],
) -> Program:
    """Compile a checked rule's conditions; its thresholds are given by scenario."""
    walked = list(walk_comparisons(when))
    plain = tuple(leaf for leaf, _ in walked)
    return Program(
        leaves=plain,
        signals=tuple(leaf.signal for leaf in plain),
        tree=_compile_tree(when, iter(range(len(walked)))),
        shows=tuple(
            (place, leaf.signal)
            for place, (leaf, positive) in enumerate(walked)
            if positive and is_evidence(leaf)
        ),
        contraindications=_compile_contraindications(tuple(contraindications)),
        stricter=tuple({_value_key(leaf): leaf for leaf in plain if leaf.is_stricter}.items()),
        enter={scenario: compile_tests(plain, limits) for scenario, limits in enter.items()},
        stay={scenario: compile_tests(plain, limits) for scenario, limits in stay.items()},
        must={
            scenario: compile_tests(list(_walk_required(when)), limits)
            for scenario, limits in stay.items()
        },
    )


def collect_known_values(facts: Facts, programs: Iterable[Program]) -> KnownValues:
    """Return the values that may be compared, by signal, without signals that are unknown."""
    found: dict[str, Value] = {
        name: given.value
        for name, given in facts.items()
        if given.source != "sensed" or given.quality >= LEAST_QUALITY
        if given.value is not UNKNOWN
    }
    for program in programs:
        for key, leaf in program.stricter:
            given = facts.get(leaf.signal)
            if given is not None and is_usable(leaf, given):
                found[key] = given.value
    return found  # type: ignore[return-value]  # unknown values were left out


def compile_tests(walked: Sequence[Cmp], limits: Mapping[str, float]) -> tuple[SignalTest, ...]:
    """Compile comparisons into tests under these thresholds."""
    return tuple(_compile_test(leaf, limits) for leaf in walked)


def run_tests(tests: Iterable[SignalTest], values: KnownValues) -> list[Truth]:
    """Run tests in order; None means unknown."""
    get = values.get
    return [None if (value := get(name)) is None else test(value) for name, test in tests]


def _walk_required(condition: Condition) -> Iterator[Cmp]:
    """Yield the comparisons that hold whenever the tree does."""
    if isinstance(condition, Cmp):
        yield condition
    elif isinstance(condition, All):
        for part in condition.parts:
            yield from _walk_required(part)


@cache
def _compile_contraindications(contraindications: tuple[Cmp, ...]) -> Contraindications:
    return Contraindications(contraindications, compile_tests(contraindications, {}))


def _value_key(leaf: Cmp) -> str:
    return f"{leaf.signal} {leaf.origin} {leaf.quality_min}" if leaf.is_stricter else leaf.signal


def _compile_test(leaf: Cmp, limits: Mapping[str, float]) -> SignalTest:
    against = limits[leaf.signal] if leaf.value == THRESHOLD else leaf.value
    test: Callable[[Any], bool] = getattr(against, _REVERSED_OPERATORS[leaf.op])
    return _value_key(leaf), test


def _compile_tree(condition: Condition, places: Iterator[int]) -> CompiledTree:
    if isinstance(condition, Cmp):
        return operator.itemgetter(next(places))
    if isinstance(condition, Not):
        return _compile_negation(_compile_tree(condition.part, places))
    settles = isinstance(condition, conditions.Any)
    if len(condition.parts) > 1 and all(isinstance(part, Cmp) for part in condition.parts):
        return _compile_flat(operator.itemgetter(*(next(places) for _ in condition.parts)), settles)
    return _compile_nested([_compile_tree(part, places) for part in condition.parts], settles)


def _compile_negation(inner: CompiledTree) -> CompiledTree:
    def opposite(judged: Sequence[Truth]) -> Truth:
        found = inner(judged)
        return None if found is None else not found

    return opposite


def _compile_flat(
    pick: Callable[[Sequence[Truth]], tuple[Truth, ...]], settles: bool
) -> CompiledTree:
    def flat(judged: Sequence[Truth]) -> Truth:
        found = pick(judged)
        if settles in found:
            return settles
        return None if None in found else not settles

    return flat


def _compile_nested(parts: Sequence[CompiledTree], settles: bool) -> CompiledTree:
    def nested(judged: Sequence[Truth]) -> Truth:
        found = [part(judged) for part in parts]
        if settles in found:
            return settles
        return None if None in found else not settles

    return nested
