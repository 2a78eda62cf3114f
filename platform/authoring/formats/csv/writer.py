"""Writes the questions of a course as a table that spreadsheets open and our reader reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_features
from authoring.formats.csv.columns import (
    ANSWER_COLUMNS,
    FIRST_COLUMNS,
    LAST_COLUMNS,
    MAX_NUMBER,
    NUMBERED,
    escape_mark,
    guard_cell,
    join_parts,
)
from authoring.formats.question_builder import Json, write_short
from authoring.formats.text import text_conversion
from authoring.slugs import slug
from courses.questions import gap_marks
from privacy.safe_csv import csv_lines

SUPPORTED = frozenset(["explanation", "skills", "difficulty", "hints", "units", "wrong_answers"])


def write(package: Json) -> tuple[str, Counter[str]]:
    """Return the text of the table, and a count of what it cannot hold."""
    left_out: Counter[str] = Counter()
    unsupported_features.note_units(package, frozenset(["quiz"]), left_out)
    unsupported_features.note_columns(package, frozenset(), left_out)
    names = {row["slug"]: row["name"] for row in package["skills"]}
    rows = []
    for unit in unsupported_features.supported_quizzes(package, KINDS, left_out):
        unsupported_features.note_questions(unit["questions"], SUPPORTED, left_out)
        place = {"course": package["slug"], "course_title": package["title"]}
        place |= {"unit": unit["title"], "unit_id": unit["id"]}
        rows += [place | _question(row, names, left_out) for row in unit["questions"]]
    columns = _columns(rows)
    table = [columns]
    for row in rows:
        cells = {
            name: text_conversion.remove_pictures(cell, left_out) for name, cell in row.items()
        }
        table.append([guard_cell(cells.get(name, "").strip()) for name in columns])
    return "".join(csv_lines(table)), left_out


def _columns(rows: list[dict[str, str]]) -> list[str]:
    used = {name for row in rows for name in row}
    numbered = (f"{name}_{number}" for name in NUMBERED for number in range(1, MAX_NUMBER + 1))
    return [
        *FIRST_COLUMNS,
        *ANSWER_COLUMNS,
        *(name for name in numbered if name in used),
        *LAST_COLUMNS,
    ]


def _question(row: Json, names: dict[str, str], left_out: Counter[str]) -> dict[str, str]:
    skills = [_skill(one, names[one]) for one in row["skills"]]
    cells = {
        "id": row["id"],
        "kind": row["type"],
        "skills": join_parts(skills),
        "difficulty": str(row.get("difficulty", "")),
        "prompt": row["prompt"],
        "explanation": row.get("explanation", ""),
        **dict(_ANSWER_CELLS[row["type"]](row, left_out)),
        **_hint_cells(row, left_out),
    }
    return {name: cell for name, cell in cells.items() if cell}


def _skill(name: str, title: str) -> str:
    return title if slug(title, "skill") == name and "=" not in title else f"{name} = {title}"


def _hint_cells(row: Json, left_out: Counter[str]) -> dict[str, str]:
    hints = unsupported_features.note_scaffolds(row.get("hints", []), left_out)
    kinds = ["strategy"] * (len(hints) - 1) + ["worked_step"]
    left_out[_("type of hint")] += sum(
        hint["kind"] != kind for hint, kind in zip(hints, kinds, strict=False)
    )
    left_out[_("title of a hint")] += sum("title" in hint for hint in hints)
    return {f"hint_{number}": hint["text"] for number, hint in enumerate(hints, 1)}


Cells = Iterator[tuple[str, str]]


def _choice_cells(row: Json, _left_out: Counter[str]) -> Cells:
    for number, choice in enumerate(row["choices"], 1):
        yield f"choice_{number}", choice["text"]
        yield f"feedback_{number}", choice.get("feedback", "")
    right = [str(n) for n, one in enumerate(row["choices"], 1) if one.get("correct")]
    yield "right", " ".join(right)


def _match_cells(row: Json, left_out: Counter[str]) -> Cells:
    yield from _choice_cells(row, left_out)
    parts = {part["id"]: part["text"] for part in row["parts"]}
    named = [choice["match"] for choice in row["choices"]]
    others = [name for name in parts if name not in named]
    for number, name in enumerate([*named, *others], 1):
        yield f"match_{number}", parts[name]


def _text_cells(row: Json, _left_out: Counter[str]) -> Cells:
    yield "answer", str(row["answer"])
    yield "accepted", join_parts(row.get("accepted", []))
    compare = row.get("compare") or "string"
    yield "compare", "exact" if compare == "cased" else compare


def _number_cells(row: Json, _left_out: Counter[str]) -> Cells:
    yield "answer", str(row["answer"])
    yield "tolerance", write_short(row.get("tolerance", 0))
    units = [f"{unit['name']} = {write_short(unit['factor'])}" for unit in row.get("units", ())]
    yield "units", join_parts(units)
    with_feedback = [wrong for wrong in row.get("wrong_answers", ()) if wrong.get("feedback")]
    for number, wrong in enumerate(with_feedback, 1):
        tolerance = f" ± {write_short(wrong['tolerance'])}" if wrong["tolerance"] else ""
        yield f"wrong_{number}", f"{write_short(wrong['value'])}{tolerance}: {wrong['feedback']}"


def _gap_cells(row: Json, left_out: Counter[str]) -> Cells:
    """Write the gaps, and name them in the prompt by their columns."""
    names = [f"g{number}" for number in range(1, len(row["parts"]) + 1)]
    yield "prompt", gap_marks.rename_gaps(row["prompt"], names)
    for number, gap in enumerate(row["parts"], 1):
        yield f"gap_{number}", _gap_cell(gap, left_out)


def _gap_cell(gap: Json, left_out: Counter[str]) -> str:
    if gap["kind"] == "numeric":
        left_out[_("unit of a number")] += len(gap.get("units", ()))
        tolerance = f" ± {write_short(gap['tolerance'])}" if gap.get("tolerance") else ""
        return f"# {gap['answer']}{tolerance}"
    if gap["kind"] == "choice":
        marks = {True: "* ", False: ""}
        return join_parts(
            [marks[one["correct"]] + escape_mark(one["text"]) for one in gap["choices"]]
        )
    left_out[_("comparison method of a typed gap")] += (gap.get("compare") or "string") != "words"
    return join_parts([escape_mark(one) for one in (gap["answer"], *gap.get("accepted", ()))])


_ANSWER_CELLS: dict[str, Callable[[Json, Counter[str]], Cells]] = {
    "single": _choice_cells,
    "multiple": _choice_cells,
    "numeric": _number_cells,
    "text": _text_cells,
    "order": _choice_cells,
    "match": _match_cells,
    "cloze": _gap_cells,
}
KINDS = frozenset(_ANSWER_CELLS)
