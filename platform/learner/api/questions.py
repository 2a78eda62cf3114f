"""Questions as their pages show them, and answering them: once, however often it is asked."""

from __future__ import annotations

from random import SystemRandom
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions, generics, serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response as Reply

from accounts.models import User
from adaptation.answer_question import answer_once
from courses import availability
from courses.access import question_for_learner, questions_visible_to, unit_for_member
from courses.answers.grading import Given, UngradableReply
from courses.models import Question, Response, Unit
from learner.api.serializers import QuestionShape
from learner.questions.view_model import asked

IN_PARTS = ("multiple", "order", "match", "cloze")
MOST_TEXT = 2000


class CannotRead(exceptions.APIException):
    status_code = 422
    default_code = "unreadable"


class AnswerGiven(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="made by the client; the same again answers the same")
    given = serializers.ListField(
        child=serializers.CharField(max_length=MOST_TEXT, allow_blank=True),
        min_length=1,
        max_length=100,
        help_text="one text, or one for each choice, row (`left=right`) or gap (`gap=text`); "
        "a number as in English, with a point: 3.142",
    )
    elapsed_ms = serializers.IntegerField(min_value=0, max_value=86_400_000, default=0)


class Answered(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    correct = serializers.BooleanField()
    question = QuestionShape()


class Questions(generics.ListAPIView[Question]):
    """The questions of one unit, the easier and harder ones left out; of a test there are none."""

    serializer_class = QuestionShape
    queryset = Question.objects.none()

    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> Reply:
        user = cast(User, request.user)
        page = self.paginate_queryset(self.get_queryset()) or []
        rows = [asked(user, question) for question in page]
        return self.get_paginated_response(QuestionShape(rows, many=True).data)

    def get_queryset(self) -> QuerySet[Question]:
        user = cast(User, self.request.user)
        unit = unit_for_member(user, self.kwargs["code"])
        _require_asked(user, unit)
        asked_at = Q(position__isnull=False) | Q(time_s__isnull=False)
        return unit.questions.filter(asked_at, sibling=None).prefetch_related("skills")


@api_view(["GET"])
def question(request: Request, code: UUID) -> Reply:
    """One question, with what one tried before."""
    user = cast(User, request.user)
    found = questions_visible_to(user).filter(code=code).first()
    if found is None or found.unit is None:
        raise Http404
    _require_asked(user, found.unit)
    return Reply(QuestionShape(asked(user, found)).data)


@api_view(["POST"])
def give(request: Request, code: UUID) -> Reply:
    """Answer a question. 201 when it was kept, 200 when this id had been kept before."""
    user = cast(User, request.user)
    found = question_for_learner(user, code)
    if found.unit is None:
        raise Http404
    _require_asked(user, found.unit)
    said = AnswerGiven(data=request.data)
    said.is_valid(raise_exception=True)
    row, new = _kept(user, found, said.validated_data)
    shown = {
        "id": said.validated_data["id"],
        "correct": row.correct,
        "question": asked(user, found),
    }
    return Reply(Answered(shown).data, status=201 if new else 200)


def _kept(user: User, question: Question, said: dict[str, Any]) -> tuple[Response, bool]:
    try:
        row, new = answer_once(
            user,
            question,
            _given(question, said["given"]),
            key=str(said["id"]),
            sitting=None,
            hints_used=0,
            elapsed_ms=said["elapsed_ms"],
            draw=None,
            now=timezone.now(),
            rng=SystemRandom(),
        )
    except UngradableReply as unreadable:
        raise CannotRead(str(unreadable)) from unreadable
    return _same(row, question), new


def _same(row: Response, question: Question) -> Response:
    if row.question_id != question.pk:
        raise serializers.ValidationError({"id": "was used for another question"})
    return row


def _given(question: Question, said: list[str]) -> Given:
    if question.kind in IN_PARTS:
        return said
    if len(said) != 1:
        raise serializers.ValidationError({"given": f"expected one text, got {len(said)}"})
    return said[0]


def _require_asked(user: User, unit: Unit) -> None:
    """A question of a test is met in the test alone."""
    if unit.scenario != "course":
        raise Http404
    availability.require_open(user, unit, now=timezone.now())
