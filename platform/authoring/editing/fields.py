"""Reading a form: texts, numbers and times as people type them, rows that can grow and move.

Each function says what is wrong in words for the field it stands at; nothing is guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

Row = dict[str, str]
_TIME: Final = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:[.,]\d+)?)")
_ROW: Final = r"{name}-(\d+)-(\w+)"
STEPS: Final = {"up": -1, "down": 1}


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it by the name of the field."""

    typed: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, ask: str = "") -> str:
        """The text without blanks around it; `ask` is said where it is empty."""
        found = self.typed.get(name, "").replace("\r\n", "\n").strip()
        if ask and not found:
            self.errors[name] = ask
        return found

    def number(self, name: str, ask: str = "", *, least: float | None = None) -> float | None:
        """A number, a decimal comma allowed; None where nothing was typed."""
        typed = self.text(name, ask).replace("−", "-")
        if not typed:
            return None
        found = number_of(typed)
        if found is None:
            self.errors[name] = _("Write a number, such as 4 or 2.5.")
        elif least is not None and found < least:
            self.errors[name] = _("Write {least:g} or more.").format(least=least)
        return found

    def whole(self, name: str, ask: str = "", *, least: int = 0) -> int | None:
        found = self.number(name, ask, least=least)
        if found is not None and name not in self.errors and found != int(found):
            self.errors[name] = _("Write a whole number.")
        return None if found is None else int(found)

    def time(self, name: str, ask: str = "") -> float | None:
        """Seconds of a moment: 92.5 or 1:32.5."""
        typed = self.text(name, ask)
        found = seconds_of(typed)
        if typed and found is None:
            self.errors[name] = _("Write a time such as 1:32 or 92.5.")
        return found

    def lines(self, name: str) -> list[str]:
        """The lines of a box that are not blank."""
        return [line.strip() for line in self.typed.get(name, "").splitlines() if line.strip()]

    def one_of(self, name: str, known: Sequence[str], ask: str) -> str:
        found = self.typed.get(name, "")
        if found not in known:
            self.errors[name] = ask
        return found

    def rows(self, name: str) -> list[Row]:
        return rows_of(self.typed, name)


def rows_of(typed: Mapping[str, str], name: str) -> list[Row]:
    """The rows `name-<n>-<column>` in the order of their numbers; Django bounds how many come."""
    found: dict[int, Row] = {}
    pattern = re.compile(_ROW.format(name=name))
    for key, value in typed.items():
        if match := pattern.fullmatch(key):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[number] for number in sorted(found)]


def with_rows(typed: Mapping[str, str], name: str, rows: Sequence[Mapping[str, str]]) -> Row:
    """The form with these rows in place of its own."""
    pattern = re.compile(_ROW.format(name=name))
    kept = {key: value for key, value in typed.items() if not pattern.fullmatch(key)}
    for number, row in enumerate(rows):
        kept |= {f"{name}-{number}-{column}": value for column, value in row.items()}
    return kept


def acted(typed: Mapping[str, str], act: str, blank: Callable[[str], Row]) -> Row | None:
    """The form after `add:rows`, `drop:rows:2`, `up:rows:2`, `down:rows:2`; None for other acts."""
    verb, _, rest = act.partition(":")
    name, _, number = rest.partition(":")
    if verb not in ("add", "drop", *STEPS) or not name:
        return None
    rows = rows_of(typed, name)
    if verb == "add":
        return with_rows(typed, name, [*rows, blank(name)])
    at = int(number) if number.isdecimal() else len(rows)
    if at >= len(rows):
        return dict(typed)
    if verb == "drop":
        return with_rows(typed, name, rows[:at] + rows[at + 1 :])
    return with_rows(typed, name, _swapped(rows, at, at + STEPS[verb]))


def _swapped(rows: list[Row], at: int, to: int) -> list[Row]:
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    return rows


def number_of(typed: str) -> float | None:
    """A finite number, or None."""
    try:
        found = float(typed.replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def seconds_of(typed: str) -> float | None:
    """92.5, 1:32.5 or 1:01:32.5 in seconds, or None."""
    if match := _TIME.fullmatch(typed):
        hours, minutes, seconds = match.groups()
        whole = int(hours or 0) * 3600 + int(minutes) * 60
        return round(whole + float(seconds.replace(",", ".")), 3)
    found = number_of(typed)
    return None if found is None or found < 0 else round(found, 3)


def clock_of(seconds: float) -> str:
    """A moment as it is typed: 1:32.5."""
    minutes, rest = divmod(round(seconds, 3), 60)
    told = f"{rest:06.3f}".rstrip("0").rstrip(".")
    return f"{int(minutes)}:{told}"


def plain(number: Any) -> str:
    """A number as it is typed: 5, not 5.0."""
    return "" if number is None else f"{number:.12g}"
