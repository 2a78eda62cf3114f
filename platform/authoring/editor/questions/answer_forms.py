"""The answer part of a question form: choices, numbers, words, an order, pairs, gaps.

Ids of choices, rows, parts and gaps never change, because stored answers refer to them; new ones
get new ids. Authors see gaps by number and never see an id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring import option_ids
from authoring.editor.form_parsing import Form, Row, plain, with_rows
from authoring.editor.questions import gap_forms
from authoring.editor.questions.answer_lines import (
    answer_of,
    shown,
    typed_wordings,
    unit_lines,
    units_of,
    wordings_of,
)

Json = dict[str, Any]
# The fields of each kind's answer; those of the former kind are removed.
OWN: Final = (
    "choices",
    "parts",
    "answer",
    "shown",
    "accepted",
    "units",
    "tolerance",
    "compare",
    "wrong_answers",
)


def typed_of(question: Mapping[str, Any]) -> Row:
    """Return the form fields for the question's kind."""
    typed, rows = TYPED[question["type"]](question)
    for name, found in rows.items():
        typed = with_rows(typed, name, found)
    return typed


def read(kind: str, form: Form, before: Mapping[str, Any]) -> Json:
    """Read the answer fields of the kind; `before` is the question before this edit."""
    made = READ[kind](form, before)
    same = "shown" in before and before.get("answer") == made.get("answer")
    return made | ({"shown": before["shown"]} if same else {})


def _typed_choices(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    names = ("id", "text", "feedback", "misconception")
    choices = [
        {name: choice.get(name, "") for name in names}
        | ({"correct": "on"} if choice.get("correct") else {})
        for choice in row.get("choices", ())
    ]
    return {}, {"choices": choices}


def _typed_number(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    wrong = [
        {
            "value": plain(each["value"]),
            "tolerance": plain(each["tolerance"]),
            "feedback": each.get("feedback", ""),
            "misconception": each.get("misconception", ""),
        }
        for each in row.get("wrong_answers", ())
    ]
    typed = {"answer": shown(row.get("answer", "")), "tolerance": plain(row.get("tolerance", 0))}
    return typed | {"units": unit_lines(row.get("units", ()))}, {"wrong": wrong}


def _typed_text(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    return {
        **typed_wordings(row),
        "compare": row.get("compare", "words"),
    }, {}


def _typed_match(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    texts = {part["id"]: part["text"] for part in row.get("parts", ())}
    used = {choice["match"] for choice in row.get("choices", ()) if "match" in choice}
    pairs = [
        {
            "id": choice["id"],
            "text": choice["text"],
            "part": choice.get("match", ""),
            "right": texts.get(choice.get("match", ""), ""),
        }
        for choice in row.get("choices", ())
    ]
    extra = [text for id, text in texts.items() if id not in used]
    return {"extra": "\n".join(extra)}, {"choices": pairs}


def _choices(form: Form, _before: Mapping[str, Any]) -> Json:
    rows = form.rows("choices")
    found: list[Json] = []
    for number, (row, id) in enumerate(zip(rows, _ids(rows), strict=True)):
        text = form.text(f"choices-{number}-text", _("Enter the choice, or remove it."))
        words = {name: row.get(name, "").strip() for name in ("feedback", "misconception")}
        told = {name: value for name, value in words.items() if value}
        found.append({"id": id, "text": text, "correct": bool(row.get("correct")), **told})
    right = sum(choice["correct"] for choice in found)
    if len(found) < 2:
        form.errors["choices"] = _("Add at least two choices.")
    elif not right or (right > 1 and form.typed.get("kind") == "single"):
        form.errors["choices"] = (
            _("Mark one choice as correct.")
            if form.typed.get("kind") == "single"
            else _("Mark at least one choice as correct.")
        )
    return {"choices": found}


def _number(form: Form, _before: Mapping[str, Any]) -> Json:
    made = {
        "answer": answer_of(form, "answer"),
        "tolerance": form.number("tolerance", least=0) or 0,
        "units": units_of(form, "units"),
        "wrong_answers": [_wrong(form, number) for number in range(len(form.rows("wrong")))],
    }
    return {name: value for name, value in made.items() if value not in ([], "")}


def _wrong(form: Form, number: int) -> Json:
    name = f"wrong-{number}"
    found = {
        "value": form.number(f"{name}-value", _("Enter the wrong number.")) or 0,
        "tolerance": form.number(f"{name}-tolerance", least=0) or 0,
        "feedback": form.text(f"{name}-feedback", _("Enter feedback for this wrong number.")),
        "misconception": form.text(f"{name}-misconception"),
    }
    return {key: value for key, value in found.items() if value != ""}


def _text(form: Form, _before: Mapping[str, Any]) -> Json:
    return wordings_of(form, "", _("Enter the answer."))


def _order(form: Form, _before: Mapping[str, Any]) -> Json:
    rows = form.rows("choices")
    found = [
        {
            "id": id,
            "text": form.text(f"choices-{number}-text", _("Enter a text, or remove this row.")),
        }
        for number, id in enumerate(_ids(rows))
    ]
    if len(found) < 2:
        form.errors["choices"] = _("Add at least two items to put in order.")
    return {"choices": found}


def _match(form: Form, before: Mapping[str, Any]) -> Json:
    """Read the pairs; two rows with the same right side share one part."""
    rows = form.rows("choices")
    parts: dict[str, str] = {}
    taken = {row.get("part", "") for row in rows}
    choices = []
    for number, (row, id) in enumerate(zip(rows, _ids(rows), strict=True)):
        left = form.text(f"choices-{number}-text", _("Enter the left side, or remove the pair."))
        right = form.text(f"choices-{number}-right", _("Enter the right side."))
        if right not in parts:
            own = row.get("part", "")
            parts[right] = own if own and own not in parts.values() else option_ids.drawn(taken)
        choices.append({"id": id, "text": left, "match": parts[right]})
    others = [text for text in form.lines("extra") if text not in parts]
    had = [part for part in before.get("parts", ()) if part["id"] not in parts.values()]
    parts |= zip(others, option_ids.kept_by_text(had, others), strict=True)
    if len(choices) < 2:
        form.errors["choices"] = _("Add at least two pairs.")
    return {"choices": choices, "parts": [{"id": id, "text": text} for text, id in parts.items()]}


Typed = Callable[[Mapping[str, Any]], tuple[Row, dict[str, list[Row]]]]
TYPED: Final[dict[str, Typed]] = {
    "single": _typed_choices,
    "multiple": _typed_choices,
    "numeric": _typed_number,
    "text": _typed_text,
    "order": _typed_choices,
    "match": _typed_match,
    "cloze": gap_forms.typed_gaps,
}
READ: Final[dict[str, Callable[[Form, Mapping[str, Any]], Json]]] = {
    "single": _choices,
    "multiple": _choices,
    "numeric": _number,
    "text": _text,
    "order": _order,
    "match": _match,
    "cloze": gap_forms.read_gaps,
}


def _ids(rows: Sequence[Mapping[str, str]]) -> list[str]:
    return option_ids.completed([row.get("id", "") for row in rows])
