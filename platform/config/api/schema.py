"""What `/api/schema/` adds about each operation to what views and serializers say themselves.

Imported when the schema is requested: drf-spectacular imports Django's test framework, unittest and
jinja2, which no page needs.
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
from learner.api import attempts, consents, courses, me, questions, serializers, sittings
from realtime import device_api
from stewardship import api as stewardship
from teaching import api as teaching

THREAD: Final = {200: discussed.ThreadDetail}
THREAD_KEPT: Final = {**THREAD, 201: discussed.ThreadDetail}
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


def _describe(id: str | None, answer: Any = None, **more: Any) -> dict[str, Any]:
    return {"operation_id": id, **({} if answer is None else {"responses": answer}), **more}


# Each view, with the operations of its GET, POST, PUT or DELETE.
OPERATIONS: Final[Mapping[Any, Mapping[str, dict[str, Any]]]] = {
    sittings.begin: {
        "POST": _describe(
            None, {201: sittings.BeginSittingResult}, request=sittings.BeginSittingRequest
        )
    },
    device_api.find_sitting: {"GET": _describe(None, device_api.DeviceSitting)},
    courses.CourseList: {"GET": _describe("courses")},
    courses.course: {"GET": _describe("course", serializers.CourseDetailShape)},
    courses.progress: {"GET": _describe("course_progress", serializers.ProgressShape(many=True))},
    courses.unit: {"GET": _describe("unit", serializers.UnitDetailShape)},
    courses.record_watched: {
        "POST": _describe("unit_watched", serializers.ProgressShape, request=courses.WatchedRequest)
    },
    courses.mark_done: {"POST": _describe("unit_done", serializers.ProgressShape, request=None)},
    me.list_mastery: {"GET": _describe("own_mastery", me.MasteryShape(many=True))},
    me.list_reports: {"GET": _describe("own_reports", me.ReportShape(many=True))},
    me.list_estimates: {
        "GET": _describe("own_estimates", me.EstimateShape(many=True), parameters=[BEFORE])
    },
    me.dispute: {
        "POST": _describe("own_dispute", NOTHING, request=me.DisputeRequest),
        "DELETE": _describe("own_dispute_undo", NOTHING),
    },
    questions.QuestionList: {"GET": _describe("unit_questions")},
    attempts.list_attempts: {"GET": _describe("unit_attempts", attempts.AttemptShape(many=True))},
    questions.question: {"GET": _describe("question", serializers.QuestionShape)},
    questions.answer: {
        "POST": _describe(
            "question_answer",
            {200: questions.AnswerResult, 201: questions.AnswerResult},
            request=questions.AnswerRequest,
            examples=[A_NUMBER],
        )
    },
    consents.consents: {
        "GET": _describe("own_consents", consents.GroupShape(many=True)),
        "PUT": _describe(
            "own_consents_change", consents.GroupShape(many=True), request=consents.ConsentsRequest
        ),
    },
    consents.withdraw: {
        "POST": _describe(
            "own_consents_withdraw", consents.WithdrawResult, request=consents.WithdrawRequest
        )
    },
    discussion.list_threads: {
        "GET": _describe(
            "unit_discussion", discussed.ThreadPage, parameters=[discussed.ThreadListQuery]
        )
    },
    discussion.begin_thread: {
        "POST": _describe("thread_begin", THREAD_KEPT, request=discussed.NewThread)
    },
    discussion.read_thread: {"GET": _describe("thread", discussed.ThreadDetail)},
    discussion.post_reply: {
        "POST": _describe("thread_reply", THREAD_KEPT, request=discussed.NewReply)
    },
    discussion.accept_reply: {
        "POST": _describe("post_accept", THREAD, request=None),
        "DELETE": _describe("post_unaccept", THREAD, request=None),
    },
    discussion.report_post: {
        "POST": _describe("post_report", NOTHING, request=discussed.NewReport)
    },
    teaching.roster: {"GET": _describe("class_roster", teaching.RosterLine(many=True))},
    teaching.progress: {"GET": _describe("class_progress", teaching.ClassProgress(many=True))},
    teaching.grades: {"GET": _describe("class_grades", teaching.GradeLine(many=True))},
    teaching.now: {"GET": _describe("class_now", teaching.NeedShape(many=True))},
    stewardship.consents: {"GET": _describe("consent_counts", stewardship.ConsentCounts)},
    stewardship.retention: {"GET": _describe("retention", stewardship.RetentionLine(many=True))},
}
_OF_CLASS: Final = {getattr(view, "cls", view): operation for view, operation in OPERATIONS.items()}


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "config.api.auth.ApiTokenAuthentication"
    name = "apiToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


class DeviceTokenScheme(ApiTokenScheme):  # type: ignore[no-untyped-call]
    target_class = "realtime.device_api.ByDeviceToken"
    name = "deviceToken"


class BySessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    target_class = "config.api.auth.CsrfSessionAuthentication"
    priority = 1


class ListedSchemaGenerator(SchemaGenerator):
    """Gives each view the schema of its operation; an unlisted view raises KeyError."""

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)  # type: ignore[no-untyped-call]
        schema = _make_schema(**_OF_CLASS[callback.cls][method])
        self._set_schema_to_view(view, schema)  # type: ignore[no-untyped-call]
        return view


def _make_schema(**operation: Any) -> Any:
    """Return the schema, built on a free function so that the views themselves stay unchanged."""

    def method() -> None: ...

    bare: Any = method
    bare.kwargs = {"schema": AutoSchema}
    return extend_schema(**operation)(bare).kwargs["schema"]()


def add_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the possible refusals, the same everywhere, to each operation of the schema."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    result.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = REFUSAL
    for path in result["paths"].values():
        for operation in path.values():
            for code, why in REFUSALS.items():
                refusal = {"description": why, "content": content}
                operation.setdefault("responses", {}).setdefault(code, refusal)
    return result
