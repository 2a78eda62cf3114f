"""Caption cues in the editor: split, merge and shift them, and find cues that are hard to read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import AuthorForm, Row, write_clock
from authoring.editor.units.caption_text import is_within
from authoring.media import captions
from courses.answers.numerals import current_language
from courses.timestamps import read_seconds

Json = dict[str, Any]
# Broadcasters allow 160 to 180 words a minute; 20 characters a second is just above that.
MAX_SPEED: Final = 20
MAX_LENGTH: Final = 84
MIN_DURATION_S: Final = 0.7
BLANK_S: Final = 2.0
# Django accepts at most 1000 fields, and a cue has three.
MAX_ROWS: Final = 300
COLUMNS: Final = ("start", "end", "text")


def form_rows(cues: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [
        {"start": write_clock(cue["start"]), "end": write_clock(cue["end"]), "text": cue["text"]}
        for cue in cues
    ]


def read_cues(form: AuthorForm, rows: Sequence[Mapping[str, str]], length: float = 0) -> list[Json]:
    """Read the cues of the form, and those of a whole file that was pasted into one of them.

    Errors are in `form.errors`, by field. None may end after the video, if `length` is given.
    """
    found: list[Json] = []
    for number, row in enumerate(rows):
        pasted = _read_pasted(row)
        own = pasted or [_read_cue(form, f"cues-{number}")]
        if any(cue["end"] and not is_within(cue["end"], length) for cue in own):
            name = f"cues-{number}-{'text' if pasted else 'end'}"
            form.errors[name] = _("Ends after the video, which lasts {time}.").format(
                time=write_clock(length)
            )
        found += own
    return [] if form.errors else sorted(found, key=lambda cue: cue["start"])


def _read_cue(form: AuthorForm, name: str) -> Json:
    start = form.time(f"{name}-start", _("Enter a start time."))
    end = form.time(f"{name}-end", _("Enter an end time."))
    typed = form.text(f"{name}-text")
    text = "" if captions.has_times(typed) else captions.remove_markup(typed)
    if not text:
        form.errors[f"{name}-text"] = _("Enter the caption text.")
    if start is not None and end is not None and end <= start:
        form.errors[f"{name}-end"] = _("The end must be after the start. Enter a later end time.")
    return {"start": start, "end": end, "text": text}


def expand_pasted(form: AuthorForm, rows: Sequence[Row]) -> list[Row]:
    """Replace each row that contains a pasted file by the cues of that file.

    A file with more cues than a page can hold stays one row, and `form.errors` says what to do.
    """
    found: list[Row] = []
    for row in rows:
        found += form_rows(_read_pasted(row)) or [row]
    if len(found) <= MAX_ROWS:
        return found
    for number, row in enumerate(rows):
        if cues := _read_pasted(row):
            form.errors[f"cues-{number}-text"] = _(
                "There are {number} cues, too many to show here. Save the draft first."
            ).format(number=len(cues))
    return list(rows)


def _read_pasted(row: Mapping[str, str]) -> list[Json]:
    """Return the cues of a file that was pasted into one row; none where it is not a file."""
    text = row.get("text", "").replace("\r\n", "\n")
    try:
        return captions.read_captions(text) if captions.has_times(text) else []
    except ValueError:
        return []


def apply_act(rows: list[Row], act: str) -> list[Row] | None:
    """Apply `check`, `split:2`, `merge:2`, `insert:2` or `drop:2`; return None for other acts.

    The numbers are those of the page, where a pasted file is still one row. Such a row is neither
    split nor merged.
    """
    verb, _, number = act.partition(":")
    if act == "check":
        return rows
    if verb not in _ACTS or not number.isdecimal():
        return None
    at = int(number)
    if verb == "insert":
        return [*rows[:at], _blank_row(rows, at), *rows[at:]]
    if verb != "drop" and any(_read_pasted(row) for row in rows[at : at + 2]):
        return rows
    return _ACTS[verb](rows, at) if at < len(rows) else rows


def write_rows(rows: Sequence[Row]) -> str:
    """Write rows as one field of the form, for `restore_rows`."""
    return json.dumps([[row.get(name, "") for name in COLUMNS] for row in rows])


def restore_rows(written: str) -> list[Row] | None:
    """Return the rows before the last change; None for a field that was not written here."""
    try:
        found = json.loads(written)
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in found]
    except (ValueError, TypeError, RecursionError):
        return None
    texts = [text for row in rows for text in row.values()]
    is_whole = isinstance(found, list) and all(isinstance(text, str) for text in texts)
    return rows if is_whole and len(rows) <= MAX_ROWS else None


def shift_rows(rows: Sequence[Row], seconds: float) -> list[Row]:
    """Shift all rows by this many seconds, but none before the start of the video."""
    return [
        row | {name: _shift_time(row.get(name, ""), seconds) for name in ("start", "end")}
        for row in rows
    ]


def find_problems(cues: Sequence[Mapping[str, Any]], length: float) -> dict[int, list[str]]:
    """Describe what is hard to read or out of place, by the number of the cue."""
    found: dict[int, list[str]] = {}
    for number, cue in enumerate(cues):
        problems = list(_find_problems(cue, cues[number - 1] if number else None, length))
        if problems:
            found[number] = problems
    return found


def _find_problems(
    cue: Mapping[str, Any], before: Mapping[str, Any] | None, length: float
) -> list[str]:
    lasts = cue["end"] - cue["start"]
    letters = len(cue["text"])
    checks = (
        (bool(before) and cue["start"] < (before or cue)["end"], _("Overlaps the previous cue.")),
        (
            letters / lasts > MAX_SPEED,
            _("Too fast to read: {number:.0f} characters per second. Up to {most} is fine.").format(
                number=letters / lasts, most=MAX_SPEED
            ),
        ),
        (
            letters > MAX_LENGTH,
            _("Longer than two lines. Up to {most} characters is fine.").format(most=MAX_LENGTH),
        ),
        (lasts < MIN_DURATION_S, _("Shown for too short a time to read.")),
        (
            not is_within(cue["end"], length),
            _("Ends after the video, which lasts {time}.").format(time=write_clock(length)),
        ),
    )
    return [text for holds, text in checks if holds]


def _split(rows: list[Row], at: int) -> list[Row]:
    """Split at the middle word; the time is divided by the length of the halves."""
    words = rows[at].get("text", "").split()
    start, end = (_read_seconds(rows[at].get(name, "")) for name in ("start", "end"))
    if len(words) < 2 or start is None or end is None or end <= start:
        return rows
    half = (len(words) + 1) // 2
    first, second = " ".join(words[:half]), " ".join(words[half:])
    cut = start + (end - start) * len(first) / (len(first) + len(second))
    middle = write_clock(round(cut, 2))
    halves = [
        {"start": rows[at]["start"], "end": middle, "text": first},
        {"start": middle, "end": rows[at]["end"], "text": second},
    ]
    return [*rows[:at], *halves, *rows[at + 1 :]]


def _merge(rows: list[Row], at: int) -> list[Row]:
    """Merge the row with the next one."""
    if at + 1 >= len(rows):
        return rows
    text = f"{rows[at].get('text', '')} {rows[at + 1].get('text', '')}".strip()
    both = rows[at] | {"end": rows[at + 1].get("end", ""), "text": text}
    return [*rows[:at], both, *rows[at + 2 :]]


def _drop(rows: list[Row], at: int) -> list[Row]:
    return [*rows[:at], *rows[at + 1 :]]


_ACTS: Final = {"split": _split, "merge": _merge, "drop": _drop, "insert": _drop}


def _blank_row(rows: list[Row], at: int) -> Row:
    """Return a blank row that begins where the previous one ends."""
    start = _read_seconds(rows[at - 1].get("end", "")) if at else 0.0
    return {
        "start": write_clock(start or 0),
        "end": write_clock((start or 0) + BLANK_S),
        "text": "",
    }


def _shift_time(typed: str, seconds: float) -> str:
    found = _read_seconds(typed)
    return typed if found is None else write_clock(max(0.0, found + seconds))


def _read_seconds(typed: str) -> float | None:
    return read_seconds(typed, current_language())
