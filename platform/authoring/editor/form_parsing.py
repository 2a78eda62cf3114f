"""Read a form: texts, numbers and times as people type them, and rows that grow and move.

Each function reports an error at its field; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from courses.answers.numerals import (
    NumberReading,
    current_language,
    language_typed_in,
    read_formula,
    read_number,
    reading_note,
    to_json_number,
    to_plain,
    write_formula,
    write_number,
)
from courses.timestamps import read_seconds

Row = dict[str, str]
_ROW: Final = r"{name}-(\d+)-(\w+)"
NUMBER_HELP: Final = gettext_noop("Enter a number, such as 4 or 2.5.")
TIME_HELP: Final = gettext_noop("Enter a time, such as 1:32 or 92.5.")
# The largest value of a PositiveSmallIntegerField, which stores the setting.
MAX_SETTING: Final = 32_767
STEPS: Final = {"up": -1, "down": 1}


@dataclass(slots=True)
class AuthorForm:
    """What was typed, and the errors by the name of the field.

    `language` is that of the page where it was typed. A number with several meanings is replaced by
    its reading, and the field asks the Author to save again.
    """

    typed: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    language: str = field(init=False)

    def __post_init__(self) -> None:
        self.language = language_typed_in(self.typed)

    def text(self, name: str, ask: str = "") -> str:
        """Return the text without surrounding blanks; `ask` is the error for an empty field."""
        found = self.typed.get(name, "").replace("\r\n", "\n").strip()
        if ask and not found:
            self.errors[name] = ask
        return found

    def number(
        self, name: str, ask: str = "", *, least: float | None = None, most: float | None = None
    ) -> float | None:
        """Read a number as the language of the page writes it; return None for an empty field."""
        reading = self.reading(name, self.text(name, ask), NUMBER_HELP)
        if reading is None:
            return None
        found = to_json_number(reading.value)
        if found is None:
            self.errors[name] = _("Enter a decimal number with at most 15 digits.")
        elif least is not None and found < least:
            self.errors[name] = _("Enter {least:g} or more.").format(least=least)
        elif most is not None and found > most:
            self.errors[name] = _("Enter {most:g} or less.").format(most=most)
        return found

    def reading(self, name: str, typed: str, ask: str) -> NumberReading | None:
        """Read a number or fraction; `ask` is the error for text that is neither."""
        found = read_number(typed, self.language) if typed else None
        if typed and found is None:
            self.errors[name] = _(ask)
        if found is not None and not found.certain:
            note = reading_note(found, self.language)
            self.show_back(name, [note], write_number(found.plain, self.language))
        return found

    def formula(self, name: str, typed: str) -> str:
        """Read an expression and write its numbers in plain form."""
        found = read_formula(typed, self.language)
        if notes := [reading_note(reading, self.language) for reading in found.unsure]:
            written = write_formula(found.plain, self.language)
            self.show_back(name, notes, self.typed.get(name, "").replace(typed, written))
        return found.plain

    def show_back(self, name: str, notes: Sequence[str], written: str) -> None:
        """Replace what was typed by its reading, and ask the Author to save again."""
        self.errors[name] = " ".join([*notes, _("If this is what you mean, save again.")])
        self.typed = {**self.typed, name: written}

    def whole_number(self, name: str, ask: str = "", *, least: int = 0) -> int | None:
        found = self.number(name, ask, least=least, most=MAX_SETTING)
        if found is not None and name not in self.errors and found != int(found):
            self.errors[name] = _("Enter a whole number.")
        return None if found is None else int(found)

    def time(self, name: str, ask: str = "") -> float | None:
        """Read a video time in seconds: 92.5 or 1:32.5."""
        typed = self.text(name, ask)
        if typed and ":" not in typed:
            self.reading(name, typed, TIME_HELP)
        found = read_seconds(typed, self.language)
        if typed and found is None:
            self.errors[name] = _(TIME_HELP)
        return found

    def lines(self, name: str) -> list[str]:
        """Return the lines of a text box that are not blank."""
        return [line.strip() for line in self.typed.get(name, "").splitlines() if line.strip()]

    def one_of(self, name: str, known: Sequence[str], ask: str) -> str:
        found = self.typed.get(name, "")
        if found not in known:
            self.errors[name] = ask
        return found

    def rows(self, name: str) -> list[Row]:
        return read_rows(self.typed, name)


def read_rows(typed: Mapping[str, str], name: str) -> list[Row]:
    """Return the rows `name-<n>-<column>` by their numbers; Django limits the fields."""
    found: dict[int, Row] = {}
    pattern = re.compile(_ROW.format(name=name))
    for key, value in typed.items():
        if match := pattern.fullmatch(key):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[number] for number in sorted(found)]


def with_rows(typed: Mapping[str, str], name: str, rows: Sequence[Mapping[str, str]]) -> Row:
    """Replace the rows of this name in the form."""
    pattern = re.compile(_ROW.format(name=name))
    kept = {key: value for key, value in typed.items() if not pattern.fullmatch(key)}
    for number, row in enumerate(rows):
        kept |= {f"{name}-{number}-{column}": value for column, value in row.items()}
    return kept


def apply_row_act(typed: Mapping[str, str], act: str, blank: Callable[[str], Row]) -> Row | None:
    """Apply `add:rows`, `drop:rows:2`, `up:rows:2` or `down:rows:2`; return None for other acts."""
    verb, _, rest = act.partition(":")
    name, _, number = rest.partition(":")
    if verb not in ("add", "drop", *STEPS) or not name:
        return None
    rows = read_rows(typed, name)
    if verb == "add":
        return with_rows(typed, name, [*rows, blank(name)])
    at = int(number) if number.isdecimal() else len(rows)
    if at >= len(rows):
        return dict(typed)
    if verb == "drop":
        return with_rows(typed, name, rows[:at] + rows[at + 1 :])
    return with_rows(typed, name, _swap(rows, at, at + STEPS[verb]))


def _swap(rows: list[Row], at: int, to: int) -> list[Row]:
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    return rows


def write_clock(seconds: float) -> str:
    """Write a video time as it is typed: 1:32.5."""
    minutes, rest = divmod(round(seconds, 3), 60)
    seconds_text = f"{rest:06.3f}".rstrip("0").rstrip(".")
    return f"{int(minutes)}:{write_number(seconds_text, current_language())}"


def write_plain(number: Any) -> str:
    """Write a number as it is typed: 5, not 5.0."""
    return "" if number is None else write_number(to_plain(number), current_language())
