"""The gaps of a text as a form: an Author sees them by number, never by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from authoring import option_ids
from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from authoring.editor.questions import credit_forms
from authoring.editor.questions.answer_lines import (
    read_choices,
    read_number_answer,
    read_units,
    read_wordings,
    write_choices,
    write_number_answer,
    write_units,
    write_wordings,
)
from courses.questions import gap_marks

Json = dict[str, Any]


def gaps_values(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    """Return the gaps, and the prompt as an Author writes it: gaps are numbered in order."""
    prompt = str(row["prompt"])
    count = len(gap_marks.find_gap_ids(prompt))
    names = [str(number) for number in range(1, count + 1)]
    gaps = [_gap_values(gap, number) for number, gap in enumerate(row.get("parts", ()), 1)]
    typed = {"prompt": gap_marks.rename_gaps(prompt, names)}
    return typed | credit_forms.partial_values(row), {"gaps": gaps}


def _gap_values(gap: Mapping[str, Any], number: int) -> Row:
    return {
        "id": str(number),
        "key": gap["id"],
        "kind": gap["kind"],
        "compare": "words",
        **_answer_values(gap),
        "tolerance": write_plain(gap.get("tolerance", 0)),
        "units": write_units(gap.get("units", ())),
        "choices": write_choices(gap.get("choices", ())),
    }


def _answer_values(gap: Mapping[str, Any]) -> Row:
    if gap["kind"] == "text":
        return write_wordings(gap)
    return {"answer": write_number_answer(gap.get("answer", "")), "accepted": ""}


def read_gaps(form: AuthorForm, before: Mapping[str, Any]) -> Json:
    """Read the gaps in the order of the prompt, which marks each as [[name]].

    The names are those of the form. A known gap keeps its id, a new one gets one.
    """
    prompt = form.text("prompt")
    marked = gap_marks.find_gap_ids(prompt)
    had = {gap["id"]: gap for gap in before.get("parts", ())}
    keys = [row.get("key", "") for row in form.rows("gaps")]
    ids = option_ids.complete_ids([key if key in had else "" for key in keys])
    known = {
        form.text(f"gaps-{number}-id", _("Enter the name of the gap.")): _read_gap(
            form, number, id, had
        )
        for number, id in enumerate(ids)
    }
    if not marked:
        form.errors["prompt"] = _("Mark at least one gap in the question, such as [[1]].")
    elif len(set(marked)) < len(marked):
        form.errors["prompt"] = _(
            "Each gap can be marked only once. Give the gaps different names."
        )
    elif missing := [name for name in marked if name not in known]:
        form.errors["gaps"] = _("Add the gap [[{gap}]] and its answer.").format(gap=missing[0])
    elif left := [name for name in known if name not in marked]:
        form.errors["gaps"] = _(
            "The question does not contain [[{gap}]]. Add it, or remove the gap."
        ).format(gap=left[0])
    names = [known[name]["id"] if name in known else name for name in marked]
    parts = [known[name] for name in marked if name in known]
    return {
        "prompt": gap_marks.rename_gaps(prompt, names),
        "parts": parts,
        **credit_forms.read_partial(form),
    }


def _read_gap(form: AuthorForm, number: int, id: str, had: Mapping[str, Mapping[str, Any]]) -> Json:
    name = f"gaps-{number}"
    head = {
        "id": id,
        "kind": form.one_of(
            f"{name}-kind",
            tuple(gap_marks.GAP_KINDS),
            _("Select short answer, numerical or choice from a list."),
        ),
    }
    if head["kind"] == "choice":
        choices = had.get(id, {}).get("choices", ())
        return head | {"choices": read_choices(form, f"{name}-choices", choices)}
    if head["kind"] == "numeric":
        own: Json = {"tolerance": form.number(f"{name}-tolerance", least=0) or 0}
        units = read_units(form, f"{name}-units")
        own |= {"units": units} if units else {}
        return head | {"answer": read_number_answer(form, f"{name}-answer")} | own
    return head | read_wordings(form, f"{name}-", _("Enter the answer for the gap."))
