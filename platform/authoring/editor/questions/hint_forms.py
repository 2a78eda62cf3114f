"""Hints and scaffolds of a question as a form, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import Form, Row, plain
from authoring.editor.questions.answer_lines import answer_of, choice_lines, choices_of, shown
from courses.answers.numerals import current_language, write_formula

Json = dict[str, Any]
KINDS: Final = ("prompt", "strategy", "worked_step", "scaffold")
# The kinds of small questions that can be edited here; others stay as imported.
REPLIES: Final = ("numeric", "text", "single")
KEPT: Final = "kept"


def typed_of(hints: list[Mapping[str, Any]]) -> list[Row]:
    return [_typed(number, hint) for number, hint in enumerate(hints)]


def read(form: Form, before: list[Mapping[str, Any]]) -> list[Json]:
    """Read the hints of the form; fields of a hint that the form does not show are preserved."""
    rows = form.rows("hints")
    found = [_hint(form, number, row, before) for number, row in enumerate(rows)]
    return _with_needs(found, rows, before)


def _typed(number: int, hint: Mapping[str, Any]) -> Row:
    reply = hint.get("reply", {})
    kind = reply.get("type", "")
    return {
        "was": str(number),
        "kind": hint["kind"],
        "title": hint.get("title", ""),
        "text": hint["text"],
        "other": hint.get("other", ""),
        "reply": kind if kind in ("", *REPLIES) else KEPT,
        "answer": _write_answer(reply),
        "tolerance": plain(reply.get("tolerance", 0)),
        "choices": choice_lines(reply.get("choices", ())),
    }


def _write_answer(reply: Mapping[str, Any]) -> str:
    """Write the answer as it is typed; numbers, also in maths, follow the language."""
    answer = reply.get("answer", "")
    if reply.get("type") == "numeric":
        return shown(answer)
    maths = reply.get("compare") == "arithmetic"
    return write_formula(str(answer), current_language()) if maths else str(answer)


def _hint(form: Form, number: int, row: Row, before: list[Mapping[str, Any]]) -> Json:
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
    return made | {"reply": _reply(form, name, row, old.get("reply", {}))}


def _reply(form: Form, name: str, row: Row, old: Mapping[str, Any]) -> Json:
    if row.get("reply") == KEPT and old:
        return dict(old)
    kind = form.one_of(f"{name}-reply", REPLIES, _("Select the answer type."))
    if kind == "single":
        return {
            "type": kind,
            "choices": choices_of(form, f"{name}-choices", old.get("choices", ())),
        }
    same = {key: old[key] for key in ("shown", "units", "accepted", "compare") if key in old}
    kept = same if old.get("type") == kind else {}
    if kind == "numeric":
        tolerance = form.number(f"{name}-tolerance", least=0) or 0
        return {**kept, "type": kind, "answer": answer_of(form, f"{name}-answer")} | (
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
