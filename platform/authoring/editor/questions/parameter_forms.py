"""Numbers that are drawn again for each Learner, as a form: names, ranges, derived numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override, pgettext

from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from courses.answers.numerals import fold_digits

Json = dict[str, Any]
# Python refuses to read very long numbers.
_TOO_LONG: Final = re.compile(r"\d{10}")
_DERIVED: Final = re.compile(r"([a-z])\s*=\s*(.+)")
DRAWN_HELP: Final = lazy("Enter each number as a: 2 to 15, or a: -9 to 12 not 0.")


def form_values(spec: Mapping[str, Any] | None) -> Row:
    if not spec:
        return {}
    return {
        "drawn": "\n".join(_write_parameter(name, param) for name, param in spec["params"].items()),
        "derived": "\n".join(f"{name} = {rule}" for name, rule in spec["derived"].items()),
        "constraints": "\n".join(spec["constraints"]),
        "drawn_prompt": spec["prompt"],
        "drawn_answer": spec["answer"],
        "drawn_tolerance": write_plain(spec["tolerance"]),
    }


def read_parameters(form: AuthorForm) -> Json | None:
    """Return None where nothing is drawn."""
    lines = form.lines("drawn")
    if not lines:
        return None
    return {
        "params": {
            name: param for line in lines for name, param in _read_parameter(form, line).items()
        },
        "derived": {
            name: rule for line in form.lines("derived") for name, rule in _read_rule(form, line)
        },
        "constraints": form.lines("constraints"),
        "prompt": form.text("drawn_prompt", _("Enter the question with its numbers as [[a]].")),
        "answer": form.text("drawn_answer", _("Enter the formula for the answer, such as b - a.")),
        "tolerance": form.number("drawn_tolerance", least=0) or 0,
    }


def _write_parameter(name: str, param: Mapping[str, Any]) -> str:
    left_out = ", ".join(str(number) for number in param.get("exclude", ()))
    drawn = f"{name}: {param['min']} {_word_of_range()} {param['max']}"
    return f"{drawn} {_word_of_exclusion()} {left_out}" if left_out else drawn


def _read_parameter(form: AuthorForm, line: str) -> Json:
    text = fold_digits(line)
    match = _parameter_pattern().fullmatch(text)
    if match is None or _TOO_LONG.search(text):
        form.errors["drawn"] = str(DRAWN_HELP)
        return {}
    left_out = [int(number) for number in re.findall(r"-?\d+", match[4] or "")]
    param = {"type": "integer", "min": int(match[2]), "max": int(match[3])}
    return {match[1]: param | ({"exclude": left_out} if left_out else {})}


def _word_of_range() -> str:
    return pgettext("a: 2 to 15", "to")


def _word_of_exclusion() -> str:
    return pgettext("a: -9 to 12 not 0", "not")


@cache
def _parameter_pattern() -> re.Pattern[str]:
    """Return the pattern of a line, with the words of each language of the site."""
    ranges, exclusions = {"..", "-", "to"}, {"not", "but not"}
    for code, _name in settings.LANGUAGES:
        with override(code):
            ranges.add(fold_digits(_word_of_range()))
            exclusions.add(fold_digits(_word_of_exclusion()))
    low_high = rf"([a-z])\s*[:=]\s*(-?\d+)\s*(?:{_any_of(ranges)})\s*(-?\d+)"
    return re.compile(rf"{low_high}(?:\s*(?:{_any_of(exclusions)})\s+(.+))?")


def _any_of(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words)))


def _read_rule(form: AuthorForm, line: str) -> list[tuple[str, str]]:
    match = _DERIVED.fullmatch(line)
    if match is None:
        form.errors["derived"] = _("Enter each number as b = s + a.")
        return []
    return [(match[1], match[2].strip())]
