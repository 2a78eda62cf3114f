"""The main number of a question: shown as its answer, with a tolerance or a range, and feedback.

A range or feedback is stored as another number with all points, which holds the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from authoring.editor.questions.answer_lines import read_number_answer, write_number_answer
from courses.questions.answer_parts import number_bounds, to_fraction

Json = dict[str, Any]
ENDS: Final = ("from", "to")


def split_main(row: Mapping[str, Any]) -> tuple[Row, Json]:
    """Return the fields of the main number, and the question with the others alone."""
    others = list(row.get("other_answers", ()))
    main: Mapping[str, Any] = next((one for one in others if _is_main(row, one)), {})
    typed = {
        "answer": write_number_answer(row.get("answer", "")),
        "tolerance": write_plain(row.get("tolerance", 0)),
        **{f"main-{end}": write_number_answer(main.get(end, "")) for end in ENDS},
        "main-feedback": main.get("feedback", ""),
    }
    return typed, {**row, "other_answers": [one for one in others if one is not main]}


def read_main(form: AuthorForm) -> tuple[Json, list[Json]]:
    """Return the answer with its tolerance, and its range or feedback as another number."""
    answer = read_number_answer(form, "answer")
    tolerance = form.number("tolerance", least=0) or 0
    feedback = form.text("main-feedback")
    numbers: Json = {"value": answer, "tolerance": tolerance}
    if has_range := any(form.text(f"main-{end}") for end in ENDS):
        numbers = _read_range(form, answer, tolerance)
    found = {**numbers, "share": 100, **({"feedback": feedback} if feedback else {})}
    return {"answer": answer, "tolerance": tolerance}, [found] if has_range or feedback else []


def _read_range(form: AuthorForm, answer: Any, tolerance: float) -> Json:
    found = {end: read_number_answer(form, f"main-{end}") for end in ENDS}
    if tolerance:
        form.errors["tolerance"] = _("Enter a tolerance, or a range from–to, but not both.")
    if "" in (answer, *found.values()):
        return found
    low, high = map(to_fraction, found.values())
    if low > high:
        form.errors["main-to"] = _("The range must end after it begins.")
    elif not low <= to_fraction(answer) <= high:
        form.errors["answer"] = _("Enter a value inside the range. It is shown as the answer.")
    return found


def _is_main(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether another number says of the answer itself what it may be, or feedback."""
    if to_fraction(other["share"]) != 100 or row.get("answer", "") == "":
        return False
    answer, tolerance = to_fraction(row["answer"]), to_fraction(row.get("tolerance", 0))
    low, high = number_bounds(other)
    if "value" in other:
        return (low, high) == (answer - tolerance, answer + tolerance)
    return not tolerance and low <= answer <= high
