"""Find needs in answers alone: many tries without success, no hint opened, very quick answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

from django.db import connection

from courses.models import Response, Skill
from teaching.dashboard.need import Need

# Wheel spinning: at least this many answers on a skill, and at most this many of the last five
# correct.
TRIES, RIGHT_OF_5 = 10, 2
TRIES_WITHOUT_HINT = 4
QUICK_MS, QUICK_IN_A_ROW = 3000, 3

SPINNING = """
WITH answers AS (
  SELECT r.learner_id AS learner, a.skill_id AS skill, r.correct,
         row_number() OVER (PARTITION BY r.learner_id, a.skill_id
                            ORDER BY r.answered_at DESC, r.id DESC) AS back
  FROM courses_response r JOIN courses_questionskill a ON a.question_id = r.question_id
  WHERE r.learner_id = ANY(%s) AND a.skill_id = ANY(%s)
)
SELECT learner, skill, count(*), count(*) FILTER (WHERE correct AND back <= 5) FROM answers
GROUP BY learner, skill
HAVING count(*) >= %s AND count(*) FILTER (WHERE correct AND back <= 5) <= %s
"""


def find_alerts(recent: Collection[Response]) -> list[Need]:
    """Find needs in the answers of the last half hour, newest first."""
    return [*_find_spinning(recent), *_find_without_hint(recent), *_find_quick(recent)]


def _find_spinning(recent: Iterable[Response]) -> Iterator[Need]:
    """Yield learners whose last answer was wrong, on a skill with many tries and few correct."""
    last = _last_wrong(recent)
    if not last:
        return
    skills = _skills_by_question({row.question_id for row in last.values()})
    skill_ids = {skill for found in skills.values() for skill in found}
    tries = {(who, skill): (n, right) for who, skill, n, right in _count_tries(last, skill_ids)}
    before = dict(
        Skill.objects.filter(pk__in=skill_ids, prerequisites__isnull=False)
        .order_by("-prerequisites__pk")
        .values_list("pk", "prerequisites__name")
    )
    names = dict(Skill.objects.filter(pk__in=skill_ids).values_list("pk", "name"))
    for learner, row in last.items():
        for skill in skills.get(row.question_id, ()):
            if (learner, skill) in tries:
                n, right = tries[learner, skill]
                need = Need.about_question(row, "spinning", n)
                yield replace(need, right=right, skill=names[skill], before=before.get(skill, ""))
                break


def _last_wrong(recent: Iterable[Response]) -> dict[int, Response]:
    last: dict[int, Response] = {}
    for row in recent:
        last.setdefault(row.learner_id, row)
    return {learner: row for learner, row in last.items() if not row.correct}


def _skills_by_question(questions: Collection[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    rows = Skill.objects.filter(questions__in=questions).order_by("pk")
    for question, skill in rows.values_list("questions", "pk"):
        found[question].append(skill)
    return found


def _count_tries(
    learners: Collection[int], skills: Collection[int]
) -> list[tuple[int, int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(SPINNING, [list(learners), list(skills), TRIES, RIGHT_OF_5])
        return list(cursor.fetchall())


def _find_without_hint(recent: Iterable[Response]) -> Iterator[Need]:
    """Yield learners with several wrong answers in a row on one question and no hint opened."""
    by_item: dict[tuple[int, int], list[Response]] = defaultdict(list)
    for row in recent:
        by_item[row.learner_id, row.question_id].append(row)
    for rows in by_item.values():
        streak = list(takewhile(lambda row: not row.correct, rows))
        if len(streak) >= TRIES_WITHOUT_HINT and streak[0].hints_used == 0:
            yield Need.about_question(streak[0], "alone", len(streak))


def _find_quick(recent: Iterable[Response]) -> Iterator[Need]:
    """Yield learners whose latest answers each took under three seconds and were all wrong."""
    by_learner: dict[int, list[Response]] = defaultdict(list)
    for row in recent:
        by_learner[row.learner_id].append(row)
    for rows in by_learner.values():
        streak = list(takewhile(_is_quick, rows))
        if len(streak) >= QUICK_IN_A_ROW:
            yield Need.about_question(streak[0], "quick", len(streak))


def _is_quick(row: Response) -> bool:
    return not row.correct and 0 < row.elapsed_ms < QUICK_MS
