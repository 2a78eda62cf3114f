"""Convert a question of course.json into stored columns.

Each reader that can express its questions as course.json uses this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.course_draft import HintDraft, QuestionDraft
from authoring.media import images
from courses.question_types.registry import QUESTION_TYPES
from courses.rendering import course_html

MEDIUM = 3
Json = Mapping[str, Any]


def question_drafts(
    unit: Json, left_out: Counter[str], refs: Mapping[str, str]
) -> Iterator[QuestionDraft]:
    """Yield the questions of a unit; `refs` by slug of a skill.

    Questions of a quiz get a position, those of a video a time.
    """
    for number, question in enumerate(unit.get("questions", ()), 1):
        place = _video_columns(question) if unit["kind"] == "video" else {"position": number}
        skills = [refs[slug] for slug in skills_of(question)]
        yield question_draft(question, skills, left_out, place)
        for variant in question.get("variants", ()):
            own = [refs[slug] for slug in skills_of(variant)] or skills
            columns = {"relation": variant["relation"]}
            yield question_draft(variant, own, left_out, columns, sibling=question["id"])


def bank_drafts(
    bank: Iterable[Json], left_out: Counter[str], refs: Mapping[str, str]
) -> Iterator[QuestionDraft]:
    """Yield the questions of the bank, which have no place."""
    for question in bank:
        skills = [refs[slug] for slug in skills_of(question)]
        yield question_draft(question, skills, left_out, {})


def skills_of(question: Json) -> list[str]:
    """Return the slugs of the question's skills, given as one or as a list."""
    return [question["skill"]] if "skill" in question else list(question.get("skills", ()))


def question_draft(
    question: Json,
    skills: list[str],
    left_out: Counter[str],
    place: Json,
    *,
    sibling: str = "",
) -> QuestionDraft:
    """Convert one question; `place` holds the columns of its position."""
    _note_maths({name: question[name] for name in question if name != "variants"}, left_out)
    rows = enumerate(question.get("hints", ()), 1)
    hints = tuple(_hint(question["id"], number, row) for number, row in rows)
    columns = {**_columns(question), **place}
    return QuestionDraft(question["id"], tuple(skills), columns, hints, sibling)


def reply_columns(row: Json) -> dict[str, Any]:
    """Return the columns that a question and a hint have in common."""
    answer, shown = str(row.get("answer", "")), row.get("shown", "")
    type = QUESTION_TYPES[row["type"]]
    return {
        "choices": [type.choice_columns(choice) for choice in row.get("choices", ())],
        "parts": [type.part_columns(part) for part in row.get("parts", ())],
        "answer": answer,
        "answer_text": shown,
        "answer_html": course_html.inline(shown) if shown else escape(answer),
        "accepted": list(row.get("accepted", ())),
        "units": [dict(unit) for unit in row.get("units", ())],
        "tolerance": row.get("tolerance", 0),
        "compare": row.get("compare", ""),
    }


def _video_columns(question: Json) -> dict[str, Any]:
    start, end = question.get("jump_back", (None, None))
    return {"time_s": question["time"], "jump_from_s": start, "jump_to_s": end}


def _columns(question: Json) -> dict[str, Any]:
    stem, prompt = question.get("stem", ""), question["prompt"]
    explanation = question.get("explanation", "")
    return {
        "kind": question["type"],
        "difficulty": question.get("difficulty", MEDIUM),
        "tags": list(question.get("tags", ())),
        "group": question.get("group", ""),
        "stem": stem,
        "stem_html": "".join(f"<p>{course_html.inline(line)}</p>" for line in stem.splitlines()),
        "prompt": prompt,
        "prompt_html": course_html.inline(prompt),
        "linear": QUESTION_TYPES[question["type"]].plain_prompt(prompt) or course_html.linear(stem),
        "explanation": explanation,
        "explanation_html": course_html.inline(explanation),
        "wrong_answers": [_wrong(row) for row in question.get("wrong_answers", ())],
        "other_answers": [_with_feedback(row) for row in question.get("other_answers", ())],
        "partial_credit": question.get("partial_credit", False),
        "rubric": list(question.get("rubric", ())),
        "word_limit": question.get("word_limit"),
        "file_kinds": list(question.get("file_kinds", ())),
        "most_files": question.get("most_files", 1),
        "points": question.get("points", 1),
        "parameterised": question.get("parameterised"),
        "source_note": question.get("source", ""),
        **reply_columns(question),
    }


def _wrong(row: Json) -> dict[str, Any]:
    return {"misconception": "", **_with_feedback(row)}


def _with_feedback(row: Json) -> dict[str, Any]:
    feedback = row.get("feedback", "")
    return {**row, "feedback": feedback, "feedback_html": course_html.inline(feedback)}


def _hint(question: str, place: int, row: Json) -> HintDraft:
    reply = row.get("reply", {})
    return HintDraft(
        ref=row.get("id", f"{question}-h{place}"),
        position=place,
        kind=row["kind"],
        title=row.get("title", ""),
        text=row["text"],
        html=course_html.inline(row["text"]),
        linear=_plain_hint(row),
        other_text=row.get("other", ""),
        other_html=course_html.inline(row.get("other", "")),
        needs=tuple(row.get("needs", (place - 1,) if place > 1 else ())),
        reply={"reply_kind": reply["type"], **reply_columns(reply)} if reply else {},
        source_note=row.get("source", ""),
    )


def _plain_hint(row: Json) -> str:
    if "reply" not in row:
        return course_html.linear(row["text"])
    return QUESTION_TYPES[row["reply"]["type"]].plain_prompt(row["text"])


def _note_maths(content: Json, left_out: Counter[str]) -> None:
    for text in images.iterate_texts(content):
        for fragment in course_html.find_formulas(text):
            left_out[
                _("maths that cannot be displayed as a formula (kept as text)")
            ] += not course_html.is_readable_latex(fragment)
