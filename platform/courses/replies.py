"""Reading what a person typed as a number, as generously as it can be meant in one way only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from fractions import Fraction

MAX_LENGTH = 200
_DASHES = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-"))
_NAMED = re.compile(r"^[a-z]\s*=\s*", re.IGNORECASE)
_THOUSANDS = re.compile(r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$")
_DECIMAL = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)$")
_FRACTION = re.compile(r"^([+-]?\d+)/([+-]?\d+)$")
_MIXED = re.compile(r"^([+-]?)(\d+) (\d+)/(\d+)$")


def tidy(text: str) -> str:
    """One kind of minus, one kind of blank, ½ as 1/2."""
    spaced = "".join(
        f" {sign}" if "VULGAR" in unicodedata.name(sign, "") else sign for sign in text
    )
    folded = unicodedata.normalize("NFKC", spaced).translate(_DASHES).replace("\u2044", "/")
    return re.sub(r"\s+", " ", folded).strip()


def number(text: str) -> Fraction | None:
    """`0.5`, `.5`, `1/2`, `1 1/2`, `-3`, `− 3`, `x = 4`, `1,000`, `0,5`; None if it is none.

    A comma before groups of exactly three figures parts thousands, any other lone one is a
    decimal point; `0,125` cannot be thousands.
    """
    if len(text) > MAX_LENGTH:
        return None
    text = _NAMED.sub("", tidy(text)).strip()
    text = re.sub(r"^([+-]) ", r"\1", text)
    text = re.sub(r" ?/ ?", "/", text)
    readings = (_mixed(text), _fraction(text), _decimal(text))
    return next((value for value in readings if value is not None), None)


def quantity(text: str, names: Collection[str]) -> tuple[Fraction | None, str]:
    """`3.2 km` as number and unit: None for no number, "" for no unit, an unknown unit as typed.

    Capital and small letters count only where two units differ in nothing else.
    """
    if len(text) > MAX_LENGTH:
        return None, ""
    text = tidy(text)
    for fold in (str, str.casefold):
        known = {fold(tidy(name)): name for name in names}
        if len(known) < len(names):
            break
        for unit in sorted(known, key=len, reverse=True):
            found = _before(fold(text), unit)
            if found is not None:
                return found, known[unit]
    return _with_unknown(text)


def _before(text: str, unit: str) -> Fraction | None:
    """The number before the unit a text ends with; `km` does not end with `m`."""
    rest = text.removesuffix(unit)
    if rest == text or (rest[-1:].isalpha() and unit[0].isalpha()):
        return None
    return number(rest)


def _with_unknown(text: str) -> tuple[Fraction | None, str]:
    for end in range(len(text), 0, -1):
        found = number(text[:end])
        if found is not None:
            return found, text[end:].strip()
    return None, ""


def _decimal(text: str) -> Fraction | None:
    if _THOUSANDS.match(text):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return Fraction(text.rstrip(".")) if _DECIMAL.match(text) else None


def _fraction(text: str) -> Fraction | None:
    match = _FRACTION.match(text)
    if match is None or int(match[2]) == 0:
        return None
    return Fraction(int(match[1]), int(match[2]))


def _mixed(text: str) -> Fraction | None:
    match = _MIXED.match(text)
    if match is None or int(match[4]) == 0:
        return None
    size = int(match[2]) + Fraction(int(match[3]), int(match[4]))
    return -size if match[1] == "-" else size
