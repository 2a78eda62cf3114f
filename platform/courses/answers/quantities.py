"""Read a stored reply as a number, and a typed one as a number with its unit."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

from courses.answers.numerals import MAX_LENGTH, PLAIN, NumberReading, fold_digits, read_number

NumberReader = Callable[[str], NumberReading | None]


def read_stored_number(text: str) -> Fraction | None:
    """Return the number of a stored reply; None if it is not a number.

    `0.5`, `.5`, `1/2`, `1 1/2`, `-3`, `− 3`, `x = 4`, `1,000`, `0,5`.
    """
    found = read_plain(text)
    return None if found is None else found.value


def read_plain(text: str) -> NumberReading | None:
    """Read the stored form, and older replies that were stored as typed."""
    return read_number(text, PLAIN)


def split_quantity(
    text: str, names: Collection[str], read: NumberReader = read_plain
) -> tuple[NumberReading | None, str]:
    """Split `3.2 km` into number and unit: None for no number, "" for no unit.

    An unknown unit is returned as typed. Case matters only where two units differ in nothing else.
    """
    if len(text) > MAX_LENGTH:
        return None, ""
    text = fold_digits(text)
    for fold in (str, str.casefold):
        known = {fold(fold_digits(name)): name for name in names}
        if len(known) < len(names):
            break
        for unit in sorted(known, key=len, reverse=True):
            found = _read_before_unit(fold(text), unit, read)
            if found is not None:
                return found, known[unit]
    return _split_unknown_unit(text, read)


def _read_before_unit(text: str, unit: str, read: NumberReader) -> NumberReading | None:
    """Read the number before the unit that ends a text; `km` does not end with `m`."""
    rest = text.removesuffix(unit)
    if rest == text or (rest[-1:].isalpha() and unit[0].isalpha()):
        return None
    return read(rest)


def _split_unknown_unit(text: str, read: NumberReader) -> tuple[NumberReading | None, str]:
    for end in range(len(text), 0, -1):
        found = read(text[:end])
        if found is not None:
            return found, text[end:].strip()
    return None, ""
