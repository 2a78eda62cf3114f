"""Read a stored reply as a number, and a typed one as a number with its unit."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

from courses.answers.numerals import MAX_LENGTH, PLAIN, Reading, folded, read_number

Read = Callable[[str], Reading | None]


def number(text: str) -> Fraction | None:
    """Return the number of a stored reply; None if it is not a number.

    `0.5`, `.5`, `1/2`, `1 1/2`, `-3`, `− 3`, `x = 4`, `1,000`, `0,5`.
    """
    found = read_plain(text)
    return None if found is None else found.value


def read_plain(text: str) -> Reading | None:
    """Read the stored form, and older replies that were stored as typed."""
    return read_number(text, PLAIN)


def quantity(
    text: str, names: Collection[str], read: Read = read_plain
) -> tuple[Reading | None, str]:
    """Split `3.2 km` into number and unit: None for no number, "" for no unit.

    An unknown unit is returned as typed. Case matters only where two units differ in nothing else.
    """
    if len(text) > MAX_LENGTH:
        return None, ""
    text = folded(text)
    for fold in (str, str.casefold):
        known = {fold(folded(name)): name for name in names}
        if len(known) < len(names):
            break
        for unit in sorted(known, key=len, reverse=True):
            found = _before(fold(text), unit, read)
            if found is not None:
                return found, known[unit]
    return _with_unknown(text, read)


def _before(text: str, unit: str, read: Read) -> Reading | None:
    """Read the number before the unit that ends a text; `km` does not end with `m`."""
    rest = text.removesuffix(unit)
    if rest == text or (rest[-1:].isalpha() and unit[0].isalpha()):
        return None
    return read(rest)


def _with_unknown(text: str, read: Read) -> tuple[Reading | None, str]:
    for end in range(len(text), 0, -1):
        found = read(text[:end])
        if found is not None:
            return found, text[end:].strip()
    return None, ""
