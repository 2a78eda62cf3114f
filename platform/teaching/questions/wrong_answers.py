"""Frequent wrong answers to a question: unsealed under Permits, shown from the floor on.

An answer is sealed under the `course` scope of the learner who gave it. It is shown only if enough
people gave the same answer or had the same misconception, so no one's own words are shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from accounts.name_order import name_key
from consent.permits import gate
from consent.permits.gate import Permit
from courses.answers.numerals import current_language
from courses.answers.responses import unseal_reply
from courses.models import Question, Response
from courses.question_types.base import QuestionItem
from courses.questions import question_versions
from courses.questions.question_spec import item_of
from teaching.groups.group_filter import Audience
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class AnswerCluster:
    """Learners with the same misconception, or with the same wrong answer."""

    people: int
    answer: str
    idea: str


@dataclass(frozen=True, slots=True)
class WrongAnswers:
    """Clusters from the floor on, largest first; `others` = there are smaller ones."""

    clusters: tuple[AnswerCluster, ...]
    others: bool


Key = tuple[str, str]
ItemReader = Callable[[int | None, int | None], QuestionItem]


def load_wrong_answers(question: Question, audience: Audience, *, now: datetime) -> WrongAnswers:
    """Return the wrong answers of this group, most frequent first."""
    rows = Response.objects.filter(
        question=question, learner__any_of=audience.learners, correct=False
    ).select_related("learner")
    ideas = dict(question.course.misconceptions.values_list("slug", "description"))
    learners: dict[Key, set[int]] = defaultdict(set)
    for row, idea, answer in _unseal_wrong(
        _item_reader(question, rows), rows, _load_permits(rows, now)
    ):
        learners[(ideas[idea], "") if idea in ideas else ("", answer)].add(row.learner_id)
    shown = {
        key: len(people) for key, people in learners.items() if audience.is_enough(len(people))
    }
    found = [AnswerCluster(n, answer, idea) for (idea, answer), n in shown.items()]
    found.sort(key=lambda cluster: (-cluster.people, name_key(cluster.answer)))
    return WrongAnswers(tuple(found), others=len(shown) < len(learners))


def _load_permits(rows: Collection[Response], now: datetime) -> Mapping[Any, Mapping[str, Permit]]:
    answers = gate.permits_of_people({row.learner.code for row in rows}, ["course"], now=now)
    return {code: answer.granted for code, answer in answers.items()}


def _item_reader(question: Question, rows: Collection[Response]) -> ItemReader:
    """Return a cached function that gives a version of the question by its content and draw."""
    versions = question_versions.load_versions(question, rows)
    return cache(lambda content, draw: item_of(versions[content], draw))


def _unseal_wrong(
    items: ItemReader, rows: Collection[Response], permits: Mapping[Any, Mapping[str, Permit]]
) -> Iterator[tuple[Response, str, str]]:
    """Yield each wrong answer that may be unsealed, its misconception, and the answer as text."""
    for row in rows:
        if "course" not in permits[row.learner.code]:
            continue
        try:
            item, given = items(row.content_id, row.draw), unseal_reply(row)
            verdict = item.grade(given)
        except (KeyDestroyed, ValueError):
            continue
        # The question may have changed since: an answer that is correct now is not shown as wrong.
        if not verdict.correct and not _is_correct_now(items, row.draw, given):
            yield row, verdict.misconception, item.summarise(given, current_language())


def _is_correct_now(items: ItemReader, draw: int | None, given: Any) -> bool:
    """Return whether the current question accepts this answer; False if it cannot read it."""
    try:
        return items(None, draw).grade(given).correct
    except ValueError:
        return False
