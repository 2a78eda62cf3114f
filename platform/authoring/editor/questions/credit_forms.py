"""The fields for points: a weight, partial credit, and other numbers that earn points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from authoring.editor.questions.answer_lines import read_number_answer, write_number_answer
from courses.models.question import MOST_POINTS
from courses.questions.answer_parts import to_fraction

Json = dict[str, Any]
# The least share above none, in percent, and the largest below all.
NONE, LEAST = Decimal(0), Decimal("0.01")
ALL, MOST_WRONG = Decimal(100), Decimal("99.99")
SHARE_HELP: Final = gettext_noop("Enter a share from {least} to {most} percent.")


def points_values(question: Mapping[str, Any]) -> Row:
    return {"points": write_plain(question.get("points", 1))}


def read_points(form: AuthorForm) -> Json:
    """Read the weight of a question; 1 is the default and is not stored."""
    points = form.number("points", least=0.01, most=MOST_POINTS)
    if points is not None and 100 * to_fraction(points) % 1:
        form.errors["points"] = _("Enter points with at most two decimal places.")
    return {"points": None if points == 1 else points}


def partial_values(row: Mapping[str, Any]) -> Row:
    """Return the tick of partial credit; for single choice it is on where a choice has a share."""
    has_shares = any("share" in choice for choice in row.get("choices", ()))
    return {"partial_credit": "on"} if row.get("partial_credit") or has_shares else {}


def read_partial(form: AuthorForm) -> Json:
    return {"partial_credit": True} if form.typed.get("partial_credit") else {}


def write_share(row: Mapping[str, Any]) -> str:
    """Write a share in percent; a fraction such as 100/3 stays unchanged."""
    return write_number_answer(row.get("share", ""))


def read_choice_share(form: AuthorForm, name: str, *, least: Decimal, most: Decimal) -> Json:
    """Read the share of a choice; empty, or without partial credit, it has none."""
    if not form.typed.get("partial_credit") or not form.text(name):
        return {}
    return {"share": _read_share(form, name, least=least, most=most)}


def other_values(row: Mapping[str, Any]) -> list[Row]:
    names = ("value", "from", "to")
    return [
        {
            **{name: write_number_answer(each.get(name, "")) for name in names},
            "tolerance": write_plain(each.get("tolerance", 0)) if "value" in each else "",
            "share": write_share(each),
            "feedback": each.get("feedback", ""),
        }
        for each in row.get("other_answers", ())
    ]


def read_others(form: AuthorForm) -> list[Json]:
    return [_read_other(form, f"other-{number}") for number in range(len(form.rows("other")))]


def _read_other(form: AuthorForm, name: str) -> Json:
    feedback = form.text(f"{name}-feedback")
    return {
        **_read_numbers(form, name),
        "share": _read_share(form, f"{name}-share", least=LEAST, most=ALL),
        **({"feedback": feedback} if feedback else {}),
    }


def _read_numbers(form: AuthorForm, name: str) -> Json:
    """Read one number with its tolerance, or a range; exactly one of them must be filled in."""
    ends = [end for end in ("from", "to") if form.text(f"{name}-{end}")]
    if not ends:
        tolerance = form.number(f"{name}-tolerance", least=0) or 0
        return {"value": read_number_answer(form, f"{name}-value"), "tolerance": tolerance}
    if form.text(f"{name}-value"):
        form.errors[f"{name}-value"] = _("Enter one number, or a range from–to, but not both.")
        return {}
    found = {end: read_number_answer(form, f"{name}-{end}") for end in ("from", "to")}
    if "" not in found.values() and to_fraction(found["from"]) > to_fraction(found["to"]):
        form.errors[f"{name}-to"] = _("The range must end after it begins.")
    return found


def _read_share(form: AuthorForm, name: str, *, least: Decimal, most: Decimal) -> Any:
    found = read_number_answer(form, name)
    if found != "" and not Fraction(least) <= to_fraction(found) <= Fraction(most):
        ends = {"least": write_plain(least), "most": write_plain(most)}
        form.errors[name] = _(SHARE_HELP).format(**ends)
    return found


def check_shares(form: AuthorForm, choices: Sequence[Mapping[str, Any]]) -> None:
    """Report shares of correct choices that do not add up to all points."""
    if not any("share" in choice for choice in choices) or form.errors:
        return
    right = [choice for choice in choices if choice["correct"]]
    usual = Fraction(ALL) / max(1, len(right))
    total = sum((to_fraction(choice.get("share", usual)) for choice in right), Fraction(0))
    if abs(total - Fraction(ALL)) > Fraction(1, 10):
        form.errors["choices"] = _(
            "The shares of the correct choices must add up to 100%, not {total}%."
        ).format(total=write_plain(round(Decimal(float(total)), 2)))
