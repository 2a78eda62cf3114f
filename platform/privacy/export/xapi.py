"""Learning records as xAPI 1.0.3 statements: answers, videos (video profile 1.0) and completion.

The actor is an account with the person's code, never a name or an address.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from accounts.models import User
from courses.models import Completion, Question, Response, Unit
from courses.responses import given_of
from privacy.export.video_events import VIDEO, VIDEO_TYPE, video_events
from privacy.export.writing import line
from vault.values import KeyDestroyed, Tampered

Statement = dict[str, Any]
ADL: Final = "http://adlnet.gov/expapi"
INTERACTIONS: Final = {
    "numeric": "numeric",
    "text": "fill-in",
    "single": "choice",
    "multiple": "choice",
}
UNIT_TYPES: Final = {
    "video": VIDEO_TYPE,
    "quiz": f"{ADL}/activities/assessment",
    "reading": f"{ADL}/activities/lesson",
}
VERBS: Final = {"answered": f"{ADL}/verbs/answered", "completed": f"{ADL}/verbs/completed"}


@dataclass(frozen=True, slots=True)
class Told:
    """One happening before it becomes a statement: `source` is the row it comes from."""

    at: datetime
    source: str
    verb: str
    body: Statement


def statements(person: User, home_page: str) -> Iterator[bytes]:
    """One statement a line, in the order of time."""
    told = heapq.merge(
        _answers(person), _videos(person), _completions(person), key=lambda one: one.at
    )
    return (line(_statement(person, home_page, one)) for one in told)


def _statement(person: User, home_page: str, told: Told) -> Statement:
    return {
        "id": str(uuid5(NAMESPACE_URL, f"urn:attune:{person.code}:{told.source}")),
        "version": "1.0.3",
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": home_page, "name": str(person.code)},
        },
        "verb": {"id": told.verb, "display": {"en": told.verb.rpartition("/")[2]}},
        **told.body,
        "timestamp": told.at.isoformat(),
    }


def _answers(person: User) -> Iterator[Told]:
    rows = Response.objects.filter(learner=person).select_related("question__unit", "learner")
    for row in rows.order_by("answered_at", "id").iterator(chunk_size=200):
        result: Statement = {"success": row.correct, "duration": f"PT{row.elapsed_ms / 1000}S"}
        try:
            given = given_of(row)
            result["response"] = given if isinstance(given, str) else "[,]".join(given)
        except (KeyDestroyed, Tampered):
            pass
        unit = row.question.unit
        body: Statement = {"object": _question(row.question), "result": result}
        if unit is not None:
            body["context"] = {"contextActivities": {"parent": [_unit(unit)]}}
        yield Told(row.answered_at, f"response:{row.id}", VERBS["answered"], body)


def _completions(person: User) -> Iterator[Told]:
    rows = Completion.objects.filter(learner=person, done_at__isnull=False)
    for row in rows.select_related("unit").order_by("done_at", "id").iterator(chunk_size=200):
        body: Statement = {"object": _unit(row.unit), "result": {"completion": True}}
        if row.unit.kind == "video":
            body = {**body, "result": {"completion": True, "extensions": _played(row)}}
            body["context"] = _of_profile()
        at = row.done_at or row.updated_at
        yield Told(at, f"completion:{row.pk}", VERBS["completed"], body)


def _videos(person: User) -> Iterator[Told]:
    for event in video_events(person):
        body = {
            "object": _unit(event.unit),
            "context": {
                **_of_profile(),
                "extensions": {f"{VIDEO}/extensions/session-id": str(event.sitting)}
                | event.context,
            },
        }
        if event.result:
            body["result"] = {"extensions": event.result}
        yield Told(event.at, f"event:{event.source}", event.verb, body)


def _played(row: Completion) -> Statement:
    """The stretches watched, as the profile writes them: `0[.]12.5[,]30[.]40`."""
    pairs = zip(row.watched[::2], row.watched[1::2], strict=True)
    return {
        f"{VIDEO}/extensions/played-segments": "[,]".join(f"{a:g}[.]{b:g}" for a, b in pairs),
        f"{VIDEO}/extensions/time": round(row.resume_s, 3),
        f"{VIDEO}/extensions/progress": 1,
    }


def _of_profile() -> Statement:
    return {"contextActivities": {"category": [{"objectType": "Activity", "id": VIDEO}]}}


def _unit(unit: Unit) -> Statement:
    return _activity(unit.code, UNIT_TYPES[unit.kind], unit.title)


def _question(question: Question) -> Statement:
    kind = f"{ADL}/activities/cmi.interaction"
    activity = _activity(question.code, kind, question.linear[:200])
    activity["definition"]["interactionType"] = INTERACTIONS.get(question.kind, "other")
    return activity


def _activity(code: UUID, kind: str, name: str) -> Statement:
    definition = {"type": kind, "name": {"en": name}}
    return {"objectType": "Activity", "id": f"urn:uuid:{code}", "definition": definition}
