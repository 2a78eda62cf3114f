"""The Facts of past moments, rebuilt from the log: what a Rule would have known then.

A moment is the end of a Window with a course event or an Estimate less than a minute before.
Mastery is traced again through the Learner's answers up to the moment. Kinds of help other than an
item's own hints count as available, whatever the ladder allowed. Some signals are not recorded
(pointer hesitation, a rise of skin conductance, a pause that has ended). They stay unknown, so a
rule that needs them never fires here.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from adaptation.facts import answer_facts, behaviour_facts, pace_facts
from adaptation.facts.course_records import RECENT, REPORT_LASTS, CourseRecords
from adaptation.facts.estimate_facts import GRACE_S, LOOK_BACK, SECONDARY_SIGNALS, estimate_fact
from adaptation.facts.pace_facts import BREAK, CoursePace
from adaptation.facts.sitting_facts import override_estimates, report_facts, unknown_estimates
from adaptation.replays.course_history import (
    CourseLog,
    LearnerHistory,
    PastEstimate,
    PastState,
)
from adaptation.replays.past_mastery import MasteryTracer
from courses.models import Question, Response
from emotion.labels import ENGAGED
from estimates import self_reports
from estimates.models import FEELINGS
from estimates.registry import predictors
from interventions.facts import UNKNOWN, Fact, Facts
from interventions.replay import ReplayMoment
from telemetry.models import Sitting
from telemetry.sittings import LONGEST
from telemetry.windows import CUTS_AHEAD, HOP_S

BREAK_S = BREAK.total_seconds()
NEVER = Fact(math.inf)
NOT_SENSED: Facts = unknown_estimates()
NO_REPORTS: Facts = {
    f"self_{name}": Fact(False, source="self") for name in (*self_reports.ACTS, *FEELINGS)
}
ON_ITEM = ("hint", "worked_step", "jump_back")
ON_VIDEO = frozenset({"jump_back"})
ANYWHERE = frozenset({"break", "message", "adjust", "ask_teacher", "easier", "harder", "challenge"})


@dataclass(frozen=True, slots=True)
class PastMoment:
    """One past moment, and whether its estimate was corrected later."""

    moment: ReplayMoment
    corrected: bool


class _RowCounts(NamedTuple):
    """The number of rows of each kind at a moment; unchanged counts mean unchanged facts.

    `first` = index of the first recent action. The others are counts: actions and answers of this
    Sitting, answers of the Learner, and reports that are too old and made so far.
    """

    first: int
    acts: int
    answers: int
    learnt: int
    unheard: int
    heard: int


@dataclass(slots=True)
class _SittingWalk:
    """The state of a walk through one Sitting: rows, and facts valid until the counts change."""

    log: CourseLog
    person: LearnerHistory
    sitting: Sitting
    answers: list[Response]
    known: MasteryTracer
    times: list[float]
    resumed: list[float]
    answered: list[datetime]
    learnt: list[datetime]
    said: list[datetime]
    rows: _RowCounts | None = None
    course: CourseRecords = field(init=False)
    pace: CoursePace = field(init=False)
    standing: dict[str, Fact] = field(default_factory=dict)
    kinds: frozenset[str] = ANYWHERE
    skills: frozenset[int] = frozenset()


def list_moments(
    log: CourseLog, person: LearnerHistory, since: datetime, until: datetime
) -> list[PastMoment]:
    """Return every moment of one Learner in [since, until), in chronological order."""
    known = MasteryTracer(log)
    near = [each for each in person.sittings if since - LONGEST <= each.began_at < until]
    desks = [_start_walk(log, person, sitting, known) for sitting in near]
    found = [seen for desk in desks for seen in _walk(desk, since, until)]
    return sorted(found, key=lambda seen: seen.moment.at)


def _start_walk(
    log: CourseLog, person: LearnerHistory, sitting: Sitting, known: MasteryTracer
) -> _SittingWalk:
    answers = [answer for answer in person.answers if answer.sitting == sitting.id]
    times = [event.t for event in person.events[sitting.id]]
    return _SittingWalk(
        log,
        person,
        sitting,
        answers,
        known,
        times,
        resumed=_list_work_starts(times),
        answered=[answer.answered_at for answer in answers],
        learnt=[answer.answered_at for answer in person.answers],
        said=[word.at for word in person.said],
    )


def _list_work_starts(times: Sequence[float]) -> list[float]:
    """Return, for each number of actions, when the current work without a break began."""
    found = [0.0, 0.0]
    for before, after in pairwise(times):
        found.append(after if after - before >= BREAK_S else found[-1])
    return found


def _walk(desk: _SittingWalk, since: datetime, until: datetime) -> Iterator[PastMoment]:
    sitting, guessed = desk.sitting, desk.person.guessed[desk.sitting.id]
    shown = {each.cut: each for each in guessed if each.kind == predictors.SHOWN_KIND}
    secondary = [each for each in guessed if each.kind != predictors.SHOWN_KIND]
    cuts, reach = (
        [each.cut for each in secondary],
        max([_cuts_valid(each) for each in secondary], default=0),
    )
    unchanged = _seconds_unchanged(shown)
    for cut in _active_cuts(desk.times, guessed, sitting):
        at = sitting.began_at + timedelta(seconds=HOP_S * cut + HOP_S)
        if not since <= at < until:
            continue
        lately = secondary[bisect_left(cuts, cut - reach) : bisect_right(cuts, cut)]
        guesses = {
            **_affect_facts(shown.get(cut), unchanged.get(cut, 0.0)),
            **_secondary_facts(lately, cut),
            **_behaviour_facts(desk.person.behaved[sitting.id], cut),
        }
        yield _build_moment(desk, at, guesses, corrected=cut in shown and shown[cut].corrected)


def _active_cuts(
    times: Sequence[float], guessed: Sequence[PastEstimate], sitting: Sitting
) -> list[int]:
    """Return the Windows with recent activity, in order."""
    begins = {int(t // HOP_S) for t in times} | {each.cut for each in guessed}
    alive = {cut for begin in begins for cut in range(begin, begin + CUTS_AHEAD)}
    if sitting.ended_at is not None:
        last = (sitting.ended_at - sitting.began_at).total_seconds() / HOP_S + 1
        alive = {cut for cut in alive if cut <= last}
    return sorted(alive)


def _build_moment(
    desk: _SittingWalk, at: datetime, guesses: Mapping[str, Fact], *, corrected: bool
) -> PastMoment:
    t = (at - desk.sitting.began_at).total_seconds()
    rows = _count_rows(desk, at, t)
    _refresh(desk, rows, t)
    facts = {
        **desk.standing,
        **desk.pace.facts_at(t),
        **_work_facts(desk, rows.acts, at, t),
        **guesses,
        **NO_REPORTS,
    }
    if desk.course.said:
        facts |= report_facts(desk.course, at)
        facts |= override_estimates(facts)
    return PastMoment(ReplayMoment(at, facts, desk.kinds, desk.skills), corrected)


def _refresh(desk: _SittingWalk, rows: _RowCounts, t: float) -> None:
    """Update with what was done, reported or dropped since the moment before."""
    before = desk.rows
    if rows == before:
        return
    desk.rows, desk.course = rows, _select_records(desk, rows)
    desk.pace = pace_facts.read_pace(desk.course)
    if before is None or (rows.learnt, rows.acts) != (before.learnt, before.acts):
        _refresh_facts(desk, rows.acts, t)


def _count_rows(desk: _SittingWalk, at: datetime, t: float) -> _RowCounts:
    return _RowCounts(
        first=bisect_left(desk.times, t - RECENT.total_seconds()),
        acts=bisect_right(desk.times, t),
        answers=bisect_right(desk.answered, at),
        learnt=bisect_right(desk.learnt, at),
        unheard=bisect_left(desk.said, at - REPORT_LASTS),
        heard=bisect_right(desk.said, at),
    )


def _select_records(desk: _SittingWalk, rows: _RowCounts) -> CourseRecords:
    """Return the rows that a live decision would have loaded at that moment."""
    events = desk.person.events[desk.sitting.id][rows.first : rows.acts]
    said = desk.person.said[rows.unheard : rows.heard]
    past = desk.known.learn_until(desk.person.answers, rows.learnt)
    return CourseRecords(desk.sitting, events, desk.answers[: rows.answers], said, past)


def _refresh_facts(desk: _SittingWalk, acts: int, t: float) -> None:
    """Update the facts that change with an action only."""
    course = desk.course
    desk.standing = {
        **answer_facts.item_facts(course, t),
        **answer_facts.skill_facts(course, desk.known.chances, t),
        **answer_facts.speed_facts(course),
        **desk.known.facts(course),
    }
    item, last = answer_facts.find_open_item(course), answer_facts.find_last_answer(course)
    desk.kinds = ANYWHERE | (_help_left(desk, item.question, acts) if item else ON_VIDEO)
    desk.skills = desk.log.skills.get(last.question_id, frozenset()) if last else frozenset()


def _work_facts(desk: _SittingWalk, acts: int, at: datetime, t: float) -> dict[str, Fact]:
    """Return the minutes of work on this page without a break, and the time since a dismissal."""
    rests = acts and t - desk.times[acts - 1] >= BREAK_S
    dismissals = bisect_right(desk.person.put_aside, at)
    since = (at - desk.person.put_aside[dismissals - 1]).total_seconds() if dismissals else math.inf
    active = Fact((t - (t if rests else desk.resumed[acts])) / 60)
    return {"active_min": active, "dismissed_s": Fact(since) if dismissals else NEVER}


def _help_left(desk: _SittingWalk, question: Question, acts: int) -> set[str]:
    """Return the kinds of help on an item that were left to give."""
    events = desk.person.events[desk.sitting.id][:acts]
    opened = [e.value or 0.0 for e in events if e.name == "hint" and e.ref == question.code]
    of_item = sorted(question.hints.all(), key=lambda hint: hint.position)
    left = [hint.kind for hint in of_item][int(max(opened, default=0)) :]
    hints = left[:1] not in ([], ["worked_step"])
    there = (hints, "worked_step" in left, question.jump_from_s is not None)
    return {kind for kind, has in zip(ON_ITEM, there, strict=True) if has}


def _affect_facts(shown: PastEstimate | None, since: float) -> Mapping[str, Fact]:
    """Return the affect facts of this Window; unknown without an Estimate or where it abstained."""
    if shown is None:
        return NOT_SENSED
    guess = shown.guess
    if guess.abstain:
        unsure = Fact(UNKNOWN, source="sensed", quality=guess.quality, absence="unsure")
        return dict.fromkeys(NOT_SENSED, unsure)
    named = {
        label.lower(): estimate_fact(guess, [label], since, shown.origin) for label in guess.labels
    }
    engaged = [label for label in guess.labels if label in ENGAGED]
    return {**NOT_SENSED, **named, "engaged": estimate_fact(guess, engaged, 0.0, shown.origin)}


def _behaviour_facts(behaved: Sequence[PastState], cut: int) -> dict[str, Fact]:
    """Return the fact of each state of behaviour, as a live decision would have read it."""
    end = bisect_right(behaved, cut, key=lambda each: each.cut)
    begin = bisect_left(behaved, cut - LOOK_BACK, key=lambda each: each.cut)
    lately = behaved[begin:end][::-1]
    if not lately or cut - lately[0].cut >= behaviour_facts.CUTS_PER_STEP:
        return behaviour_facts.absent_facts("off")
    steps = [(each.cut, each.state) for each in lately]
    return behaviour_facts.state_facts(cut, steps, lately[0].origin)


def _seconds_unchanged(shown: Mapping[int, PastEstimate]) -> dict[int, float]:
    """Return, by cut, for how many seconds the same label had ranked first."""
    seconds: dict[int, float] = {}
    for cut in sorted(shown):
        before = shown.get(cut - 1)
        same = before is not None and before.guess.likeliest[0] == shown[cut].guess.likeliest[0]
        longest = float(LOOK_BACK * HOP_S)
        seconds[cut] = min(longest, seconds[cut - 1] + HOP_S) if same else 0.0
    return seconds


def _secondary_facts(guessed: Sequence[PastEstimate], cut: int) -> dict[str, Fact]:
    """Return the signals of secondary Predictors as last given, where one gives them."""
    found: dict[str, Fact] = {}
    if not guessed:
        return found
    for name, source in SECONDARY_SIGNALS.items():
        lately = [each for each in guessed if each.kind in source.kinds and _is_recent(each, cut)]
        given = [each for each in lately if source.label in each.guess.labels]
        if given:
            best = max(given, key=lambda each: (-source.kinds.index(each.kind), each.cut))
            age_s = float((cut - best.cut) * HOP_S)
            found[name] = estimate_fact(best.guess, [source.label], age_s, best.origin)
    return found


def _is_recent(each: PastEstimate, cut: int) -> bool:
    return 0 <= cut - each.cut <= _cuts_valid(each)


def _cuts_valid(each: PastEstimate) -> int:
    """Return for how many Windows an estimate counts as the last one given."""
    return int((each.hop_s + GRACE_S) // HOP_S)
