"""The questions of one unit of an Attune course, with their variants and hints, as drafts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from authoring.drafts import HintDraft, QuestionDraft
from courses import maths

MEDIUM = 3
Json = Mapping[str, Any]


def question_drafts(unit: Json, left_out: Counter[str]) -> Iterator[QuestionDraft]:
    """Places of a quiz get a position, questions of a video a time."""
    for number, question in enumerate(unit.get("questions", ()), 1):
        own = _in_video(question) if unit["kind"] == "video" else {"position": number}
        skills = (question["skill"],)
        hints = tuple(
            _hint(question["id"], place, row)
            for place, row in enumerate(question.get("hints", ()), 1)
        )
        columns = _columns(question, left_out) | own
        yield QuestionDraft(question["id"], skills, columns, hints)
        for variant in question.get("variants", ()):
            columns = _columns(variant, left_out) | {"relation": variant["relation"]}
            yield QuestionDraft(variant["id"], skills, columns, sibling=question["id"])


def _in_video(question: Json) -> dict[str, Any]:
    start, end = question["jump_back"]
    return {"time_s": question["time"], "jump_from_s": start, "jump_to_s": end}


def _columns(question: Json, left_out: Counter[str]) -> dict[str, Any]:
    for text in (question["prompt"], question["explanation"]):
        for fragment in maths.fragments(text):
            if not maths.readable(fragment):
                left_out["maths that stays text"] += 1
    return {
        "kind": question["type"],
        "difficulty": question.get("difficulty", MEDIUM),
        "prompt": question["prompt"],
        "prompt_html": maths.inline(question["prompt"]),
        "linear": maths.linear(question["prompt"]),
        "explanation": question["explanation"],
        "explanation_html": maths.inline(question["explanation"]),
        "choices": [_choice(row) for row in question.get("choices", ())],
        "answer": str(question["answer"]) if "answer" in question else "",
        "answer_html": str(question.get("answer", "")),
        "tolerance": question.get("tolerance", 0),
        "wrong_answers": [_wrong(row) for row in question.get("wrong_answers", ())],
        "parameterised": question.get("parameterised"),
    }


def _choice(row: Json) -> dict[str, Any]:
    return {
        "id": row["id"],
        "text": row["text"],
        "html": maths.inline(row["text"]),
        "linear": maths.linear(row["text"]),
        "correct": row["correct"],
        "feedback": row["feedback"],
        "feedback_html": maths.inline(row["feedback"]),
        "misconception": row.get("misconception", ""),
    }


def _wrong(row: Json) -> dict[str, Any]:
    return dict(row) | {"feedback_html": maths.inline(row["feedback"])}


def _hint(question: str, place: int, row: Json) -> HintDraft:
    return HintDraft(
        ref=f"{question}-h{place}",
        position=place,
        kind=row["kind"],
        text=row["text"],
        html=maths.inline(row["text"]),
        linear=maths.linear(row["text"]),
        other_text=row.get("other", ""),
        other_html=maths.inline(row.get("other", "")),
        needs=(place - 1,) if place > 1 else (),
    )
