"""Questions as their pages show them, and answers to them. A repeated request stores one answer."""

from __future__ import annotations

from random import SystemRandom
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions, generics, serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response as Reply

from accounts.access import current_user
from accounts.models import User
from adaptation.answer_question import answer_once
from courses import availability
from courses.access import question_for_learner, questions_visible_to, unit_for_member
from courses.answers.replies import Given, UngradableReply
from courses.models import Question, Response, Unit
from courses.question_types.registry import QUESTION_TYPES
from learner.api.serializers import QuestionShape
from learner.questions.view_model import build_question

MAX_TEXT = 2000


class UnreadableAnswer(exceptions.APIException):
    status_code = 422
    default_code = "unreadable"


class AnswerRequest(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="made by the client; the same again answers the same")
    given = serializers.ListField(
        child=serializers.CharField(max_length=MAX_TEXT, allow_blank=True),
        min_length=1,
        max_length=100,
        help_text="one text, or one for each choice, row (`left=right`) or gap (`gap=text`); "
        "a number as in English, with a point: 3.142",
    )
    elapsed_ms = serializers.IntegerField(min_value=0, max_value=86_400_000, default=0)


class AnswerResult(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    correct = serializers.BooleanField()
    question = QuestionShape()


class QuestionList(generics.ListAPIView[Question]):
    """The questions of one unit, without easier and harder variants. Tests answer 404."""

    serializer_class = QuestionShape
    queryset = Question.objects.none()

    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> Reply:
        user = current_user(request)
        page = self.paginate_queryset(self.get_queryset()) or []
        rows = [build_question(user, question) for question in page]
        return self.get_paginated_response(QuestionShape(rows, many=True).data)

    def get_queryset(self) -> QuerySet[Question]:
        user = current_user(self.request)
        unit = unit_for_member(user, self.kwargs["code"])
        _require_asked(user, unit)
        asked_at = Q(position__isnull=False) | Q(time_s__isnull=False)
        return unit.questions.filter(asked_at, sibling=None).prefetch_related("skills")


@api_view(["GET"])
def question(request: Request, code: UUID) -> Reply:
    """One question, with the user's earlier attempts."""
    user = current_user(request)
    found = questions_visible_to(user).filter(code=code).first()
    if found is None or found.unit is None:
        raise Http404
    _require_asked(user, found.unit)
    return Reply(QuestionShape(build_question(user, found)).data)


@api_view(["POST"])
def answer(request: Request, code: UUID) -> Reply:
    """Answer a question. The status is 201 for a new answer, 200 for an id stored before."""
    user = current_user(request)
    found = question_for_learner(user, code)
    if found.unit is None:
        raise Http404
    _require_asked(user, found.unit)
    body = AnswerRequest(data=request.data)
    body.is_valid(raise_exception=True)
    row, new = _store_answer(user, found, body.validated_data)
    result = {
        "id": body.validated_data["id"],
        "correct": row.correct,
        "question": build_question(user, found),
    }
    return Reply(AnswerResult(result).data, status=201 if new else 200)


def _store_answer(user: User, question: Question, fields: dict[str, Any]) -> tuple[Response, bool]:
    try:
        row, new = answer_once(
            user,
            question,
            _parse_given(question, fields["given"]),
            key=str(fields["id"]),
            sitting=None,
            hints_used=0,
            elapsed_ms=fields["elapsed_ms"],
            draw=None,
            now=timezone.now(),
            rng=SystemRandom(),
        )
    except UngradableReply as unreadable:
        raise UnreadableAnswer(str(unreadable)) from unreadable
    return _require_same_question(row, question), new


def _require_same_question(row: Response, question: Question) -> Response:
    if row.question_id != question.pk:
        raise serializers.ValidationError({"id": "was used for another question"})
    return row


def _parse_given(question: Question, texts: list[str]) -> Given:
    if QUESTION_TYPES[question.kind].takes_list:
        return texts
    if len(texts) != 1:
        raise serializers.ValidationError({"given": f"expected one text, got {len(texts)}"})
    return texts[0]


def _require_asked(user: User, unit: Unit) -> None:
    """Raise 404 for a question of a test: it is asked only within the test."""
    if unit.scenario != "course":
        raise Http404
    availability.require_open(user, unit, now=timezone.now())
