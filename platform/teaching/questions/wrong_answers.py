"""Which wrong answers a question got from many people: opened under Permits, told from the floor.

An answer is sealed under the `course` scope of who gave it. It is shown only where enough people
gave the same, or fell for the same idea, so that nobody's own words are shown to anybody.
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
from courses.answers.grading import grade
from courses.answers.numerals import current_language, tidy_signs, to_plain, write_number
from courses.answers.quantities import read_stored_number
from courses.answers.responses import unseal_reply
from courses.models import Question, Response
from courses.questions import question_versions
from courses.questions.question_spec import QuestionItem, item_of
from teaching.groups.group_filter import Audience
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class Cluster:
    """People with the same wrong idea, or the same wrong answer."""

    people: int
    answer: str
    idea: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Clusters from the floor on, the largest first; `others` = there are smaller ones."""

    clusters: tuple[Cluster, ...]
    others: bool


Key = tuple[str, str]
Items = Callable[[int | None, int | None], QuestionItem]


def wrong_answers(question: Question, audience: Audience, *, now: datetime) -> Wrong:
    """What this group answered wrong, as often as people gave it."""
    rows = Response.objects.filter(
        question=question, learner__in=audience.learners, correct=False
    ).select_related("learner")
    ideas = dict(question.course.misconceptions.values_list("slug", "description"))
    who: dict[Key, set[int]] = defaultdict(set)
    for row, idea, answer in _opened(_items_of(question, rows), rows, _permits(rows, now)):
        who[(ideas[idea], "") if idea in ideas else ("", answer)].add(row.learner_id)
    told = {key: len(people) for key, people in who.items() if audience.enough(len(people))}
    found = [Cluster(n, answer, idea) for (idea, answer), n in told.items()]
    found.sort(key=lambda cluster: (-cluster.people, name_key(cluster.answer)))
    return Wrong(tuple(found), others=len(told) < len(who))


def _permits(rows: Collection[Response], now: datetime) -> Mapping[Any, Mapping[str, Permit]]:
    answers = gate.permits_of({row.learner.code for row in rows}, ["course"], now=now)
    return {code: answer.granted for code, answer in answers.items()}


def _items_of(question: Question, rows: Collection[Response]) -> Items:
    """Return what reads a version of the question by its content and draw, each once."""
    versions = question_versions.load_versions(question, rows)
    return cache(lambda content, draw: item_of(versions[content], draw))


def _opened(
    items: Items, rows: Collection[Response], permits: Mapping[Any, Mapping[str, Permit]]
) -> Iterator[tuple[Response, str, str]]:
    """Each wrong answer that may be opened, with the idea behind it and in words."""
    for row in rows:
        if "course" not in permits[row.learner.code]:
            continue
        try:
            item, given = items(row.content_id, row.draw), unseal_reply(row)
            verdict = grade(item, given)
        except (KeyDestroyed, ValueError):
            continue
        # The question may have been changed since: what is right by now is no wrong answer.
        if not verdict.correct and not _is_right_now(items, row.draw, given):
            yield row, verdict.misconception, said(item, given)


def _is_right_now(items: Items, draw: int | None, given: Any) -> bool:
    """False also where the question, as it is now, cannot read what was given."""
    try:
        return grade(items(None, draw), given).correct
    except ValueError:
        return False


def said(item: QuestionItem, given: Any) -> str:
    """An answer as people read it: the words of what was chosen, a number in one writing."""
    if isinstance(given, str):
        return _one(item, given)
    parts = [_one(item, each) for each in given]
    return ", ".join(parts if item.kind == "order" else sorted(parts))


def _one(item: QuestionItem, given: str) -> str:
    """A letter, `row=part`, `gap=what stands there`, or what was typed."""
    words = {choice.id: choice.linear or choice.id for choice in item.choices}
    words |= {part.id: part.linear or part.id for part in item.parts}
    left, pairs, right = given.partition("=")
    if item.kind == "match" and pairs:
        return f"{words.get(left, left)} = {words.get(right, right)}"
    if item.kind == "cloze" and pairs:
        own = next((gap.item for gap in item.gaps if gap.id == left), None)
        return f"{left} = {_one(own, right) if own else tidy_signs(right).casefold()}"
    value = read_stored_number(given) if item.kind == "numeric" else None
    if value is not None:
        # A half is 1/2, also where some wrote 0.5; 157/50 says less than 3.14.
        plain = str(value) if value.denominator < 10 else to_plain(value)
        return write_number(plain, current_language())
    return words.get(given) or tidy_signs(given).casefold()
