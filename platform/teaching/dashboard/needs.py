"""Find learners who may need the Teacher, from requests and course facts alone (rulings 6).

It reads nothing sensed, estimated or decided by a rule. A hint offered by a rule counts as any
other opened hint.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from django.db.models import Max, OuterRef, Subquery

from courses.models import Completion, Course, Question, Response
from teaching.dashboard.alerts import find_alerts
from teaching.dashboard.need import Need
from teaching.videos.chapters import chapter_at, chapters_of
from telemetry.models import GOT_IT, STUCK, Event, Sitting
from telemetry.video_position import second_of

LOOK_BACK = timedelta(minutes=30)
SILENT = timedelta(minutes=2)
WRONG_IN_A_ROW = 3


def find_needs(course: Course, learners: Collection[int], *, now: datetime) -> list[Need]:
    """Return all needs of these Learners in the last half hour."""
    since = now - LOOK_BACK
    responses = _load_responses(course, learners, since)
    items = [
        *_find_wrong_streaks(responses),
        *find_alerts(responses),
        *_find_hints(course, learners, since, responses),
    ]
    items = _drop_finished(items)
    units = [*_find_stuck(course, learners, since), *_find_stopped(course, learners, now)]
    return [*items, *(_attach_question(need, items) for need in units)]


def _drop_finished(items: Collection[Need]) -> list[Need]:
    """Drop needs from units the learner has finished since: these show only "done".

    Explicit requests for help are not passed to this function and remain.
    """
    units, learners = {need.unit.pk for need in items}, {need.learner for need in items}
    rows = Completion.objects.filter(unit__in=units, learner__any_of=learners)
    done = {(row.learner_id, row.unit_id): row.done_at for row in rows}
    ends = ((need, done.get((need.learner, need.unit.pk))) for need in items)
    return [need for need, end in ends if end is None or end < need.at]


def _attach_question(need: Need, items: Iterable[Need]) -> Need:
    """Move a need about a whole quiz to its latest question need, so that they share a row."""
    within = [item for item in items if item.learner == need.learner and item.unit == need.unit]
    if not within or need.unit.kind != "quiz":
        return need
    return replace(need, question=max(within, key=lambda item: item.at).question)


def _load_events(
    course: Course, learners: Collection[int], since: datetime, *names: str
) -> list[Event]:
    rows = Event.objects.filter(
        sitting__unit__course=course,
        sitting__learner__any_of=learners,
        name__in=names,
        at__gte=since,
    )
    return list(rows.select_related("sitting__unit__video").order_by("at"))


def _load_responses(course: Course, learners: Collection[int], since: datetime) -> list[Response]:
    """Return answers since then, newest first."""
    rows = Response.objects.filter(
        question__course=course,
        question__unit__isnull=False,
        learner__any_of=learners,
        answered_at__gte=since,
    ).defer("given_sealed", "draw")
    found = list(rows.order_by("-answered_at", "-id"))
    # Load each question once, not once per answer: a class of 500 gives thousands of answers.
    questions = Question.objects.select_related("unit").in_bulk({row.question_id for row in found})
    for row in found:
        row.question = questions[row.question_id]
    return found


def _find_stuck(course: Course, learners: Collection[int], since: datetime) -> list[Need]:
    """Return presses of "I'm stuck" not followed by "Got it" of the same person and unit."""
    waiting: dict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in _load_events(course, learners, since, STUCK, GOT_IT):
        key = (event.sitting.learner_id, event.sitting.unit_id)
        if event.name == STUCK:
            waiting[key].append(event)
        else:
            waiting.pop(key, None)
    played = _player_events({events[-1].sitting_id for events in waiting.values()})
    return [_stuck_need(learner, events, played) for (learner, _), events in waiting.items()]


def _stuck_need(learner: int, events: list[Event], played: Mapping[UUID, list[Event]]) -> Need:
    last = events[-1]
    unit = last.sitting.unit
    second = _video_second(last, played[last.sitting_id]) if unit.kind == "video" else None
    place = chapter_at(unit, second)
    return Need(
        learner=learner,
        kind="stuck",
        unit=unit,
        question=None,
        since=last.at,
        at=last.at,
        count=len(events),
        second=second,
        chapter=chapters_of(unit)[place]["title"] if place is not None else "",
    )


def _player_events(sittings: Collection[UUID]) -> Mapping[UUID, list[Event]]:
    """Return the events of each of these Sittings, in order."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(sitting__in=sittings).order_by("t"):
        found[event.sitting_id].append(event)
    return found


def _video_second(event: Event, played: Iterable[Event]) -> float | None:
    second = second_of(played, event.t)
    video = getattr(event.sitting.unit, "video", None)
    return second if second is None or video is None else min(second, video.duration_s)


def _find_wrong_streaks(responses: Iterable[Response]) -> list[Need]:
    by_item: dict[tuple[int, int], list[Response]] = defaultdict(list)
    for response in responses:
        by_item[response.learner_id, response.question_id].append(response)
    streaks = [list(takewhile(lambda r: not r.correct, rows)) for rows in by_item.values()]
    return [
        replace(Need.about_question(streak[0], "wrong", len(streak)), since=streak[-1].answered_at)
        for streak in streaks
        if len(streak) >= WRONG_IN_A_ROW
    ]


def _find_hints(
    course: Course, learners: Collection[int], since: datetime, responses: Iterable[Response]
) -> list[Need]:
    """Return hints opened on a question that has not been answered correctly since."""
    right = {(r.learner_id, r.question.code): r.answered_at for r in responses if r.correct}
    opened: dict[tuple[int, UUID], list[Event]] = defaultdict(list)
    for event in _load_events(course, learners, since, "hint"):
        if event.ref is not None:
            opened[event.sitting.learner_id, event.ref].append(event)
    open_still = {
        key: events
        for key, events in opened.items()
        if key not in right or events[-1].at > right[key]
    }
    questions = _load_questions(course, {code for _, code in open_still})
    return [
        _hint_need(learner, questions[code], events)
        for (learner, code), events in open_still.items()
        if code in questions
    ]


def _hint_need(learner: int, question: Question, events: list[Event]) -> Need:
    unit = question.unit or events[-1].sitting.unit
    count = max(1, min(99, int(max(event.value or 1.0 for event in events))))
    return Need(learner, "hint", unit, question, events[-1].at, events[-1].at, count)


def _load_questions(course: Course, codes: Collection[UUID]) -> dict[UUID, Question]:
    rows = Question.objects.filter(course=course, code__in=codes).select_related("unit")
    return {question.code: question for question in rows}


def _find_stopped(course: Course, learners: Collection[int], now: datetime) -> list[Need]:
    """Return quizzes begun and not finished, in front, and with no activity for two minutes.

    A "Got it" report does not count as activity, or pressing it would remove the row.
    """
    last_act = dict(
        Event.objects.filter(sitting__learner__any_of=learners, at__gte=now - LOOK_BACK)
        .exclude(name=GOT_IT)
        .order_by()
        .values_list("sitting__learner")
        .annotate(Max("at"))
    )
    silent = {learner: at for learner, at in last_act.items() if now - at > SILENT}
    found = {
        (sitting.learner_id, sitting.unit_id): sitting
        for sitting in _open_quizzes(course, silent, now)
    }
    return [
        Need(
            sitting.learner_id,
            "stopped",
            sitting.unit,
            None,
            silent[sitting.learner_id],
            silent[sitting.learner_id] + SILENT,
        )
        for sitting in found.values()
    ]


def _open_quizzes(course: Course, learners: Collection[int], now: datetime) -> list[Sitting]:
    seen = Event.objects.filter(sitting=OuterRef("pk"), name="visibility").order_by("-t")
    begun = Event.objects.filter(name__in=("answer", "hint"), at__gte=now - LOOK_BACK)
    rows = Sitting.objects.filter(
        unit__course=course,
        unit__kind="quiz",
        learner__any_of=learners,
        ended_at=None,
        pk__in=begun.values("sitting"),
    ).annotate(front=Subquery(seen.values("value")[:1]))
    finished = set(
        Completion.objects.filter(learner__any_of=learners, done_at__isnull=False).values_list(
            "learner_id", "unit_id"
        )
    )
    return [
        row
        for row in rows.select_related("unit")
        if row.front != 0 and (row.learner_id, row.unit_id) not in finished
    ]
