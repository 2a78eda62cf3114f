"""CSV that a spreadsheet opens and never runs; every table that leaves the site is written here.

Each file begins with a byte order mark, so that Excel reads UTF-8, and every cell is quoted.
A spreadsheet may split the file at another separator than ours. A text therefore gets an
apostrophe before each formula character that a separator, a quote or a new line precedes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

MARK: Final = "\ufeff"
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), in any width.
STARTERS: Final = "=+\\-@＝＋－＠"  # noqa: RUF001
_AFTER: Final = r"(\A|[,;\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029\"])(\s*)"
# With apostrophes before it, so that a guarded text differs from one that begins with them.
_OUTSIDE: Final = re.compile(rf"{_AFTER}('*[{STARTERS}])")
_GUARDED: Final = re.compile(rf"{_AFTER}'('*[{STARTERS}])")
_BLANK_FIRST: Final = re.compile(r"\A[\t\r\n]")
# Outside its strings, JSON has none of these pairs.
_IN_JSON: Final = re.compile(rf"([;\"])(\s*)([{STARTERS}])")


def guarded(text: str) -> str:
    """Return a text with an apostrophe before everything that could begin a formula."""
    safe = _OUTSIDE.sub(r"\1\2'\3", text)
    return f"'{safe}" if _BLANK_FIRST.match(safe) else safe


def unguarded(text: str) -> str:
    """Undo `guarded`, for a text that does not begin with a tab or a line end."""
    return text if "'" not in text else _GUARDED.sub(r"\1\2\3", text)


def guarded_json(text: str) -> str:
    """Return the same JSON value, with escapes for what could begin a formula."""
    return _IN_JSON.sub(lambda found: f"{found[1]}{found[2]}\\u{ord(found[3]):04x}", text)


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterable[str]:
    """Yield one line for each row; numbers and guarded texts are written as they are."""
    start = MARK
    for row in rows:
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL).writerow(row)
        yield start + out.getvalue()
        start = ""
