"""What `/api/schema/` says of each operation, beside what its view and its shapes say themselves.

Loaded when the schema is asked for: drf-spectacular brings Django's test framework, unittest and
jinja2, and no page needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from discussion import api as discussion
from discussion import serializers as discussed
from learner.api import consents, courses, me, questions, serializers, sittings
from realtime import device_api
from stewardship import api as stewardship
from teaching import api as teaching

THREAD: Final = {200: discussed.ThreadWhole}
THREAD_KEPT: Final = {**THREAD, 201: discussed.ThreadWhole}
NOTHING: Final = {204: None}
BEFORE: Final = OpenApiParameter(
    "before", OpenApiTypes.DATETIME, description="The day that ends then; else until now."
)
A_NUMBER: Final = OpenApiExample(
    "a number",
    {"id": "7c0e9f6e-0d5c-4b0a-9f3e-6a1f5f6f2b11", "given": ["5"], "elapsed_ms": 12000},
    request_only=True,
)

REFUSALS: Final = {
    "400": "what was sent is not what is expected",
    "401": "not signed in",
    "403": "may be read, not done",
    "404": "not there, or not for this person",
    "405": "no such method here",
    "409": "what it was asked for has changed meanwhile",
    "415": "not JSON",
    "429": "too many requests in this minute; see Retry-After",
}
REFUSAL: Final = {
    "type": "object",
    "required": ["detail", "code"],
    "properties": {"detail": {}, "code": {"type": "string"}},
}


def _said(id: str | None, answer: Any = None, **more: Any) -> dict[str, Any]:
    return {"operation_id": id, **({} if answer is None else {"responses": answer}), **more}


# A view, and what its GET, POST, PUT or DELETE is.
OPERATIONS: Final[Mapping[Any, Mapping[str, dict[str, Any]]]] = {
    sittings.begin: {
        "POST": _said(None, {201: sittings.SittingBegun}, request=sittings.SittingBegin)
    },
    device_api.sitting: {"GET": _said(None, device_api.DeviceSitting)},
    courses.Courses: {"GET": _said("courses")},
    courses.course: {"GET": _said("course", serializers.CourseWhole)},
    courses.progress: {"GET": _said("course_progress", serializers.Progress(many=True))},
    courses.unit: {"GET": _said("unit", serializers.UnitWhole)},
    courses.watched: {"POST": _said("unit_watched", serializers.Progress, request=courses.Watched)},
    courses.done: {"POST": _said("unit_done", serializers.Progress, request=None)},
    me.known: {"GET": _said("own_mastery", me.MasteryShape(many=True))},
    me.said: {"GET": _said("own_reports", me.ReportShape(many=True))},
    me.guessed: {"GET": _said("own_estimates", me.EstimateShape(many=True), parameters=[BEFORE])},
    me.dispute: {
        "POST": _said("own_dispute", NOTHING, request=me.DisputeSaid),
        "DELETE": _said("own_dispute_undo", NOTHING),
    },
    questions.Questions: {"GET": _said("unit_questions")},
    questions.question: {"GET": _said("question", serializers.QuestionShape)},
    questions.give: {
        "POST": _said(
            "question_answer",
            {200: questions.Answered, 201: questions.Answered},
            request=questions.AnswerGiven,
            examples=[A_NUMBER],
        )
    },
    consents.consents: {
        "GET": _said("own_consents", consents.GroupShape(many=True)),
        "PUT": _said(
            "own_consents_change", consents.GroupShape(many=True), request=consents.Wanted
        ),
    },
    consents.withdraw: {
        "POST": _said("own_consents_withdraw", consents.OffSince, request=consents.Off)
    },
    discussion.listed: {
        "GET": _said("unit_discussion", discussed.ThreadPage, parameters=[discussed.ShowAsked])
    },
    discussion.begin: {"POST": _said("thread_begin", THREAD_KEPT, request=discussed.ThreadSaid)},
    discussion.thread: {"GET": _said("thread", discussed.ThreadWhole)},
    discussion.reply: {"POST": _said("thread_reply", THREAD_KEPT, request=discussed.ReplySaid)},
    discussion.accept: {
        "POST": _said("post_accept", THREAD, request=None),
        "DELETE": _said("post_unaccept", THREAD, request=None),
    },
    discussion.report: {"POST": _said("post_report", NOTHING, request=discussed.ReportSaid)},
    teaching.roster: {"GET": _said("class_roster", teaching.RosterLine(many=True))},
    teaching.progress: {"GET": _said("class_progress", teaching.ClassProgress(many=True))},
    teaching.grades: {"GET": _said("class_grades", teaching.GradeLine(many=True))},
    teaching.now: {"GET": _said("class_now", teaching.NeedShape(many=True))},
    stewardship.consents: {"GET": _said("consent_counts", stewardship.ConsentCounts)},
    stewardship.retention: {"GET": _said("retention", stewardship.RetentionLine(many=True))},
}
_OF_CLASS: Final = {getattr(view, "cls", view): said for view, said in OPERATIONS.items()}


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "config.api.auth.ByApiToken"
    name = "apiToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


class DeviceTokenScheme(ApiTokenScheme):  # type: ignore[no-untyped-call]
    target_class = "realtime.device_api.ByDeviceToken"
    name = "deviceToken"


class BySessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    target_class = "config.api.auth.BySession"
    priority = 1


class Generator(SchemaGenerator):
    """Gives each view the schema of its operation; one that is not told of is a KeyError."""

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)  # type: ignore[no-untyped-call]
        schema = _schema(**_OF_CLASS[callback.cls][method])
        self._set_schema_to_view(view, schema)  # type: ignore[no-untyped-call]
        return view


def _schema(**said: Any) -> Any:
    """Made on a method of no class: the views themselves stay as they are."""

    def method() -> None: ...

    bare: Any = method
    bare.kwargs = {"schema": AutoSchema}
    return extend_schema(**said)(bare).kwargs["schema"]()


def with_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Each operation of the schema can say no, and how is the same everywhere."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    result.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = REFUSAL
    for path in result["paths"].values():
        for operation in path.values():
            for code, why in REFUSALS.items():
                refusal = {"description": why, "content": content}
                operation.setdefault("responses", {}).setdefault(code, refusal)
    return result
