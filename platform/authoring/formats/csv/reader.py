"""Reads a table of questions; errors name their row and column."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.formats.course_builder import CourseBuilder, Package, require_one
from authoring.formats.csv.columns import (
    FIRST_COLUMNS,
    cell_place,
    is_column,
    read_header,
    remove_guards,
    split_parts,
    unescape_mark,
)
from authoring.formats.question_builder import (
    BuiltChoice,
    BuiltWrongNumber,
    Json,
    as_json,
    choice_question,
    match_question,
    numeric_question,
    order_question,
    plain_number,
    text_question,
    without_blanks,
)
from authoring.formats.text import text_conversion
from authoring.formats.text.safe_xml import decode
from authoring.media.storage import MediaShelf
from authoring.option_ids import ids_of_gaps
from authoring.slugs import course_slug, digest, make_title, slug
from authoring.translatable_message import TranslatableMessage, message
from courses.models.question import COMPARE
from courses.questions import gap_marks

MAX_ROWS = 20_000
_FRACTION = re.compile(r"-?\d+/[1-9]\d*")
Row = dict[str, str]


def fits(package: Package) -> bool:
    return len(_files(package)) == 1 == len(package.files())


def slug_of(package: Package) -> str:
    return _slug_and_title(_read_rows(package), package)[0]


def read(package: Package, _shelf: MediaShelf) -> tuple[Json, Counter[str]]:
    """Return the content of course.json; a row with an error is refused, never left out."""
    builder = CourseBuilder()
    rows = [
        {
            name: text_conversion.remove_pictures(cell, builder.left_out)
            for name, cell in row.items()
        }
        for row in _read_rows(package)
    ]
    quizzes: dict[tuple[str, str], tuple[str, list[Json]]] = {}
    for number, row in enumerate(rows, 2):
        title = row.get("unit") or "Questions"
        name = row.get("unit_id", "")
        question = _TableRow(package.name, number, row).read_question(builder)
        quizzes.setdefault((name, "" if name else title), (title, []))[1].append(question)
    for (name, _title), (title, questions) in quizzes.items():
        builder.add_quiz(name or slug(title, "quiz"), title, questions)
    name, title = _slug_and_title(rows, package)
    return builder.build_course(name, title), builder.left_out


def _files(package: Package) -> list[Path]:
    return [path for path in package.files() if _looks_like(path)]


def _looks_like(path: Path) -> bool:
    """Return whether the first line has the required columns."""
    with path.open("rb") as file:
        head = file.read(4096)
    text = head.decode(
        "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace"
    )
    first = text.split("\n")[0].lower()
    names = [
        name.strip().strip('"') for name in first.replace(";", ",").replace("\t", ",").split(",")
    ]
    return sum(is_column(name) for name in names) >= 2 and "{" not in first


def _read_rows(package: Package) -> list[Row]:
    file = require_one(_files(package), _("expected one table, found {found}"), package.name)
    text = decode(file.read_bytes(), file.name)
    first = text.split("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error as error:
        raise BrokenPackage(
            file.name, "", message(_("expected a CSV table: {problem}"), problem=str(error))
        ) from error
    if len(cells) > MAX_ROWS:
        raise BrokenPackage(
            file.name, "", message(_("expected at most {most} rows"), most=MAX_ROWS)
        )
    names = read_header(file.name, cells[0])
    return [
        _read_row(file.name, number, names, row)
        for number, row in enumerate(cells[1:], 2)
        if any(row)
    ]


def _read_row(file: str, number: int, names: list[str], cells: list[str]) -> Row:
    if len(cells) > len(names):
        what = message(
            _("expected at most {most} cells, found {found}"), most=len(names), found=len(cells)
        )
        raise BrokenPackage(file, message(_("row {row}"), row=number), what)
    exported = tuple(names[: len(FIRST_COLUMNS)]) == FIRST_COLUMNS
    texts = (remove_guards(cell.strip(), exported=exported) for cell in cells)
    found = zip(names, texts, strict=False)
    return {name: cell for name, cell in found if cell}


def _slug_and_title(rows: list[Row], package: Package) -> tuple[str, str]:
    first = rows[0] if rows else {}
    name = first.get("course", package.name)
    return course_slug(name), first.get("course_title", make_title(name))


class _TableRow:
    """One row that is being converted to a question."""

    def __init__(self, file: str, number: int, cells: Row) -> None:
        self._file, self._place, self._cells = file, number, cells

    def read_question(self, builder: CourseBuilder) -> Json:
        kind = self._cells.get("kind", "")
        if kind not in _READERS:
            self._refuse(
                "kind",
                message(
                    _("expected {kinds}, found {kind!r}"), kinds=", ".join(_READERS), kind=kind[:40]
                ),
            )
        prompt = self._cells.get("prompt") or self._refuse(
            "prompt", _("expected a text, found none")
        )
        made = _READERS[kind](self, prompt)
        skills = [
            self._read_skill(text, builder) for text in split_parts(self._cells.get("skills", ""))
        ]
        texts = [text for _at, text in self._numbered("hint")]
        kinds = ["strategy"] * (len(texts) - 1) + ["worked_step"]
        hints = [{"kind": kind, "text": text} for kind, text in zip(kinds, texts, strict=False)]
        more: Json = {
            "skills": skills,
            "explanation": self._cells.get("explanation"),
            "hints": hints,
        }
        more |= {"difficulty": self._read_difficulty()}
        name = self._cells.get("id") or f"q-{digest(prompt)}"
        return {"id": name, **made, **without_blanks(more)}

    def read_single(self, prompt: str) -> Json:
        return choice_question(prompt, self._read_choices(several=False), several=False)

    def read_multiple(self, prompt: str) -> Json:
        return choice_question(prompt, self._read_choices(several=True), several=True)

    def read_text(self, prompt: str) -> Json:
        given = self._cells.get("compare", "words")
        compare = "cased" if given == "exact" else given
        if compare not in COMPARE:
            self._refuse(
                "compare",
                message(
                    _("expected exact, words, string or arithmetic, found {compare!r}"),
                    compare=given,
                ),
            )
        found = text_question(prompt, [self._require("answer")], compare)
        return found | without_blanks({"accepted": split_parts(self._cells.get("accepted", ""))})

    def read_order(self, prompt: str) -> Json:
        return order_question(prompt, [text for _at, text in self._numbered("choice", least=2)])

    def _read_choices(self, *, several: bool) -> list[BuiltChoice]:
        rows = self._numbered("choice", least=2)
        right = self._require("right").replace(",", " ").split()
        known = {str(number) for number, _text in rows}
        if not known.issuperset(right) or (not several and len(right) != 1):
            self._refuse(
                "right", _("expected the numbers of the correct choices, such as 2 or 1 3")
            )
        return [
            BuiltChoice(text, str(number) in right, self._cells.get(f"feedback_{number}", ""))
            for number, text in rows
        ]

    def read_numeric(self, prompt: str) -> Json:
        answer = self._require("answer")
        found = answer if _FRACTION.fullmatch(answer) else self._read_number("answer", answer)
        tolerance = float(self._read_number("tolerance", self._cells.get("tolerance", "0")))
        wrong = [self._read_wrong(number, text) for number, text in self._numbered("wrong")]
        units = [self._read_unit(text) for text in split_parts(self._cells.get("units", ""))]
        return numeric_question(prompt, found, abs(tolerance), wrong, units)

    def _read_wrong(self, number: int, text: str) -> BuiltWrongNumber:
        """Read `5 ± 0.1: feedback`."""
        value, _colon, feedback = text.partition(":")
        middle, _sign, tolerance_text = value.partition("±")
        column = f"wrong_{number}"
        if not feedback.strip():
            self._refuse(column, _("expected a number and its feedback, such as 5: Too small."))
        tolerance = float(self._read_number(column, tolerance_text or "0"))
        return BuiltWrongNumber(self._read_number(column, middle), tolerance, feedback.strip())

    def _read_unit(self, text: str) -> Json:
        name, _, factor = text.rpartition("=")
        return {"name": name.strip(), "factor": as_json(self._read_number("units", factor))}

    def read_match(self, prompt: str) -> Json:
        rights = dict(self._numbered("match", least=2))
        lefts = dict(self._numbered("choice", least=1))
        for number in lefts.keys() - rights.keys():
            self._refuse(
                f"match_{number}",
                message(_("expected the right side of choice_{column}, found none"), column=number),
            )
        pairs = [(text, rights[number]) for number, text in lefts.items()]
        return match_question(prompt, pairs, [rights[n] for n in rights.keys() - lefts.keys()])

    def read_cloze(self, prompt: str) -> Json:
        cells = dict(self._numbered("gap", least=1))
        if gap_marks.find_gap_ids(prompt) != [f"g{number}" for number in cells]:
            self._refuse("prompt", _("expected [[g1]], [[g2]] … for gap_1, gap_2 …, in this order"))
        ids = ids_of_gaps(gap_marks.split_at_gaps(prompt)[:-1:2])
        parts = [
            {"id": id, **self._read_gap(f"gap_{number}", text)}
            for id, (number, text) in zip(ids, cells.items(), strict=True)
        ]
        return {
            "type": "cloze",
            "prompt": gap_marks.rename_gaps(prompt, ids).strip(),
            "parts": parts,
        }

    def _read_gap(self, column: str, text: str) -> Json:
        """Read `# 5 ± 0.1`, `* right | wrong`, or wordings."""
        if text.startswith("#"):
            value, _sign, tolerance_text = text[1:].partition("±")
            tolerance = float(self._read_number(column, tolerance_text or "0"))
            return {
                "kind": "numeric",
                "answer": self._read_number(column, value),
                "tolerance": tolerance,
            }
        parts = split_parts(text)
        if any(part.startswith("*") and part[1:].strip() for part in parts) and len(parts) > 1:
            rows = [
                BuiltChoice(unescape_mark(part.removeprefix("*").strip()), part.startswith("*"))
                for part in parts
            ]
            return {
                "kind": "choice",
                "choices": choice_question("", rows, several=False)["choices"],
            }
        return {"kind": "text"} | {
            name: value
            for name, value in text_question(
                "", [unescape_mark(part) for part in parts], "words"
            ).items()
            if name in ("answer", "accepted", "compare")
        }

    def _read_skill(self, text: str, builder: CourseBuilder) -> str:
        name, mark, title = text.partition("=")
        return builder.add_skill(title.strip() if mark else text, name.strip())

    def _read_difficulty(self) -> int | None:
        text = self._cells.get("difficulty", "")
        if text and text not in ("1", "2", "3", "4", "5"):
            self._refuse(
                "difficulty", message(_("expected 1 to 5, found {text!r}"), text=text[:40])
            )
        return int(text) if text else None

    def _numbered(self, name: str, least: int = 0) -> list[tuple[int, str]]:
        found = [
            (number, self._cells[f"{name}_{number}"])
            for number in range(1, 27)
            if f"{name}_{number}" in self._cells
        ]
        if len(found) < least:
            self._refuse(
                f"{name}_{len(found) + 1}",
                message(
                    _("expected at least {least} of {name}_1, {name}_2 …"), least=least, name=name
                ),
            )
        return found

    def _read_number(self, column: str, text: str) -> str:
        found = plain_number(text)
        return (
            found
            if found is not None
            else self._refuse(
                column, message(_("expected a number, found {text!r}"), text=text.strip()[:40])
            )
        )

    def _require(self, column: str) -> str:
        return self._cells.get(column) or self._refuse(column, _("expected a value, found none"))

    def _refuse(self, column: str, what: str | TranslatableMessage) -> NoReturn:
        raise BrokenPackage(self._file, cell_place(self._place, column), what)


_READERS: dict[str, Callable[[_TableRow, str], Json]] = {
    "single": _TableRow.read_single,
    "multiple": _TableRow.read_multiple,
    "numeric": _TableRow.read_numeric,
    "text": _TableRow.read_text,
    "order": _TableRow.read_order,
    "match": _TableRow.read_match,
    "cloze": _TableRow.read_cloze,
}
