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

from interventions.compiled_conditions import Known, Test, judge, known, tests
from interventions.conditions import Truth, leaves
from interventions.engine import LONGEST_GAP_S
from interventions.replay import Moment
from interventions.rules import Rule
from interventions.signals import SIGNALS

# A request to the Teacher, who can see by name who sent it.
REQUEST: Final = "self_stuck"
# These suppress most rules. The lower bound assumes them off, and the page says so.
TAKEN_AS_OFF: Final[Known] = {"self_got_it": False, "paused": False}
# Pausing sensing is itself an opinion about being sensed.
SENSITIVE: Final = frozenset(
    name
    for name, signal in SIGNALS.items()
    if (signal.sources != ("course",) or name in TAKEN_AS_OFF) and name != REQUEST
)
# Signals that a button press or a report can set where rules read no estimates.
SAID: Final = frozenset(
    name for name in SENSITIVE if "self" in SIGNALS[name].sources or name in TAKEN_AS_OFF
)
LONGEST_GAP: Final = timedelta(seconds=LONGEST_GAP_S)


def is_sensitive(rule: Rule) -> bool:
    """Return whether the rule reads anything sensed, estimated or reported."""
    named = (*(leaf for leaf, _ in leaves(rule.when)), *rule.contraindications)
    return any(leaf.signal in SENSITIVE for leaf in named)


class _Holds(NamedTuple):
    """Whether a condition holds for every outcome of the free comparisons, and for at least one."""

    must: bool
    may: bool


@dataclass(frozen=True, slots=True)
class Reach:
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
        """Whether it has fired for every outcome of the free comparisons."""
        return not self.idle and self.latest is None


START: Final = Reach()


def reach(
    moments: Iterable[Moment], rule: Rule, *, before: Reach = START, estimates: bool = True
) -> Reach:
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
    marked = _mark_free(rule, SENSITIVE if estimates else SAID)
    for moment in moments:
        if found.seen is None or moment.at > found.seen:
            found = _next(found, moment, marked)
    return found


@dataclass(frozen=True, slots=True)
class _Marked:
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
    bars: tuple[Test, ...]
    judged: dict[tuple[object, ...], tuple[_Holds, _Holds]] = field(default_factory=dict)

    def judge(self, moment: Moment) -> tuple[_Holds, _Holds]:
        """Evaluate a moment; the result is cached because many moments have the same values."""
        facts = {name: moment.facts[name] for name in self.read if name in moment.facts}
        values = known(facts, ())
        key = tuple(map(values.get, self.read))
        if key not in self.judged:
            program = self.rule.program
            scenario = program.scenario(values)
            self.judged[key] = (
                _holds(self, program.enter[scenario], values),
                _holds(self, program.stay[scenario], values),
            )
        return self.judged[key]


def _mark_free(rule: Rule, free: frozenset[str]) -> _Marked:
    walked = list(leaves(rule.when))
    compared = (*(leaf for leaf, _ in walked), *rule.contraindications)
    named = {"scenario", *(leaf.signal for leaf in compared)}
    return _Marked(
        rule=rule,
        read=tuple(sorted(named - SENSITIVE)),
        free=tuple(
            (place, positive)
            for place, (leaf, positive) in enumerate(walked)
            if leaf.signal in free
        ),
        bars=tests([leaf for leaf in rule.contraindications if leaf.signal not in free], {}),
    )


def _next(before: Reach, moment: Moment, marked: _Marked) -> Reach:
    """Process one moment; as in a replay, a rule with no help left to give stops waiting."""
    rule = marked.rule
    if rule.step and not moment.kinds.intersection(rule.step):
        idle = before.idle or before.latest is not None
        return Reach(idle, None, None, before.may, moment.at)
    enter, stay = marked.judge(moment)
    return _moved(before, enter, stay, rule.dwell_s, moment.at)


def _moved(before: Reach, enter: _Holds, stay: _Holds, dwell_s: float, now: datetime) -> Reach:
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
    return Reach(idle, earliest, latest, may, now)


def _holds(marked: _Marked, compared: Sequence[Test], values: Known) -> _Holds:
    """Evaluate the tree and its contraindications in the worst and in the best case."""
    rule, program = marked.rule, marked.rule.program
    least = judge(compared, {**values, **TAKEN_AS_OFF})
    most = judge(compared, values)
    for place, truth in marked.free:
        most[place] = truth
    return _Holds(
        _is_held(rule, least) and not program.against.judge({**values, **TAKEN_AS_OFF})[0],
        _is_held(rule, most) and all(truth is False for truth in judge(marked.bars, values)),
    )


def _is_held(rule: Rule, judged: Sequence[Truth]) -> bool:
    """Return whether the tree is true with enough different items of evidence."""
    shows = {signal for place, signal in rule.program.shows if judged[place]}
    return rule.program.tree(judged) is True and len(shows) >= rule.evidence_min
