"""The rows for the random questions of a test: a tag, how many, and their points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import AuthorForm, Row, with_rows, write_plain
from courses.models.question import MOST_POINTS
from courses.questions.answer_parts import to_fraction
from courses.questions.random_questions import MOST_DRAWN, MOST_ENTRIES

Json = dict[str, Any]
NAME: Final = "random"
BLANK: Final[Row] = {"tag": "", "count": "1", "points": "1"}


def with_random_rows(typed: Mapping[str, str], unit: Mapping[str, Any]) -> Row:
    """Return the form with a row for each entry of the unit."""
    rows = [
        {
            "tag": row["tag"],
            "count": write_plain(row["count"]),
            "points": write_plain(row.get("points", 1)),
        }
        for row in unit.get("random_questions", ())
    ]
    return with_rows(typed, NAME, rows)


def read_random_rows(form: AuthorForm) -> list[Json]:
    """Read the entries; those of a quiz in the course are refused, as only tests draw."""
    found = [_read_row(form, f"{NAME}-{at}") for at in range(len(form.rows(NAME)))]
    if len(found) > MOST_ENTRIES:
        form.errors[f"{NAME}-{MOST_ENTRIES}-tag"] = _(
            "A test can draw random questions by at most {most} tags. Remove this one."
        ).format(most=MOST_ENTRIES)
    if found and form.typed.get("scenario", "course") == "course":
        form.errors["scenario"] = _(
            "Only a test can draw random questions. Select a test, or remove them below."
        )
    return found


def _read_row(form: AuthorForm, name: str) -> Json:
    tag = form.text(f"{name}-tag", _("Select a tag."))
    count = form.whole_number(f"{name}-count", _("Enter how many."), least=1)
    if count is not None and count > MOST_DRAWN:
        form.errors[f"{name}-count"] = _("Enter {most:g} or less.").format(most=MOST_DRAWN)
    points = form.number(f"{name}-points", least=0.01, most=MOST_POINTS)
    if points is not None and 100 * to_fraction(points) % 1:
        form.errors[f"{name}-points"] = _("Enter points with at most two decimal places.")
    weight = {} if points in (None, 1) else {"points": points}
    return {"tag": tag, "count": count, **weight}
