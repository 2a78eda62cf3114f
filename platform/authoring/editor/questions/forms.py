"""The form of a question of any kind, and the question that it makes.

Fields of an imported question that the form does not show are preserved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import Form, Row, clock_of, rows_of, with_rows
from authoring.editor.questions import answer_forms, gap_forms, hint_forms, parameter_forms
from authoring.formats.attune.questions import skills_of
from courses.models.question import KINDS, RELATIONS

Json = dict[str, Any]
MEDIUM: Final = 3
LEVELS: Final = ("1", "2", "3", "4", "5")
LISTS: Final = ("choices", "wrong", "gaps", "hints")
BLANKS: Final[dict[str, Row]] = {
    "choices": {"text": "", "feedback": "", "right": ""},
    "wrong": {"value": "", "tolerance": "0", "feedback": ""},
    "gaps": {"kind": "text", "answer": "", "compare": "words"},
    "hints": {"kind": "prompt", "text": "", "was": "", "reply": "", "tolerance": "0"},
}


def blank(name: str) -> Row:
    """Return a blank row for one of the lists."""
    return dict(BLANKS.get(name, {}))


def typed_of(question: Mapping[str, Any]) -> Row:
    """Return the initial form fields."""
    typed = {
        "kind": question["type"],
        "relation": question.get("relation", ""),
        "stem": question.get("stem", ""),
        "prompt": gap_forms.prompt_of(question),
        "explanation": question.get("explanation", ""),
        "difficulty": str(question.get("difficulty", MEDIUM)),
        **{f"skill-{slug}": "on" for slug in skills_of(question)},
        **_times(question),
        **parameter_forms.typed_of(question.get("parameterised")),
        **answer_forms.typed_of(question),
    }
    return with_rows(typed, "hints", hint_forms.typed_of(question.get("hints", [])))


def begun(kind: str) -> Row:
    """Return the form fields of a new question, with some blank rows where the kind has rows."""
    typed = {"kind": kind, "difficulty": str(MEDIUM), "tolerance": "0", "compare": "words"}
    rows = {"single": 3, "multiple": 3, "order": 3, "match": 3}.get(kind, 0)
    typed = with_rows(typed, "choices", [blank("choices") for _ in range(rows)])
    return with_rows(typed, "gaps", [blank("gaps") | {"id": "1"}] if kind == "cloze" else [])


def with_kind(typed: Mapping[str, str]) -> Row:
    """Return the form after a change of kind: with its rows, or some blank ones."""
    fresh = begun(typed.get("kind", ""))
    filled = dict(typed)
    for name in ("choices", "gaps"):
        if not rows_of(typed, name):
            filled = with_rows(filled, name, rows_of(fresh, name))
    return fresh | filled


def read(form: Form, before: Mapping[str, Any], skills: list[str], length: float | None) -> Json:
    """Read the question; `length` is that of its video, if any. Errors are in `form.errors`."""
    kind = form.one_of("kind", KINDS, _("Select the question type."))
    if kind not in KINDS:
        return dict(before)
    shed = {*answer_forms.OWN, "parameterised", "skill", "skills", "jump_back", "time"}
    kept = {name: value for name, value in before.items() if name not in shed}
    made = {
        "type": kind,
        "stem": form.text("stem"),
        "prompt": form.text("prompt", "" if form.typed.get("stem") else _("Enter the question.")),
        "explanation": form.text("explanation"),
        "difficulty": int(form.one_of("difficulty", LEVELS, _("Select a difficulty.")) or MEDIUM),
        "hints": hint_forms.read(form, before.get("hints", [])),
        **_skills(form, before, skills),
        **answer_forms.read(kind, form, before),
    }
    if kind == "numeric":
        made["parameterised"] = parameter_forms.read(form)
    if "relation" in before:
        made["relation"] = form.one_of("relation", RELATIONS[1:], _("Select easier or harder."))
    if length is not None:
        made |= _moments(form, length)
    return {name: value for name, value in (kept | made).items() if _counts(name, value)}


def _counts(name: str, value: Any) -> bool:
    """Return whether to store the value; a prompt is stored even if it is empty."""
    return name == "prompt" or value not in ("", None, [])


def _skills(form: Form, before: Mapping[str, Any], skills: list[str]) -> Json:
    """Read the skills: one as `skill`, more as a list; a variant may inherit its skills."""
    named = [slug for slug in skills if form.typed.get(f"skill-{slug}")]
    if not named and "relation" not in before:
        form.errors["skills"] = _("Select the skill it tests.")
    return {"skill": named[0]} if len(named) == 1 else {"skills": named}


def _times(question: Mapping[str, Any]) -> Row:
    times = {"time": question["time"]} if "time" in question else {}
    if "jump_back" in question:
        times |= zip(("from", "to"), question["jump_back"], strict=True)
    return {name: clock_of(value) for name, value in times.items()}


def _moments(form: Form, length: float) -> Json:
    """Read the time at which the video pauses, and the section that explains the answer."""
    at = form.time("time", _("Enter the time at which the video pauses and asks."))
    if at is not None and length and at > length:
        form.errors["time"] = _("The video ends at {time}. Enter an earlier time.").format(
            time=clock_of(length)
        )
    start, end = form.time("from"), form.time("to")
    if (start is None) != (end is None):
        form.errors["to"] = _("Enter both the start and the end of the section, or neither.")
    elif start is not None and end is not None and at is not None and not start < end <= at:
        form.errors["to"] = _(
            "The section must end after it starts, and before the question is asked."
        )
    return {"time": at, "jump_back": None if start is None else [start, end]}
