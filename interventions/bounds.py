"""Bounds on what a rule could have done, from course records alone.

What a Learner felt or said is never read. A comparison with such a signal is *free*: it may have
come out either way at every moment. `must` says that the rule fired however the free comparisons
came out; `may` says that it could have fired. Both are functions of deeds, so no wording of a rule
and no number of questions gets more than deeds out of them (docs/adr/0031).
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

# A request to the Teacher, who sees by name who made it.
REQUEST: Final = "self_stuck"
# These hold most rules back, so the lower bound takes them as off, and the page says so.
TAKEN_AS_OFF: Final[Known] = {"self_got_it": False, "paused": False}
# Who pauses sensing says something about being sensed.
SENSITIVE: Final = frozenset(
    name
    for name, signal in SIGNALS.items()
    if (signal.sources != ("course",) or name in TAKEN_AS_OFF) and name != REQUEST
)
# What a press or a report can make known where estimates are read by no rule.
SAID: Final = frozenset(
    name for name in SENSITIVE if "self" in SIGNALS[name].sources or name in TAKEN_AS_OFF
)
LONGEST_GAP: Final = timedelta(seconds=LONGEST_GAP_S)


def is_sensitive(rule: Rule) -> bool:
    """Say whether the rule names anything sensed, estimated or reported, however it is worded."""
    named = (*(leaf for leaf, _ in leaves(rule.when)), *rule.contraindications)
    return any(leaf.signal in SENSITIVE for leaf in named)


class _Holds(NamedTuple):
    """Whether a condition holds, however the free comparisons come out, and whether it can."""

    must: bool
    may: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """Every way one Learner's days may have gone under a rule, up to its first offer.

    Parameters
    ----------
    idle
        Whether the rule may be idle without having fired.
    earliest, latest
        Since when it may have been arming without having fired; None where it cannot be.
    may
        Whether it may have fired.
    seen
        The last moment looked at.
    """

    idle: bool = True
    earliest: datetime | None = None
    latest: datetime | None = None
    may: bool = False
    seen: datetime | None = None

    @property
    def must(self) -> bool:
        """Whether it has fired, however the free comparisons came out."""
        return not self.idle and self.latest is None


START: Final = Reach()


def reach(
    moments: Iterable[Moment], rule: Rule, *, before: Reach = START, estimates: bool = True
) -> Reach:
    """Follow every way the moments may have gone.

    Parameters
    ----------
    moments
        Of one Learner, oldest first. Only facts of the course are read.
    rule
        Taken by itself: caps, rests between offers and other rules hold nothing back.
    before
        What came of the moments before these.
    estimates
        Whether rules of this site may read an estimate at all; where not, none is ever known.
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
        Place of each free comparison in the tree, and which truth speaks for the tree.
    bars
        The contraindications that are not free, as tests.
    judged
        Whether the rule holds at rest and while it waits, by the values of `read`.
    """

    rule: Rule
    read: tuple[str, ...]
    free: tuple[tuple[int, bool], ...]
    bars: tuple[Test, ...]
    judged: dict[tuple[object, ...], tuple[_Holds, _Holds]] = field(default_factory=dict)

    def judge(self, moment: Moment) -> tuple[_Holds, _Holds]:
        """Judge a moment; many moments have the same values."""
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
    """Follow one moment; a rule with no help left to give stops waiting, as in a replay."""
    rule = marked.rule
    if rule.step and not moment.kinds.intersection(rule.step):
        idle = before.idle or before.latest is not None
        return Reach(idle, None, None, before.may, moment.at)
    enter, stay = marked.judge(moment)
    return _moved(before, enter, stay, rule.dwell_s, moment.at)


def _moved(before: Reach, enter: _Holds, stay: _Holds, dwell_s: float, now: datetime) -> Reach:
    """Take one step from every phase that the rule may be in."""
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
    """Judge the tree and what speaks against it at its least and at its most."""
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
    """Say whether the tree is true, on enough different things done or said."""
    shows = {signal for place, signal in rule.program.shows if judged[place]}
    return rule.program.tree(judged) is True and len(shows) >= rule.evidence_min
