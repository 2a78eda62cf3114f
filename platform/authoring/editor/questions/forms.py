"""The form of a question of any kind, and the question that it makes.

Fields of an imported question that the form does not show are preserved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import (
    AuthorForm,
    Row,
    read_rows,
    with_rows,
    write_clock,
    write_plain,
)
from authoring.editor.questions import (
    answer_forms,
    credit_forms,
    hint_forms,
    parameter_forms,
    tag_forms,
)
from authoring.editor.questions.answer_forms import ANSWER_EDITORS
from authoring.editor.questions.file_forms import USUAL_KINDS
from authoring.formats.attune.questions import skills_of
from courses.models.question import RELATIONS
from courses.question_types.base import SPEC_FIELDS

Json = dict[str, Any]
MEDIUM: Final = 3
LEVELS: Final = ("1", "2", "3", "4", "5")
LISTS: Final = ("choices", "other", "wrong", "gaps", "criteria", "hints")
BLANKS: Final[dict[str, Row]] = {
    "choices": {"text": "", "feedback": "", "right": ""},
    "other": {"value": "", "tolerance": "0", "share": "50", "feedback": ""},
    "wrong": {"value": "", "tolerance": "0", "feedback": ""},
    "gaps": {"kind": "text", "answer": "", "compare": "words"},
    "criteria": {"text": "", "levels": ""},
    "hints": {"kind": "prompt", "text": "", "was": "", "reply": "", "tolerance": "0"},
}


def blank_row(name: str) -> Row:
    """Return a blank row for one of the lists."""
    return dict(BLANKS.get(name, {}))


def form_values(question: Mapping[str, Any]) -> Row:
    """Return the initial form fields."""
    typed = {
        "kind": question["type"],
        "relation": question.get("relation", ""),
        "stem": question.get("stem", ""),
        "prompt": question["prompt"],
        "explanation": question.get("explanation", ""),
        "difficulty": write_plain(question.get("difficulty", MEDIUM)),
        **{f"skill-{slug}": "on" for slug in skills_of(question)},
        **credit_forms.points_values(question),
        **tag_forms.tag_values(question),
        **_time_values(question),
        **parameter_forms.form_values(question.get("parameterised")),
        **answer_forms.form_values(question),
    }
    return with_rows(typed, "hints", hint_forms.form_rows(question.get("hints", [])))


def new_form_values(kind: str) -> Row:
    """Return the form fields of a new question, with some blank rows where the kind has rows."""
    typed = {"kind": kind, "difficulty": str(MEDIUM), "tolerance": "0", "compare": "words"}
    typed |= {"points": "1", "most_files": "1"}
    typed |= {f"file_{name}": "on" for name in USUAL_KINDS}
    rows = ANSWER_EDITORS[kind].blank_rows if kind in ANSWER_EDITORS else {}
    for name in ("choices", "gaps"):
        blanks = (blank_row(name) | row for row in rows.get(name, ()))
        typed = with_rows(typed, name, list(blanks))
    return typed


def _has_words(rows: list[Row]) -> bool:
    """Return whether anything was typed or selected in these rows."""
    return any(value.strip() for row in rows for name, value in row.items() if name != "id")


def switch_kind(typed: Mapping[str, str]) -> Row:
    """Return the form after a change of kind: with its rows, or some blank ones."""
    fresh = new_form_values(typed.get("kind", ""))
    filled = dict(typed)
    for name in ("choices", "gaps"):
        if not _has_words(read_rows(typed, name)):
            filled = with_rows(filled, name, read_rows(fresh, name))
    return fresh | filled


def read_question(
    form: AuthorForm,
    before: Mapping[str, Any],
    skills: list[str],
    length: float | None,
    tags: Collection[str] = (),
) -> Json:
    """Read the question; `length` is that of its video, if any, `tags` are those of the course.

    Errors are in `form.errors`.
    """
    kind = form.one_of("kind", tuple(ANSWER_EDITORS), _("Select the question type."))
    if kind not in ANSWER_EDITORS:
        return dict(before)
    shed = {*SPEC_FIELDS, "parameterised", "skill", "skills", "jump_back", "time"}
    kept = {name: value for name, value in before.items() if name not in shed}
    made = {
        "type": kind,
        "stem": form.text("stem"),
        "prompt": form.text("prompt", "" if form.typed.get("stem") else _("Enter the question.")),
        "explanation": form.text("explanation"),
        "difficulty": _read_difficulty(form),
        "hints": hint_forms.read_hints(form, before.get("hints", [])),
        **_read_skills(form, before, skills),
        **answer_forms.read_answer(kind, form, before),
    }
    if "relation" in before:
        made["relation"] = form.one_of("relation", RELATIONS[1:], _("Select easier or harder."))
    if length is not None:
        made |= _read_times(form, length)
    elif "points" in form.typed and "relation" not in before:
        made |= credit_forms.read_points(form)
    if "relation" not in before:
        made["tags"] = tag_forms.read_tags(form, tags)
    return {name: value for name, value in (kept | made).items() if _has_value(name, value)}


def _read_difficulty(form: AuthorForm) -> int:
    level = form.one_of("difficulty", LEVELS, _("Select a difficulty."))
    return int(level) if level in LEVELS else MEDIUM


def _has_value(name: str, value: Any) -> bool:
    """Return whether to store the value; a prompt is stored even if it is empty."""
    return name == "prompt" or value not in ("", None, [])


def _read_skills(form: AuthorForm, before: Mapping[str, Any], skills: list[str]) -> Json:
    """Read the skills: one as `skill`, more as a list; a variant may inherit its skills."""
    named = [slug for slug in skills if form.typed.get(f"skill-{slug}")]
    if not named and "relation" not in before:
        form.errors["skills"] = _("Select the skill it tests.")
    return {"skill": named[0]} if len(named) == 1 else {"skills": named}


def _time_values(question: Mapping[str, Any]) -> Row:
    times = {"time": question["time"]} if "time" in question else {}
    if "jump_back" in question:
        times |= zip(("from", "to"), question["jump_back"], strict=True)
    return {name: write_clock(value) for name, value in times.items()}


def _read_times(form: AuthorForm, length: float) -> Json:
    """Read the time at which the video pauses, and the section that explains the answer."""
    at = form.time("time", _("Enter the time at which the video pauses and asks."))
    if at is not None and length and at > length:
        form.errors["time"] = _("The video ends at {time}. Enter an earlier time.").format(
            time=write_clock(length)
        )
    start, end = form.time("from"), form.time("to")
    if (start is None) != (end is None):
        form.errors["to"] = _("Enter both the start and the end of the section, or neither.")
    elif start is not None and end is not None and at is not None and not start < end <= at:
        form.errors["to"] = _(
            "The section must end after it starts, and before the question is asked."
        )
    return {"time": at, "jump_back": None if start is None else [start, end]}
