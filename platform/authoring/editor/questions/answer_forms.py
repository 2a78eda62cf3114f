"""The answer part of a question form: choices, numbers, words, an order, pairs, gaps.

Ids of choices, rows, parts and gaps never change, because stored answers refer to them; new ones
get new ids. Authors see gaps by number and never see an id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring import option_ids
from authoring.editor.form_parsing import AuthorForm, Row, with_rows, write_plain
from authoring.editor.questions import (
    area_forms,
    credit_forms,
    file_forms,
    gap_forms,
    main_number,
    parameter_forms,
    rubric_forms,
)
from authoring.editor.questions.answer_lines import (
    read_units,
    read_wordings,
    write_units,
    write_wordings,
)

Json = dict[str, Any]


def form_values(question: Mapping[str, Any]) -> Row:
    """Return the form fields for the question's kind."""
    typed, rows = ANSWER_EDITORS[question["type"]].write(question)
    for name, found in rows.items():
        typed = with_rows(typed, name, found)
    return typed


def read_answer(kind: str, form: AuthorForm, before: Mapping[str, Any]) -> Json:
    """Read the answer fields of the kind; `before` is the question before this edit."""
    made = ANSWER_EDITORS[kind].read(form, before)
    same = "shown" in before and before.get("answer") == made.get("answer")
    return made | ({"shown": before["shown"]} if same else {})


def _choice_values(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    names = ("id", "text", "feedback", "misconception")
    choices = [
        {name: choice.get(name, "") for name in names}
        | ({"correct": "on"} if choice.get("correct") else {})
        | {"share": credit_forms.write_share(choice)}
        for choice in row.get("choices", ())
    ]
    return credit_forms.partial_values(row), {"choices": choices}


def _number_values(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    wrong = [
        {
            "value": write_plain(each["value"]),
            "tolerance": write_plain(each["tolerance"]),
            "feedback": each.get("feedback", ""),
            "misconception": each.get("misconception", ""),
        }
        for each in row.get("wrong_answers", ())
    ]
    typed, rest = main_number.split_main(row)
    rows = {"other": credit_forms.other_values(rest), "wrong": wrong}
    return typed | {"units": write_units(row.get("units", ()))}, rows


def _text_values(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    return write_wordings(row), {}


def _match_values(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
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
    return credit_forms.partial_values(row) | {"extra": "\n".join(extra)}, {"choices": pairs}


def _read_single(form: AuthorForm, _before: Mapping[str, Any]) -> Json:
    found = _read_choices(form, least=credit_forms.NONE, correct_too=False)
    if sum(choice["correct"] for choice in found) != 1:
        form.errors.setdefault("choices", _("Mark one choice as correct."))
    return {"choices": found}


def _read_multiple(form: AuthorForm, _before: Mapping[str, Any]) -> Json:
    found = _read_choices(form, least=-credit_forms.ALL, correct_too=True)
    if not any(choice["correct"] for choice in found):
        form.errors.setdefault("choices", _("Mark at least one choice as correct."))
    credit_forms.check_shares(form, found)
    return {"choices": found, **credit_forms.read_partial(form)}


def _read_choices(form: AuthorForm, *, least: Decimal, correct_too: bool) -> list[Json]:
    """Read the choices; a wrong one may have a share of the points from `least` percent on."""
    rows = form.rows("choices")
    all_right = (credit_forms.LEAST, credit_forms.ALL)
    most_wrong = credit_forms.NONE if correct_too else credit_forms.MOST_WRONG
    found: list[Json] = []
    for number, (row, id) in enumerate(zip(rows, _ids(rows), strict=True)):
        text = form.text(f"choices-{number}-text", _("Enter the choice, or remove it."))
        words = {name: row.get(name, "").strip() for name in ("feedback", "misconception")}
        filled: Json = {name: value for name, value in words.items() if value}
        correct = bool(row.get("correct"))
        if correct_too or not correct:
            bounds = all_right if correct else (least, most_wrong)
            filled |= credit_forms.read_choice_share(
                form, f"choices-{number}-share", least=bounds[0], most=bounds[1]
            )
        found.append({"id": id, "text": text, "correct": correct, **filled})
    if len(found) < 2:
        form.errors["choices"] = _("Add at least two choices.")
    return found


def _read_number(form: AuthorForm, _before: Mapping[str, Any]) -> Json:
    main, own_range = main_number.read_main(form)
    made = {
        **main,
        "units": read_units(form, "units"),
        "other_answers": [*own_range, *credit_forms.read_others(form)],
        "wrong_answers": [
            _read_wrong_number(form, number) for number in range(len(form.rows("wrong")))
        ],
        "parameterised": parameter_forms.read_parameters(form),
    }
    return {name: value for name, value in made.items() if value not in (None, [], "")}


def _read_wrong_number(form: AuthorForm, number: int) -> Json:
    name = f"wrong-{number}"
    found = {
        "value": form.number(f"{name}-value", _("Enter the wrong number.")) or 0,
        "tolerance": form.number(f"{name}-tolerance", least=0) or 0,
        "feedback": form.text(f"{name}-feedback", _("Enter feedback for this wrong number.")),
        "misconception": form.text(f"{name}-misconception"),
    }
    return {key: value for key, value in found.items() if value != ""}


def _read_text(form: AuthorForm, _before: Mapping[str, Any]) -> Json:
    return read_wordings(form, "", _("Enter the answer."))


def _read_order(form: AuthorForm, _before: Mapping[str, Any]) -> Json:
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
    return {"choices": found, **credit_forms.read_partial(form)}


def _read_match(form: AuthorForm, before: Mapping[str, Any]) -> Json:
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
            parts[right] = own if own and own not in parts.values() else option_ids.draw_id(taken)
        choices.append({"id": id, "text": left, "match": parts[right]})
    others = [text for text in form.lines("extra") if text not in parts]
    had = [part for part in before.get("parts", ()) if part["id"] not in parts.values()]
    parts |= zip(others, option_ids.keep_ids_by_text(had, others), strict=True)
    if len(choices) < 2:
        form.errors["choices"] = _("Add at least two pairs.")
    rights = [{"id": id, "text": text} for text, id in parts.items()]
    return {"choices": choices, "parts": rights, **credit_forms.read_partial(form)}


def _ids(rows: Sequence[Mapping[str, str]]) -> list[str]:
    return option_ids.complete_ids([row.get("id", "") for row in rows])


@dataclass(frozen=True, slots=True)
class AnswerEditor:
    """The part of the form for one question type: its template, and how it is written and read.

    `blank_rows` are those of a new question, by list; each holds what a blank row does not.
    """

    template: str
    write: Callable[[Mapping[str, Any]], tuple[Row, dict[str, list[Row]]]]
    read: Callable[[AuthorForm, Mapping[str, Any]], Json]
    blank_rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)


_THREE_CHOICES: Final[Mapping[str, Sequence[Row]]] = {"choices": ({}, {}, {})}
ANSWER_EDITORS: Final = {
    "single": AnswerEditor(
        "authoring/answers/_choices.html", _choice_values, _read_single, _THREE_CHOICES
    ),
    "multiple": AnswerEditor(
        "authoring/answers/_choices.html", _choice_values, _read_multiple, _THREE_CHOICES
    ),
    "numeric": AnswerEditor("authoring/answers/_number.html", _number_values, _read_number),
    "text": AnswerEditor("authoring/answers/_text.html", _text_values, _read_text),
    "order": AnswerEditor(
        "authoring/answers/_order.html", _choice_values, _read_order, _THREE_CHOICES
    ),
    "match": AnswerEditor(
        "authoring/answers/_pairs.html", _match_values, _read_match, _THREE_CHOICES
    ),
    "cloze": AnswerEditor(
        "authoring/answers/_gaps.html",
        gap_forms.gaps_values,
        gap_forms.read_gaps,
        {"gaps": ({"id": "1"},)},
    ),
    "hotspot": AnswerEditor(
        "authoring/answers/_areas.html",
        area_forms.write_areas,
        area_forms.read_areas,
        {"choices": ({}, {})},
    ),
    "file": AnswerEditor(
        "authoring/answers/_file.html", file_forms.write_files, file_forms.read_files
    ),
    "essay": AnswerEditor(
        "authoring/answers/_essay.html", rubric_forms.write_essay, rubric_forms.read_essay
    ),
}
