"""What a question asks for, as a form: choices, numbers, words, an order, pairs, gaps.

Ids of choices stay what they are, because people's answers name them; a new one gets the next
letter that is free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editing.fields import Form, Row, plain, with_rows
from authoring.editing.reply_lines import (
    LETTERS,
    answer_of,
    choice_lines,
    choices_of,
    shown,
    unit_lines,
    units_of,
)
from courses import gaps

Json = dict[str, Any]
GAP_KINDS: Final = ("text", "numeric", "choice")
COMPARES: Final = ("words", "", "string", "arithmetic")
# All that one kind has and another has not: what is left of the old kind goes.
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
    """The part of the form that its kind has."""
    typed, rows = TYPED[question["type"]](question)
    for name, found in rows.items():
        typed = with_rows(typed, name, found)
    return typed


def read(kind: str, form: Form, before: Mapping[str, Any]) -> Json:
    """The part of the question that its kind has; `before` is the question until now."""
    made = READ[kind](form)
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
        "answer": shown(row.get("answer", "")),
        "accepted": "\n".join(row.get("accepted", ())),
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


def _typed_gaps(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    return {}, {"gaps": [_typed_gap(gap) for gap in row.get("parts", ())]}


def _typed_gap(gap: Mapping[str, Any]) -> Row:
    return {
        "id": gap["id"],
        "kind": gap["kind"],
        "answer": shown(gap.get("answer", "")),
        "accepted": "\n".join(gap.get("accepted", ())),
        "compare": gap.get("compare", "words"),
        "tolerance": plain(gap.get("tolerance", 0)),
        "units": unit_lines(gap.get("units", ())),
        "choices": choice_lines(gap.get("choices", ())),
    }


def _choices(form: Form) -> Json:
    rows = form.rows("choices")
    found: list[Json] = []
    for number, (row, id) in enumerate(zip(rows, _ids(rows), strict=True)):
        text = form.text(f"choices-{number}-text", _("Write the choice, or remove it."))
        words = {name: row.get(name, "").strip() for name in ("feedback", "misconception")}
        told = {name: value for name, value in words.items() if value}
        found.append({"id": id, "text": text, "correct": bool(row.get("correct")), **told})
    right = sum(choice["correct"] for choice in found)
    if len(found) < 2:
        form.errors["choices"] = _("Give at least two choices.")
    elif not right or (right > 1 and form.typed.get("kind") == "single"):
        form.errors["choices"] = (
            _("Mark one choice as right.")
            if form.typed.get("kind") == "single"
            else _("Mark at least one choice as right.")
        )
    return {"choices": found}


def _number(form: Form) -> Json:
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
        "value": form.number(f"{name}-value", _("Which number is it?")) or 0,
        "tolerance": form.number(f"{name}-tolerance", least=0) or 0,
        "feedback": form.text(f"{name}-feedback", _("Say what went wrong.")),
        "misconception": form.text(f"{name}-misconception"),
    }
    return {key: value for key, value in found.items() if value != ""}


def _text(form: Form) -> Json:
    found: Json = {"answer": form.text("answer", _("Write the answer.")), "compare": _compare(form)}
    accepted = form.lines("accepted")
    return found | ({"accepted": accepted} if accepted else {})


def _order(form: Form) -> Json:
    rows = form.rows("choices")
    found = [
        {"id": id, "text": form.text(f"choices-{number}-text", _("Write it, or remove it."))}
        for number, id in enumerate(_ids(rows))
    ]
    if len(found) < 2:
        form.errors["choices"] = _("Give at least two things to put in order.")
    return {"choices": found}


def _match(form: Form) -> Json:
    """Two rows with the same right side share one part."""
    rows = form.rows("choices")
    parts: dict[str, str] = {}
    known = iter(_new_ids({row.get("part", "") for row in rows}, prefix="p"))
    choices = []
    for number, (row, id) in enumerate(zip(rows, _ids(rows), strict=True)):
        left = form.text(f"choices-{number}-text", _("Write the left side, or remove the pair."))
        right = form.text(f"choices-{number}-right", _("Write what belongs to it."))
        if right not in parts:
            own = row.get("part", "")
            parts[right] = own if own and own not in parts.values() else next(known)
        choices.append({"id": id, "text": left, "match": parts[right]})
    for text in form.lines("extra"):
        parts.setdefault(text, next(known))
    if len(choices) < 2:
        form.errors["choices"] = _("Give at least two pairs.")
    return {"choices": choices, "parts": [{"id": id, "text": text} for text, id in parts.items()]}


def _cloze(form: Form) -> Json:
    """The gaps in the order of the prompt, which marks each as [[name]]."""
    marked = gaps.ids(form.typed.get("prompt", ""))
    rows = [_gap(form, number) for number in range(len(form.rows("gaps")))]
    known = {row["id"]: row for row in rows}
    if not marked:
        form.errors["prompt"] = _("Mark at least one gap in the question, such as [[1]].")
    elif len(set(marked)) < len(marked):
        form.errors["prompt"] = _("Each gap is marked once. Give them different names.")
    elif missing := [name for name in marked if name not in known]:
        form.errors["gaps"] = _("Say what belongs into [[{gap}]].").format(gap=missing[0])
    elif left := [name for name in known if name not in marked]:
        form.errors["gaps"] = _(
            "The question marks no [[{gap}]]. Mark it, or remove the gap."
        ).format(gap=left[0])
    return {"parts": [known[name] for name in marked if name in known]}


def _gap(form: Form, number: int) -> Json:
    name = f"gaps-{number}"
    head = {
        "id": form.text(f"{name}-id", _("Which gap is it?")),
        "kind": form.one_of(f"{name}-kind", GAP_KINDS, _("Choose words, a number or a list.")),
    }
    if head["kind"] == "choice":
        return head | {"choices": choices_of(form, f"{name}-choices")}
    if head["kind"] == "numeric":
        own: Json = {"tolerance": form.number(f"{name}-tolerance", least=0) or 0}
        units = units_of(form, f"{name}-units")
        own |= {"units": units} if units else {}
        return head | {"answer": answer_of(form, f"{name}-answer")} | own
    answer = form.text(f"{name}-answer", _("Write what belongs into the gap."))
    accepted = form.lines(f"{name}-accepted")
    told = {"compare": _compare(form, f"{name}-compare")}
    return head | {"answer": answer} | told | ({"accepted": accepted} if accepted else {})


Typed = Callable[[Mapping[str, Any]], tuple[Row, dict[str, list[Row]]]]
TYPED: Final[dict[str, Typed]] = {
    "single": _typed_choices,
    "multiple": _typed_choices,
    "numeric": _typed_number,
    "text": _typed_text,
    "order": _typed_choices,
    "match": _typed_match,
    "cloze": _typed_gaps,
}
READ: Final[dict[str, Callable[[Form], Json]]] = {
    "single": _choices,
    "multiple": _choices,
    "numeric": _number,
    "text": _text,
    "order": _order,
    "match": _match,
    "cloze": _cloze,
}


def _compare(form: Form, name: str = "compare") -> str:
    return form.one_of(name, COMPARES, _("Choose how strictly the answer is compared."))


def _ids(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The ids the rows have; the first of two that are alike keeps it."""
    taken: set[str] = set()
    fresh = iter(_new_ids({row.get("id", "") for row in rows}))
    found = []
    for row in rows:
        id = row.get("id", "")
        id = id if id and id not in taken else next(fresh)
        taken.add(id)
        found.append(id)
    return found


def _new_ids(taken: set[str], prefix: str = "") -> Iterable[str]:
    """a, b, c …, then a2, b2 …; none that is taken."""
    for turn in count(1):
        for letter in LETTERS:
            id = f"{prefix}{letter}{turn if turn > 1 else ''}"
            if id not in taken:
                yield id
