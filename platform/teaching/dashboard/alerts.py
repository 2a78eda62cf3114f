"""Three more reasons to look, from answers alone: many tries without getting there, no help taken
after many tries, answers quicker than anybody reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

from django.db import connection

from courses.models import Response, Skill
from teaching.dashboard.need import Need

# A wheel that spins: so many answers on a skill, and of the last five at most so many right.
TRIES, RIGHT_OF_5 = 10, 2
ALONE = 4
QUICK_MS, QUICK_IN_A_ROW = 3000, 3

SPINNING = """
WITH told AS (
  SELECT r.learner_id AS learner, a.skill_id AS skill, r.correct,
         row_number() OVER (PARTITION BY r.learner_id, a.skill_id
                            ORDER BY r.answered_at DESC, r.id DESC) AS back
  FROM courses_response r JOIN courses_questionskill a ON a.question_id = r.question_id
  WHERE r.learner_id = ANY(%s) AND a.skill_id = ANY(%s)
)
SELECT learner, skill, count(*), count(*) FILTER (WHERE correct AND back <= 5) FROM told
GROUP BY learner, skill
HAVING count(*) >= %s AND count(*) FILTER (WHERE correct AND back <= 5) <= %s
"""


def alerts(recent: Collection[Response]) -> list[Need]:
    """From the answers of the last half hour, newest first."""
    return [*_spinning(recent), *_alone(recent), *_quick(recent)]


def _spinning(recent: Iterable[Response]) -> Iterator[Need]:
    """Who was wrong last, on a skill with many answers and hardly a right one among the last."""
    last = _last_wrong(recent)
    if not last:
        return
    skills = _skills({row.question_id for row in last.values()})
    asked = {skill for found in skills.values() for skill in found}
    told = {(who, skill): (n, right) for who, skill, n, right in _tries(last, asked)}
    before = dict(
        Skill.objects.filter(pk__in=asked, prerequisites__isnull=False)
        .order_by("-prerequisites__pk")
        .values_list("pk", "prerequisites__name")
    )
    names = dict(Skill.objects.filter(pk__in=asked).values_list("pk", "name"))
    for learner, row in last.items():
        for skill in skills.get(row.question_id, ()):
            if (learner, skill) in told:
                n, right = told[learner, skill]
                need = Need.about_question(row, "spinning", n)
                yield replace(need, right=right, skill=names[skill], before=before.get(skill, ""))
                break


def _last_wrong(recent: Iterable[Response]) -> dict[int, Response]:
    last: dict[int, Response] = {}
    for row in recent:
        last.setdefault(row.learner_id, row)
    return {learner: row for learner, row in last.items() if not row.correct}


def _skills(questions: Collection[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    rows = Skill.objects.filter(questions__in=questions).order_by("pk")
    for question, skill in rows.values_list("questions", "pk"):
        found[question].append(skill)
    return found


def _tries(learners: Collection[int], skills: Collection[int]) -> list[tuple[int, int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(SPINNING, [list(learners), list(skills), TRIES, RIGHT_OF_5])
        return list(cursor.fetchall())


def _alone(recent: Iterable[Response]) -> Iterator[Need]:
    """Wrong again and again on one question, and no hint opened."""
    by_item: dict[tuple[int, int], list[Response]] = defaultdict(list)
    for row in recent:
        by_item[row.learner_id, row.question_id].append(row)
    for rows in by_item.values():
        streak = list(takewhile(lambda row: not row.correct, rows))
        if len(streak) >= ALONE and streak[0].hints_used == 0:
            yield Need.about_question(streak[0], "alone", len(streak))


def _quick(recent: Iterable[Response]) -> Iterator[Need]:
    """The latest answers, each within three seconds and none right."""
    by_learner: dict[int, list[Response]] = defaultdict(list)
    for row in recent:
        by_learner[row.learner_id].append(row)
    for rows in by_learner.values():
        streak = list(takewhile(_is_quick, rows))
        if len(streak) >= QUICK_IN_A_ROW:
            yield Need.about_question(streak[0], "quick", len(streak))


def _is_quick(row: Response) -> bool:
    return not row.correct and 0 < row.elapsed_ms < QUICK_MS
