"""Write a stored question as course.json has it.

`formats.attune.questions` reads it into the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from courses.models import Hint, Question
from courses.question_types.registry import QUESTION_TYPES
from courses.questions.answer_parts import choice_spec

Json = dict[str, Any]
_WRONG = ("value", "tolerance", "misconception", "feedback")
_OTHER = ("value", "tolerance", "from", "to", "share", "feedback")


def question_json(row: Question) -> Json:
    """Return the question with its hints and variants."""
    skills = _skills(row)
    found = _common_fields(row, skills)
    if row.time_s is None or row.difficulty != Question().difficulty:
        found["difficulty"] = row.difficulty
    if row.time_s is not None:
        found["time"] = row.time_s
    if row.jump_from_s is not None:
        found["jump_back"] = [row.jump_from_s, row.jump_to_s]
    variants = [one for one in row.variants.all() if one.unit_id is not None]
    return found | without_blanks({"variants": [_variant(one, skills) for one in variants]})


def without_blanks(row: Json) -> Json:
    return {key: value for key, value in row.items() if value not in (None, "", [], {})}


def _variant(row: Question, skills: list[str]) -> Json:
    own = _skills(row)
    found = _common_fields(row, own if own != skills else [])
    return found | {"relation": row.relation, "difficulty": row.difficulty}


def _skills(row: Question) -> list[str]:
    return [ask.skill.slug for ask in sorted(row.asks.all(), key=lambda ask: ask.pk)]


def _common_fields(row: Question, skills: list[str]) -> Json:
    hints = [_hint(row, place, hint) for place, hint in enumerate(row.hints.all(), 1)]
    named = {"skill": skills[0]} if len(skills) == 1 else {"skills": skills}
    return {
        "id": row.ref,
        "prompt": row.prompt,
        **_reply(row.kind, row),
        **without_blanks(
            {
                **named,
                "tags": row.tags,
                "group": row.group,
                "stem": row.stem,
                "explanation": row.explanation,
                "source": row.source_note,
                "wrong_answers": [_pick(wrong, _WRONG) for wrong in row.wrong_answers],
                "other_answers": [_pick(other, _OTHER) for other in row.other_answers],
                "partial_credit": row.partial_credit or None,
                "rubric": row.rubric,
                "word_limit": row.word_limit,
                "file_kinds": row.file_kinds,
                "most_files": row.most_files if row.most_files != 1 else None,
                "points": row.points if row.points != 1 else None,
                "parameterised": row.parameterised,
                "hints": hints,
            }
        ),
    }


def _hint(question: Question, place: int, row: Hint) -> Json:
    """Write the id and `needs` only where they differ from the defaults of an import."""
    usual = [place - 1] if place > 1 else []
    return {
        "kind": row.kind,
        "text": row.text,
        **({"needs": row.needs} if row.needs != usual else {}),
        **({"reply": _reply(row.reply_kind, row)} if row.reply_kind else {}),
        **without_blanks(
            {
                "id": row.ref if row.ref != f"{question.ref}-h{place}" else "",
                "title": row.title,
                "other": row.other_text,
                "source": row.source_note,
            }
        ),
    }


def _reply(kind: str, row: Question | Hint) -> Json:
    type = QUESTION_TYPES[kind]
    found = {
        "choices": [choice_spec(choice) for choice in row.choices],
        "parts": [type.part_spec(part) for part in row.parts],
        **type.answer_spec(row.answer, row.tolerance),
        "shown": row.answer_text,
        "accepted": row.accepted,
        "units": row.units,
        "compare": row.compare,
    }
    return {"type": kind} | without_blanks(found)


def _pick(row: Json, names: Iterable[str]) -> Json:
    return {name: row[name] for name in names if row.get(name, "") != ""}
