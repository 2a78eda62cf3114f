"""Who may need the Teacher, from requests and course facts alone (rulings 6).

Nothing sensed, estimated or decided by a rule is read here: a hint that a rule offered is a hint
that was opened, and no more.
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
from teaching.dashboard.alerts import alerts
from teaching.dashboard.need import Need
from teaching.videos.chapters import chapter_at, chapters_of
from telemetry.models import GOT_IT, STUCK, Event, Sitting
from telemetry.video_position import second_of

LOOK_BACK = timedelta(minutes=30)
SILENT = timedelta(minutes=2)
WRONG_IN_A_ROW = 3


def needs(course: Course, learners: Collection[int], *, now: datetime) -> list[Need]:
    """Everything about these Learners in the last half hour."""
    since = now - LOOK_BACK
    responses = _responses(course, learners, since)
    items = [
        *_wrong(responses),
        *alerts(responses),
        *_hints(course, learners, since, responses),
    ]
    items = _unfinished(items)
    units = [*_stuck(course, learners, since), *_stopped(course, learners, now)]
    return [*items, *(_with_item(need, items) for need in units)]


def _unfinished(items: Collection[Need]) -> list[Need]:
    """Without what was followed by the end of its unit: who has finished it reads "done", and no
    Teacher reads of the same unit that help is needed. What somebody asked for stands."""
    units, learners = {need.unit.pk for need in items}, {need.learner for need in items}
    rows = Completion.objects.filter(unit__in=units, learner__in=learners)
    done = {(row.learner_id, row.unit_id): row.done_at for row in rows}
    ends = ((need, done.get((need.learner, need.unit.pk))) for need in items)
    return [need for need, end in ends if end is None or end < need.at]


def _with_item(need: Need, items: Iterable[Need]) -> Need:
    """A need about a whole quiz joins the latest one about a question in it: one row, not two."""
    within = [item for item in items if item.learner == need.learner and item.unit == need.unit]
    if not within or need.unit.kind != "quiz":
        return need
    return replace(need, question=max(within, key=lambda item: item.at).question)


def _events(course: Course, learners: Collection[int], since: datetime, *names: str) -> list[Event]:
    rows = Event.objects.filter(
        sitting__unit__course=course, sitting__learner__in=learners, name__in=names, at__gte=since
    )
    return list(rows.select_related("sitting__unit__video").order_by("at"))


def _responses(course: Course, learners: Collection[int], since: datetime) -> list[Response]:
    """Answers since then, newest first."""
    rows = Response.objects.filter(
        question__course=course,
        question__unit__isnull=False,
        learner__in=learners,
        answered_at__gte=since,
    ).defer("given_sealed", "draw")
    found = list(rows.order_by("-answered_at", "-id"))
    # Each question once, not once an answer: a class of 500 gives thousands of answers.
    asked = Question.objects.select_related("unit").in_bulk({row.question_id for row in found})
    for row in found:
        row.question = asked[row.question_id]
    return found


def _stuck(course: Course, learners: Collection[int], since: datetime) -> list[Need]:
    """ "I'm stuck", until the same person says "Got it" in the same unit."""
    waiting: dict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in _events(course, learners, since, STUCK, GOT_IT):
        key = (event.sitting.learner_id, event.sitting.unit_id)
        if event.name == STUCK:
            waiting[key].append(event)
        else:
            waiting.pop(key, None)
    played = _played({events[-1].sitting_id for events in waiting.values()})
    return [_asked(learner, events, played) for (learner, _), events in waiting.items()]


def _asked(learner: int, events: list[Event], played: Mapping[UUID, list[Event]]) -> Need:
    last = events[-1]
    unit = last.sitting.unit
    second = _second(last, played[last.sitting_id]) if unit.kind == "video" else None
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


def _played(sittings: Collection[UUID]) -> Mapping[UUID, list[Event]]:
    """What the player did in each of these Sittings, in order."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(sitting__in=sittings).order_by("t"):
        found[event.sitting_id].append(event)
    return found


def _second(event: Event, played: Iterable[Event]) -> float | None:
    second = second_of(played, event.t)
    video = getattr(event.sitting.unit, "video", None)
    return second if second is None or video is None else min(second, video.duration_s)


def _wrong(responses: Iterable[Response]) -> list[Need]:
    by_item: dict[tuple[int, int], list[Response]] = defaultdict(list)
    for response in responses:
        by_item[response.learner_id, response.question_id].append(response)
    streaks = [list(takewhile(lambda r: not r.correct, rows)) for rows in by_item.values()]
    return [
        replace(Need.about_question(streak[0], "wrong", len(streak)), since=streak[-1].answered_at)
        for streak in streaks
        if len(streak) >= WRONG_IN_A_ROW
    ]


def _hints(
    course: Course, learners: Collection[int], since: datetime, responses: Iterable[Response]
) -> list[Need]:
    """Hints opened on a question that has not been answered right since."""
    right = {(r.learner_id, r.question.code): r.answered_at for r in responses if r.correct}
    opened: dict[tuple[int, UUID], list[Event]] = defaultdict(list)
    for event in _events(course, learners, since, "hint"):
        if event.ref is not None:
            opened[event.sitting.learner_id, event.ref].append(event)
    open_still = {
        key: events
        for key, events in opened.items()
        if key not in right or events[-1].at > right[key]
    }
    questions = _questions(course, {code for _, code in open_still})
    return [
        _hinted(learner, questions[code], events)
        for (learner, code), events in open_still.items()
        if code in questions
    ]


def _hinted(learner: int, question: Question, events: list[Event]) -> Need:
    unit = question.unit or events[-1].sitting.unit
    count = max(1, min(99, int(max(event.value or 1.0 for event in events))))
    return Need(learner, "hint", unit, question, events[-1].at, events[-1].at, count)


def _questions(course: Course, codes: Collection[UUID]) -> dict[UUID, Question]:
    rows = Question.objects.filter(course=course, code__in=codes).select_related("unit")
    return {question.code: question for question in rows}


def _stopped(course: Course, learners: Collection[int], now: datetime) -> list[Need]:
    """A quiz begun and not finished, its page in front, and nothing done for two minutes.

    A report is nothing done: else the row would go when "Got it" is pressed.
    """
    last_act = dict(
        Event.objects.filter(sitting__learner__in=learners, at__gte=now - LOOK_BACK)
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
        learner__in=learners,
        ended_at=None,
        pk__in=begun.values("sitting"),
    ).annotate(front=Subquery(seen.values("value")[:1]))
    finished = set(
        Completion.objects.filter(learner__in=learners, done_at__isnull=False).values_list(
            "learner_id", "unit_id"
        )
    )
    return [
        row
        for row in rows.select_related("unit")
        if row.front != 0 and (row.learner_id, row.unit_id) not in finished
    ]
