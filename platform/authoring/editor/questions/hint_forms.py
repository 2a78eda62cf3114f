"""Hints and scaffolds of a question as a form, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from authoring.editor.questions.answer_lines import (
    read_choices,
    read_number_answer,
    write_choices,
    write_number_answer,
)
from courses.answers.numerals import current_language, write_formula

Json = dict[str, Any]
KINDS: Final = ("prompt", "strategy", "worked_step", "scaffold")
# The kinds of small questions that can be edited here; others stay as imported.
REPLY_KINDS: Final = ("numeric", "text", "single")
AS_IMPORTED: Final = "kept"


def form_rows(hints: list[Mapping[str, Any]]) -> list[Row]:
    return [_form_row(number, hint) for number, hint in enumerate(hints)]


def read_hints(form: AuthorForm, before: list[Mapping[str, Any]]) -> list[Json]:
    """Read the hints of the form; fields of a hint that the form does not show are preserved."""
    rows = form.rows("hints")
    found = [_read_hint(form, number, row, before) for number, row in enumerate(rows)]
    return _with_needs(found, rows, before)


def _form_row(number: int, hint: Mapping[str, Any]) -> Row:
    reply = hint.get("reply", {})
    kind = reply.get("type", "")
    return {
        "was": str(number),
        "kind": hint["kind"],
        "title": hint.get("title", ""),
        "text": hint["text"],
        "other": hint.get("other", ""),
        "reply": kind if kind in ("", *REPLY_KINDS) else AS_IMPORTED,
        "answer": _write_answer(reply),
        "tolerance": write_plain(reply.get("tolerance", 0)),
        "choices": write_choices(reply.get("choices", ())),
    }


def _write_answer(reply: Mapping[str, Any]) -> str:
    """Write the answer as it is typed; numbers, also in maths, follow the language."""
    answer = reply.get("answer", "")
    if reply.get("type") == "numeric":
        return write_number_answer(answer)
    maths = reply.get("compare") == "arithmetic"
    return write_formula(str(answer), current_language()) if maths else str(answer)


def _read_hint(form: AuthorForm, number: int, row: Row, before: list[Mapping[str, Any]]) -> Json:
    name = f"hints-{number}"
    was = row.get("was", "")
    old = before[int(was)] if was.isdecimal() and int(was) < len(before) else {}
    made = {
        "kind": form.one_of(f"{name}-kind", KINDS, _("Select the type of hint.")),
        "title": form.text(f"{name}-title"),
        "text": form.text(f"{name}-text", _("Enter the hint, or remove it.")),
        "other": form.text(f"{name}-other"),
        "id": old.get("id", ""),
        "source": old.get("source", ""),
    }
    made = {key: value for key, value in made.items() if value or key == "text"}
    if made.get("kind") != "scaffold":
        return made
    return made | {"reply": _read_reply(form, name, row, old.get("reply", {}))}


def _read_reply(form: AuthorForm, name: str, row: Row, old: Mapping[str, Any]) -> Json:
    if row.get("reply") == AS_IMPORTED and old:
        return dict(old)
    kind = form.one_of(f"{name}-reply", REPLY_KINDS, _("Select the answer type."))
    if kind == "single":
        return {
            "type": kind,
            "choices": read_choices(form, f"{name}-choices", old.get("choices", ())),
        }
    same = {key: old[key] for key in ("shown", "units", "accepted", "compare") if key in old}
    kept = same if old.get("type") == kind else {}
    if kind == "numeric":
        tolerance = form.number(f"{name}-tolerance", least=0) or 0
        return {**kept, "type": kind, "answer": read_number_answer(form, f"{name}-answer")} | (
            {"tolerance": tolerance} if tolerance else {}
        )
    strict = {"compare": "words"} if not kept else {}
    made = {**kept, **strict, "type": "text"}
    answer = form.text(f"{name}-answer", _("Enter the answer."))
    if made.get("compare") == "arithmetic":
        answer = form.formula(f"{name}-answer", answer)
    return {**made, "answer": answer}


def _with_needs(found: list[Json], rows: list[Row], before: list[Mapping[str, Any]]) -> list[Json]:
    """Preserve the `needs` of each hint where none was moved, added or removed."""
    same = [row.get("was", "") for row in rows] == [str(number) for number in range(len(before))]
    if not same:
        return found
    return [
        hint | ({"needs": old["needs"]} if "needs" in old else {})
        for hint, old in zip(found, before, strict=True)
    ]
