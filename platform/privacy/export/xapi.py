"""Course records as xAPI 1.0.3 statements: answers, videos (video profile 1.0) and completion.

The actor is an account with the person's code, never a name or an address.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from accounts.models import User
from courses.answers.open_answers import unseal_answer
from courses.answers.responses import unseal_reply
from courses.gradebook.percents import round_share
from courses.models import Attempt, Completion, OpenAnswer, Question, Response, Unit
from courses.question_types.registry import QUESTION_TYPES
from courses.questions import question_versions
from privacy.export.jsonl_csv import line
from privacy.export.video_events import (
    LENGTH,
    PROGRESS,
    SEGMENTS,
    TIME,
    VIDEO,
    VIDEO_TYPE,
    as_segments,
    video_events,
)
from telemetry.models import Sitting
from vault.sealed_values import KeyDestroyed, Tampered

Statement = dict[str, Any]
ADL: Final = "http://adlnet.gov/expapi"
SESSION: Final = f"{VIDEO}/extensions/session-id"
UNIT_TYPES: Final = {
    "video": VIDEO_TYPE,
    # Without the video profile: how it was watched is not known here.
    "external": f"{ADL}/activities/media",
    "quiz": f"{ADL}/activities/assessment",
    "reading": f"{ADL}/activities/lesson",
}
VERBS: Final = {name: f"{ADL}/verbs/{name}" for name in ("answered", "attempted", "completed")}


@dataclass(frozen=True, slots=True)
class XapiEvent:
    """One event before it becomes a statement; `source` is the row it comes from."""

    at: datetime
    source: str
    verb: str
    body: Statement


def statements(person: User, home_page: str) -> Iterator[bytes]:
    """Yield one statement a line, in order of time."""
    return (line(statement) for _, statement in records(person, home_page))


def records(
    person: User, home_page: str, *, words: bool = True
) -> Iterator[tuple[datetime, Statement]]:
    """Yield each statement with its time, in that order; without `words` no typed text."""
    events = heapq.merge(
        _answers(person, words),
        _open_answers(person, words),
        _videos(person),
        _completions(person),
        _attempts(person),
        key=lambda one: one.at,
    )
    return ((one.at, _statement(person, home_page, one)) for one in events)


def _statement(person: User, home_page: str, event: XapiEvent) -> Statement:
    return {
        "id": str(uuid5(NAMESPACE_URL, f"urn:attune:{person.code}:{event.source}")),
        "version": "1.0.3",
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": home_page, "name": str(person.code)},
        },
        "verb": {"id": event.verb, "display": {"en": event.verb.rpartition("/")[2]}},
        **event.body,
        "timestamp": event.at.isoformat(),
    }


def _answers(person: User, words: bool) -> Iterator[XapiEvent]:
    rows = Response.objects.filter(learner=person, question__course__preview_of=None)
    rows = rows.select_related("question__unit", "attempt__unit", "learner", "content")
    for row in rows.order_by("answered_at", "id").iterator(chunk_size=200):
        result: Statement = {"success": row.correct, "duration": f"PT{row.elapsed_ms / 1000}S"}
        if row.partly:
            result["score"] = {"scaled": round_share(row.share)}
        if words:
            result.update(_response_result(row))
        unit = row.asked_in
        body: Statement = {
            "object": _question(question_versions.load_as_answered(row, row.question)),
            "result": result,
        }
        if unit is not None:
            body["context"] = {"contextActivities": {"parent": [_unit(unit)]}}
        yield XapiEvent(row.answered_at, f"response:{row.id}", VERBS["answered"], body)


def _open_answers(person: User, words: bool) -> Iterator[XapiEvent]:
    """Yield the answers that people mark: without a result, because a mark may still change."""
    rows = OpenAnswer.objects.filter(learner=person, question__course__preview_of=None)
    rows = rows.select_related("attempt__unit", "learner", "question__unit", "content")
    for row in rows.order_by("answered_at", "id").iterator(chunk_size=200):
        result: Statement = {"duration": f"PT{row.elapsed_ms / 1000}S"}
        if words:
            with suppress(KeyDestroyed, Tampered):
                result |= _open_result(row)
        body: Statement = {
            "object": _question(question_versions.load_as_answered(row, row.question)),
            "result": result,
            "context": {"contextActivities": {"parent": [_unit(row.attempt.unit)]}},
        }
        yield XapiEvent(row.answered_at, f"answer:{row.id}", VERBS["answered"], body)


def _open_result(row: OpenAnswer) -> Statement:
    """Return a text; of an answer in files, whose ids say nothing elsewhere, return nothing."""
    given = unseal_answer(row)
    return {"response": given} if isinstance(given, str) else {}


def _response_result(row: Response) -> Statement:
    """Return the answer; empty once its key is destroyed."""
    try:
        given = unseal_reply(row)
    except (KeyDestroyed, Tampered):
        return {}
    return {"response": given if isinstance(given, str) else "[,]".join(given)}


def _attempts(person: User) -> Iterator[XapiEvent]:
    """Yield each quiz that was opened, and each attempt at a test."""
    opened = Sitting.objects.filter(learner=person, unit__kind="quiz", scenario="course")
    opened = opened.filter(unit__course__preview_of=None)
    turns = Attempt.objects.filter(learner=person, unit__course__preview_of=None)
    rows = [
        *((row.began_at, f"sitting:{row.id}", row.unit) for row in opened.select_related("unit")),
        *((row.began_at, f"attempt:{row.id}", row.unit) for row in turns.select_related("unit")),
    ]
    for at, source, unit in sorted(rows, key=lambda row: row[0]):
        yield XapiEvent(at, source, VERBS["attempted"], {"object": _unit(unit)})


def _completions(person: User) -> Iterator[XapiEvent]:
    rows = Completion.objects.filter(learner=person, done_at__isnull=False)
    rows = rows.filter(unit__course__preview_of=None)
    for row in (
        rows.select_related("unit__video").order_by("done_at", "id").iterator(chunk_size=200)
    ):
        body: Statement = {"object": _unit(row.unit), "result": {"completion": True}}
        if row.unit.kind == "video":
            body = {**body, "result": {"completion": True, "extensions": _played_extensions(row)}}
            body["context"] = {**_profile_context(), **_sitting_extensions(row)}
        at = row.done_at or row.updated_at
        yield XapiEvent(at, f"completion:{row.pk}", VERBS["completed"], body)


def _videos(person: User) -> Iterator[XapiEvent]:
    for event in video_events(person):
        body = {
            "object": _unit(event.unit),
            "context": {
                **_profile_context(),
                "extensions": {SESSION: str(event.sitting)} | event.context,
            },
        }
        if event.result:
            body["result"] = {"extensions": event.result}
        yield XapiEvent(event.at, f"event:{event.source}", event.verb, body)


def _played_extensions(row: Completion) -> Statement:
    """Return what was watched in all Sittings together."""
    return {SEGMENTS: as_segments(row.watched), TIME: round(row.resume_s, 3), PROGRESS: 1}


def _sitting_extensions(row: Completion) -> Statement:
    """Return the Sitting it was completed in; a page without scripts has none."""
    sittings = Sitting.objects.filter(
        learner=row.learner_id, unit=row.unit_id, began_at__lte=row.done_at
    )
    last = sittings.order_by("-began_at").values_list("id", flat=True).first()
    extensions = {LENGTH: round(row.unit.video.duration_s, 3)}
    return {"extensions": extensions | ({SESSION: str(last)} if last else {})}


def _profile_context() -> Statement:
    return {"contextActivities": {"category": [{"objectType": "Activity", "id": VIDEO}]}}


def _unit(unit: Unit) -> Statement:
    return _activity(unit.code, UNIT_TYPES[unit.kind], unit.title)


def _question(question: Question) -> Statement:
    kind = f"{ADL}/activities/cmi.interaction"
    activity = _activity(question.code, kind, question.linear[:200])
    activity["definition"]["interactionType"] = QUESTION_TYPES[question.kind].xapi_interaction
    return activity


def _activity(code: UUID, kind: str, name: str) -> Statement:
    definition = {"type": kind, "name": {"en": name}}
    return {"objectType": "Activity", "id": f"urn:uuid:{code}", "definition": definition}
