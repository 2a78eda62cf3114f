"""The fields of a file upload: the kinds of files, their number, and the criteria of a rubric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from authoring.editor.questions.rubric_forms import read_rubric, write_rubric
from courses.answer_files.file_kinds import FILE_KINDS
from courses.models.question import MOST_FILES

Json = dict[str, Any]
# A sheet of paper is photographed or scanned.
USUAL_KINDS: Final = ("pdf", "picture")


def write_files(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    """Return the form fields of a file upload."""
    kinds = {f"file_{kind}": "on" for kind in row.get("file_kinds", USUAL_KINDS)}
    return {"most_files": write_plain(row.get("most_files", 1)), **kinds}, {
        "criteria": write_rubric(row)
    }


def read_files(form: AuthorForm, before: Mapping[str, Any]) -> Json:
    """Read the kinds of files, their number and the rubric."""
    kinds = [kind for kind in FILE_KINDS if form.typed.get(f"file_{kind}")]
    if not kinds:
        form.errors["file_kinds"] = _("Select at least one kind of file.")
    numbers = [str(number) for number in range(1, MOST_FILES + 1)]
    most = form.one_of("most_files", numbers, _("Select the number of files."))
    made: Json = {"file_kinds": kinds, "rubric": read_rubric(form, before)}
    if most in numbers[1:]:
        made["most_files"] = int(most)
    return {name: value for name, value in made.items() if value}
