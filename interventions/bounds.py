"""Bounds on what a rule could have done, from course records alone.

What a Learner felt or reported is never read. A comparison with such a signal is *free*: it may
have been true or false at every moment. `must` means that the rule fired for every outcome of the
free comparisons; `may` means that it fired for at least one. Both depend on course actions only. No
rule text and no number of queries can therefore reveal more than those actions (docs/adr/0031).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from interventions.compiled_conditions import (
    KnownValues,
    SignalTest,
    collect_known_values,
    compile_tests,
    run_tests,
)
from interventions.conditions import Truth, walk_comparisons
from interventions.engine import LONGEST_GAP_S
from interventions.replay import ReplayMoment
from interventions.rules import Rule
from interventions.signals import SIGNALS

# A request to the Teacher, who can see by name who sent it.
TEACHER_REQUEST: Final = "self_stuck"
# These suppress most rules. The lower bound assumes them off, and the page says so.
ASSUMED_OFF: Final[KnownValues] = {"self_got_it": False, "paused": False}
# Pausing sensing is itself an opinion about being sensed.
SENSITIVE: Final = frozenset(
    name
    for name, signal in SIGNALS.items()
    if (signal.sources != ("course",) or name in ASSUMED_OFF) and name != TEACHER_REQUEST
)
# Signals that a button press or a report can set where rules read no estimates.
REPORTABLE: Final = frozenset(
    name for name in SENSITIVE if "self" in SIGNALS[name].sources or name in ASSUMED_OFF
)
LONGEST_GAP: Final = timedelta(seconds=LONGEST_GAP_S)


def is_sensitive(rule: Rule) -> bool:
    """Return whether the rule reads anything sensed, estimated or reported."""
    named = (*(leaf for leaf, _ in walk_comparisons(rule.when)), *rule.contraindications)
    return any(leaf.signal in SENSITIVE for leaf in named)


class _HoldBounds(NamedTuple):
    """Whether a condition holds for every outcome of the free comparisons, and for at least one."""

    must: bool
    may: bool


@dataclass(frozen=True, slots=True)
class RuleBounds:
    """All possible courses of one Learner's days under a rule, up to its first offer.

    Parameters
    ----------
    idle
        Whether the rule may be idle without having fired.
    earliest, latest
        The earliest and latest start of an arming phase without an offer; None where it cannot be
        arming.
    may
        Whether it may have fired.
    seen
        The last moment processed.
    """

    idle: bool = True
    earliest: datetime | None = None
    latest: datetime | None = None
    may: bool = False
    seen: datetime | None = None

    @property
    def must(self) -> bool:
        """Return whether it has fired for every outcome of the free comparisons."""
        return not self.idle and self.latest is None


START: Final = RuleBounds()


def bound_rule(
    moments: Iterable[ReplayMoment],
    rule: Rule,
    *,
    before: RuleBounds = START,
    estimates: bool = True,
) -> RuleBounds:
    """Compute the bounds of a rule over one Learner's moments.

    Parameters
    ----------
    moments
        The Learner's moments, oldest first. Only facts from the course are read.
    rule
        The rule on its own: caps, rests between offers and other rules are ignored.
    before
        The bounds after the moments before these.
    estimates
        Whether rules of this site may read estimates at all; if not, no estimate is ever known.
    """
    found = before
    marked = _mark_free(rule, SENSITIVE if estimates else REPORTABLE)
    for moment in moments:
        if found.seen is None or moment.at > found.seen:
            found = _process_moment(found, moment, marked)
    return found


@dataclass(frozen=True, slots=True)
class _MarkedRule:
    """A rule whose free comparisons are marked.

    Parameters
    ----------
    read
        The course signals that it compares, and the scenario.
    free
        Index of each free comparison in the tree, and the truth value that supports the tree.
    bars
        The contraindications that are not free, as tests.
    judged
        Cache by the values of `read`: whether the rule holds at rest and while it waits.
    """

    rule: Rule
    read: tuple[str, ...]
    free: tuple[tuple[int, bool], ...]
    bars: tuple[SignalTest, ...]
    judged: dict[tuple[object, ...], tuple[_HoldBounds, _HoldBounds]] = field(default_factory=dict)

    def judge(self, moment: ReplayMoment) -> tuple[_HoldBounds, _HoldBounds]:
        """Evaluate a moment; the result is cached because many moments have the same values."""
        facts = {name: moment.facts[name] for name in self.read if name in moment.facts}
        values = collect_known_values(facts, ())
        key = tuple(map(values.get, self.read))
        if key not in self.judged:
            program = self.rule.program
            scenario = program.scenario(values)
            self.judged[key] = (
                _bound_condition(self, program.enter[scenario], values),
                _bound_condition(self, program.stay[scenario], values),
            )
        return self.judged[key]


def _mark_free(rule: Rule, free: frozenset[str]) -> _MarkedRule:
    walked = list(walk_comparisons(rule.when))
    compared = (*(leaf for leaf, _ in walked), *rule.contraindications)
    named = {"scenario", *(leaf.signal for leaf in compared)}
    return _MarkedRule(
        rule=rule,
        read=tuple(sorted(named - SENSITIVE)),
        free=tuple(
            (place, positive)
            for place, (leaf, positive) in enumerate(walked)
            if leaf.signal in free
        ),
        bars=compile_tests(
            [leaf for leaf in rule.contraindications if leaf.signal not in free], {}
        ),
    )


def _process_moment(before: RuleBounds, moment: ReplayMoment, marked: _MarkedRule) -> RuleBounds:
    """Process one moment; as in a replay, a rule with no help left to give stops waiting."""
    rule = marked.rule
    if rule.step and not moment.kinds.intersection(rule.step):
        idle = before.idle or before.latest is not None
        return RuleBounds(idle, None, None, before.may, moment.at)
    enter, stay = marked.judge(moment)
    return _advance_bounds(before, enter, stay, rule.dwell_s, moment.at)


def _advance_bounds(
    before: RuleBounds, enter: _HoldBounds, stay: _HoldBounds, dwell_s: float, now: datetime
) -> RuleBounds:
    """Advance from every phase that the rule may be in."""
    gap = before.seen is not None and now - before.seen > LONGEST_GAP

    def is_ready(since: datetime) -> bool:
        return (0.0 if gap else (now - since).total_seconds()) >= dwell_s

    earliest = latest = None
    may, armed = before.may, before.latest is not None
    if before.earliest is not None and before.latest is not None and stay.may:
        may = may or is_ready(before.earliest)
        if not is_ready(before.latest):
            latest = now if gap else before.latest
            earliest = latest if is_ready(before.earliest) else now if gap else before.earliest
    if before.idle and enter.may:
        earliest, latest = earliest or now, now
    idle = (before.idle and not enter.must) or (armed and not stay.must)
    return RuleBounds(idle, earliest, latest, may, now)


def _bound_condition(
    marked: _MarkedRule, compared: Sequence[SignalTest], values: KnownValues
) -> _HoldBounds:
    """Evaluate the tree and its contraindications in the worst and in the best case."""
    rule, program = marked.rule, marked.rule.program
    least = run_tests(compared, {**values, **ASSUMED_OFF})
    most = run_tests(compared, values)
    for place, truth in marked.free:
        most[place] = truth
    return _HoldBounds(
        _tree_holds(rule, least)
        and not program.contraindications.judge({**values, **ASSUMED_OFF})[0],
        _tree_holds(rule, most) and all(truth is False for truth in run_tests(marked.bars, values)),
    )


def _tree_holds(rule: Rule, judged: Sequence[Truth]) -> bool:
    """Return whether the tree is true with enough different items of evidence."""
    shows = {signal for place, signal in rule.program.shows if judged[place]}
    return rule.program.tree(judged) is True and len(shows) >= rule.evidence_min
