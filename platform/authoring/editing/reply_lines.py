"""Parts of a reply that stand on a line each: an answer, units of a number, choices of a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editing.fields import Form, number_of, plain

Json = dict[str, Any]
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def shown(answer: Any) -> str:
    """An answer as it is typed; fractions and words stay what they are."""
    return answer if isinstance(answer, str) else plain(answer)


def answer_of(form: Form, name: str) -> Any:
    """A number, whole where it is; a fraction stays one."""
    typed = form.text(name, _("Write the answer.")).replace("−", "-").replace(" ", "")
    top, slash, below = typed.partition("/")
    if slash and top.lstrip("-").isdecimal() and below.isdecimal() and int(below):
        return typed
    found = number_of(typed) if typed else 0
    if found is None:
        form.errors[name] = _("Write a number, such as 5, 2.5 or 3/4.")
        return ""
    return int(found) if found == int(found) else found


def unit_lines(units: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{unit['name']} = {plain(unit['factor'])}" for unit in units)


def units_of(form: Form, name: str) -> list[Json]:
    """One a line: `km = 1000`; the first is the one the answer is in."""
    found = []
    for line in form.lines(name):
        unit, _sign, factor = line.rpartition("=")
        number = number_of(factor.strip()) if unit.strip() else None
        if number is None or number <= 0:
            form.errors[name] = _(
                "Write each unit with its size, such as km = 1000, not “{line}”."
            ).format(line=line)
            return []
        found.append({"name": unit.strip(), "factor": number})
    return found


def choice_lines(choices: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{'*' if row.get('correct') else ''}{row['text']}" for row in choices)


def choices_of(form: Form, name: str) -> list[Json]:
    """One a line, the right one with a star before it."""
    lines = form.lines(name)
    if len(lines) < 2 or sum(line.startswith("*") for line in lines) != 1:
        form.errors[name] = _(
            "Write two choices or more, one a line, the right one with a * before."
        )
        return []
    return [
        {"id": LETTERS[at % 26], "text": line.lstrip("* "), "correct": line.startswith("*")}
        for at, line in enumerate(lines[:26])
    ]
