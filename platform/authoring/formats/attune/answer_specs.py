"""Convert the answer part of course.json into columns: choices, gaps, units."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from courses.rendering import course_html

Json = Mapping[str, Any]
_GRADED = ("single", "multiple")


def reply_columns(row: Json) -> dict[str, Any]:
    """Return the columns that a question and a hint have in common."""
    kind, answer, shown = row["type"], str(row.get("answer", "")), row.get("shown", "")
    return {
        "choices": [_choice(kind, choice) for choice in row.get("choices", ())],
        "parts": [_part(kind, part) for part in row.get("parts", ())],
        "answer": answer,
        "answer_text": shown,
        "answer_html": course_html.inline(shown) if shown else escape(answer),
        "accepted": list(row.get("accepted", ())),
        "units": [dict(unit) for unit in row.get("units", ())],
        "tolerance": row.get("tolerance", 0),
        "compare": row.get("compare", ""),
    }


def _choice(kind: str, row: Json) -> dict[str, Any]:
    words = _words(row)
    if kind == "match":
        return words | {"match": row["match"]}
    if kind not in _GRADED:
        return words
    feedback = row.get("feedback", "")
    return words | {
        "correct": row["correct"],
        "feedback": feedback,
        "feedback_html": course_html.inline(feedback),
        "misconception": row.get("misconception", ""),
    }


def _part(kind: str, row: Json) -> dict[str, Any]:
    if kind == "match":
        return _words(row)
    gap = {"id": row["id"], "kind": row["kind"]}
    if row["kind"] == "choice":
        choices = [_words(choice) | {"correct": choice["correct"]} for choice in row["choices"]]
        return gap | {"choices": choices}
    kept = {name: row[name] for name in _GAP[row["kind"]] if name in row}
    return gap | {"answer": str(row["answer"]), **kept}


_GAP = {"text": ("accepted", "compare"), "numeric": ("tolerance", "units")}


def _words(row: Json) -> dict[str, Any]:
    text = row["text"]
    return {
        "id": row["id"],
        "text": text,
        "html": course_html.inline(text),
        "linear": course_html.linear(text),
    }
