"""The user's own submitted attempts at a test, with the points that the report page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import current_user
from courses import attempts, availability
from courses.access import unit_for_member
from courses.attempts import AttemptOverview
from courses.gradebook.percents import round_points
from courses.gradebook.regrade_credits import AttemptCredits, load_credits
from courses.gradebook.scores import Credit
from courses.models import Attempt, Question

LEFT_OUT = "null for a question that a regrade left out of the grade"
NO_KEY = "null for an answer that people mark"
WAITS = "null while the answer waits for marks"


class AttemptAnswerShape(serializers.Serializer[Any]):
    """One question of an attempt, as its report shows it."""

    question = serializers.UUIDField()
    given = serializers.BooleanField(help_text="false: no answer")
    correct = serializers.BooleanField(
        allow_null=True, help_text=f"all its points; {LEFT_OUT}; {NO_KEY}"
    )
    points = serializers.FloatField(allow_null=True, help_text=f"earned; {LEFT_OUT}; {WAITS}")
    points_possible = serializers.FloatField(allow_null=True, help_text=LEFT_OUT)


class AttemptShape(serializers.Serializer[Any]):
    """A submitted attempt. Points are rounded to hundredths."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    handed_in_at = serializers.DateTimeField()
    counts = serializers.BooleanField(help_text="the best attempt at a graded test")
    percent = serializers.IntegerField(
        allow_null=True, help_text="null for a practice test, and while answers are unmarked"
    )
    unmarked = serializers.IntegerField(
        help_text="answers that wait for marks; until it is 0, the attempt has no grade"
    )
    points = serializers.FloatField(help_text="earned so far")
    points_possible = serializers.FloatField()
    answers = AttemptAnswerShape(
        many=True, allow_null=True, help_text="null while the report hides correct answers"
    )


@api_view(["GET"])
def list_attempts(request: Request, code: UUID) -> Response:
    """The user's own submitted attempts at a test, oldest first."""
    user, now = current_user(request), timezone.now()
    unit = unit_for_member(user, code)
    if not attempts.is_test(unit):
        raise Http404
    availability.require_open(user, unit, now=now)
    overview = attempts.load_overview(user, unit, now=now)
    shown = load_credits([row for row in overview.done if overview.shows_answers(row, now)])
    answers = _load_answers(shown)
    rows = [_attempt_row(row, overview, answers.get(row.pk)) for row in overview.done]
    return Response(AttemptShape(rows, many=True).data)


def _attempt_row(
    attempt: Attempt, overview: AttemptOverview, answers: list[dict[str, Any]] | None
) -> dict[str, Any]:
    graded = attempt.scenario == "graded"
    earned, possible = (
        Fraction(parts or 0, attempt.per_point) for parts in (attempt.right, attempt.out_of)
    )
    return {
        "id": attempt.pk,
        "number": attempt.number,
        "handed_in_at": attempt.handed_in_at,
        "counts": graded and attempt == attempts.find_best(overview.done),
        "percent": attempts.percent_of(attempt) if graded and attempt.is_final else None,
        "unmarked": attempt.unmarked,
        "points": float(round_points(earned, possible)),
        "points_possible": float(possible),
        "answers": answers,
    }


def _load_answers(shown: list[AttemptCredits]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the answers of these attempts, each in the order of its questions."""
    wanted = {pk for each in shown for pk in each.first}
    codes = dict(Question.objects.filter(pk__in=wanted).values_list("pk", "code"))
    return {each.attempt.pk: list(_answer_rows(each, codes)) for each in shown}


def _answer_rows(found: AttemptCredits, codes: Mapping[int, UUID]) -> Iterator[dict[str, Any]]:
    for pk, credit in found.credits.items():
        yield {
            "question": codes[pk],
            "given": pk in found.answers or pk in found.open,
            "correct": credit.right if credit.counts and pk not in found.open else None,
            "points": _points_of(credit),
            "points_possible": float(credit.points) if credit.counts else None,
        }


def _points_of(credit: Credit) -> float | None:
    """Return what an answer earned; None where it does not count or waits for marks."""
    known = credit.counts and not credit.unmarked
    return float(round_points(credit.earned, credit.points)) if known else None
