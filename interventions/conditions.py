"""The condition tree of a rule: bounded, three-valued (Kleene), and never true for lack of data."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from interventions.facts import UNKNOWN, Fact, Facts, Unknown, get_fact
from interventions.json_reader import Node
from interventions.signals import SIGNALS, RuleSignal

Truth = bool | None
MAX_DEPTH: Final = 7
MAX_LEAVES: Final = 14
THRESHOLD: Final = "threshold"
_ORDER: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
OPERATORS: Final = (*_ORDER, "==")


@dataclass(frozen=True, slots=True)
class Cmp:
    """One comparison.

    Parameters
    ----------
    value
        ``"threshold"`` where enter and exit differ. Only estimates may differ so: a count of
        actions does not fluctuate.
    origin
        Required training data of the model behind a sensed value; empty where any will do.
    quality_min
        The lowest quality of a sensed value, where more is required than for every rule.
    """

    signal: str
    op: str
    value: bool | float | str
    origin: Literal["people", ""] = ""
    quality_min: float = 0.0

    @property
    def is_stricter(self) -> bool:
        """Return whether it requires more of a sensed value than every rule does."""
        return bool(self.origin) or self.quality_min > 0


@dataclass(frozen=True, slots=True)
class Not:
    """Negation; the negation of unknown is unknown."""

    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Conjunction: every part holds, and one false part makes it false."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Disjunction: at least one part holds, and one true part makes it true."""

    parts: tuple[Condition, ...]


Condition = Cmp | Not | All | Any
Judge = Callable[[Cmp], Truth]


def evaluate_tree(condition: Condition, judge: Judge) -> Truth:
    """Evaluate a tree by Kleene's strong three-valued logic; None means unknown."""
    if isinstance(condition, Cmp):
        return judge(condition)
    if isinstance(condition, Not):
        inner = evaluate_tree(condition.part, judge)
        return None if inner is None else not inner
    # Every part is evaluated, so that a trace can name each missing signal.
    parts = [evaluate_tree(part, judge) for part in condition.parts]
    settles = isinstance(condition, Any)
    if settles in parts:
        return settles
    return None if None in parts else not settles


def walk_comparisons(condition: Condition, positive: bool = True) -> Iterator[tuple[Cmp, bool]]:
    """Yield the comparisons, each with whether its being true supports the tree."""
    if isinstance(condition, Cmp):
        yield condition, positive
    elif isinstance(condition, Not):
        yield from walk_comparisons(condition.part, not positive)
    else:
        for part in condition.parts:
            yield from walk_comparisons(part, positive)


def read_fact(cmp: Cmp, facts: Facts) -> Fact:
    """Return the fact a comparison may read, as unknown if it does not meet its requirements."""
    found = get_fact(facts, cmp.signal)
    if found.value is UNKNOWN or is_usable(cmp, found):
        return found
    return found.as_unknown("quality" if found.quality < cmp.quality_min else "origin")


def is_usable(cmp: Cmp, given: Fact) -> bool:
    """Return whether a fact is known and meets the requirements of this comparison."""
    if not given.usable or given.source != "sensed":
        return given.usable
    return cmp.origin in ("", given.origin) and given.quality >= cmp.quality_min


def compare(cmp: Cmp, facts: Facts, thresholds: Mapping[str, float]) -> Truth:
    """Compare one signal with its value, or with the threshold in force."""
    found = read_fact(cmp, facts).value
    against = thresholds[cmp.signal] if cmp.value == THRESHOLD else cmp.value
    return None if isinstance(found, Unknown) else _compare_values(found, cmp.op, against)


def _compare_values(found: bool | float | str, op: str, against: bool | float | str) -> bool:
    if op == "==":
        return found == against
    return _ORDER[op](float(found), float(against))


def is_evidence(leaf: Cmp) -> bool:
    """Return whether a comparison that holds is evidence: an action in the course, or a report.

    "No wrong answers" and "did not report stuck" are no evidence. A count must not hold at zero, a
    flag must be true, and a probability must not hold for every value.
    """
    signal = SIGNALS[leaf.signal]
    if not signal.supports_biometrics or leaf.value == THRESHOLD:
        return False
    if signal.type == "flag":
        return leaf.value is True
    ends = (0.0, 1.0) if signal.unit == "probability" else (0.0,)
    return not all(_compare_values(end, leaf.op, leaf.value) for end in ends)


def read_condition(node: Node, depth: int = 1) -> Condition:
    """Read a tree from JSON.

    Raises
    ------
    RuleError
        For an unknown signal or operator, a value of the wrong type, or a tree that is deeper
        than `MAX_DEPTH`.
    """
    if depth > MAX_DEPTH:
        raise node.error(f"expected at most {MAX_DEPTH} levels, got more")
    if len(node.entries()) != 1:
        raise node.error("expected exactly one of all, any, not, cmp")
    kind = next(iter(node.entries()))
    if kind == "cmp":
        return read_cmp(node.member(kind))
    if kind == "not":
        return Not(read_condition(node.member(kind), depth + 1))
    return _read_parts(kind, node, depth)


def _read_parts(kind: str, node: Node, depth: int) -> Condition:
    if kind not in ("all", "any"):
        raise node.error(f"expected one of all, any, not, cmp, got {kind!r}")
    parts = tuple(read_condition(part, depth + 1) for part in node.member(kind).items())
    if not parts:
        raise node.member(kind).error("expected at least one part, got none")
    return All(parts) if kind == "all" else Any(parts)


def read_cmp(node: Node) -> Cmp:
    """Read ``[signal, operator, value]``; a fourth part has requirements on a sensed value."""
    row = list(node.items())
    if len(row) not in (3, 4):
        raise node.error(f"expected [signal, operator, value], got {len(row)} parts")
    name, op, value = row[:3]
    signal = read_signal(name)
    word = op.one_of(OPERATORS if signal.type == "number" else ("==",))
    compared = _read_value(value, signal)
    origin, quality = _read_needs(row[3], signal) if len(row) == 4 else ("", 0.0)
    return Cmp(signal.name, word, compared, origin, quality)


def walk_signal_nodes(node: Node) -> Iterator[Node]:
    """Yield the nodes of a checked tree that name a signal."""
    (kind, inner), *_ = ((key, node.member(key)) for key in node.entries())
    if kind == "cmp":
        yield next(inner.items())
        return
    for part in [inner] if kind == "not" else inner.items():
        yield from walk_signal_nodes(part)


def _read_needs(node: Node, signal: RuleSignal) -> tuple[Literal["people", ""], float]:
    """Read ``{"origin": …, "quality_min": …}``; a signal that is never sensed takes neither."""
    node.require_keys(frozenset(), frozenset({"origin", "quality_min"}))
    if "sensed" not in signal.sources:
        raise node.error(f"expected a signal that is sensed, got {signal.name!r}")
    if "origin" in node.entries():
        node.member("origin").one_of(("people",))
    origin: Literal["people", ""] = "people" if "origin" in node.entries() else ""
    return origin, node.member("quality_min", 0.0).number(0.0, 1.0)


def read_signal(node: Node) -> RuleSignal:
    """Read the name of a signal from the closed list."""
    signal = SIGNALS.get(node.text())
    if signal is None:
        raise node.error(f"unknown signal {node.value!r}")
    return signal


def _read_value(node: Node, signal: RuleSignal) -> bool | float | str:
    if signal.type == "flag":
        return node.flag()
    if signal.type == "code":
        return node.one_of(signal.values)
    if node.value == THRESHOLD and signal.biometric:
        return THRESHOLD
    return node.number(0.0, 1.0 if signal.unit == "probability" else 86_400.0)
