"""Read numbers that people type, and write numbers for people to read.

The language of the page decides how commas and points are read. Numbers are stored in one plain
form for all languages: `-3.142`, `1.6e-19`, `3/4`, `1 1/2`. English reads the plain form, so
replies that were stored as typed before this module existed keep their meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, Final

from django.conf import settings
from django.utils.formats import get_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

MAX_LENGTH: Final = 200
# The form field that holds the language in which its page was shown.
TYPED_IN: Final = "typed_in"
PLAIN: Final = "en"
_MAX_PLACES: Final = 300
_DASHES: Final = str.maketrans(
    dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-")
)
_SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_FROM_SUPERSCRIPTS: Final = str.maketrans(f"{_SUPERSCRIPTS}⁺⁻", "0123456789+-")
_TO_SUPERSCRIPTS: Final = str.maketrans("0123456789-", f"{_SUPERSCRIPTS}⁻")
_POWER: Final = re.compile(rf"(?<![\d.,])10([⁺⁻]?[{_SUPERSCRIPTS}]+)")
_NAME_BEFORE: Final = re.compile(r"^[a-z]\s*=\s*", re.IGNORECASE)
_SIGN_BEFORE: Final = re.compile(r"^([+-]) ")
_FRACTION: Final = re.compile(r"([+-]?\d+)/([+-]?\d+)")
_MIXED: Final = re.compile(r"([+-]?)(\d+) (\d+)/(\d+)")
_TIMES: Final = r"(?:[×xX*·⋅∙]|\\times|\\cdot)"
_EXPONENT: Final = re.compile(r"(.*\S)[eE]([+-]?\d{1,4})")
_POWER_OF_TEN: Final = re.compile(
    rf"(?:(.*\S) ?{_TIMES} ?|([+-]?))10 ?(?:\^|\*\*) ?[({{]?([+-]? ?\d{{1,4}})[)}}]?"
)
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}([.,'\u2019\u066c ])\d{3}(?:\1\d{3})*")
_PAIR: Final = re.compile(r"\(\s*[-+−]?\d+\s*(?:,\s*[-+−]?\d+\s*)+\)")
_TOKEN: Final = re.compile(r"(?<![\w.,])\d[\d.,]*\d|(?<![\w.,])\d[.,]?")


@dataclass(frozen=True, slots=True)
class NumberReading:
    """A number that was read; `plain` is the stored form.

    `other` is the plain form that the same characters have in another language, or "". `certain` is
    False where the reading must be shown to the person before it is used.
    """

    value: Fraction
    plain: str
    other: str = ""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression in plain form, and those of its numbers that must be confirmed."""

    plain: str
    unsure: tuple[NumberReading, ...] = ()


def language_typed_in(fields: Mapping[str, Any]) -> str:
    """Return the language of the page on which a form was filled in, even if it changed since."""
    named = str(fields.get(TYPED_IN, ""))
    return named if named in dict(settings.LANGUAGES) else current_language()


def current_language() -> str:
    """Return the language of the current request."""
    return get_language() or PLAIN


def decimal_mark(language: str) -> str:
    """Return the decimal mark: a comma in German."""
    return str(get_format("DECIMAL_SEPARATOR", language, use_l10n=True))


def tidy_signs(text: str) -> str:
    """Use one kind of minus and one kind of blank, and write ½ as 1/2."""
    spaced = "".join(
        f" {sign}" if "VULGAR" in unicodedata.name(sign, "") else sign for sign in text
    )
    folded = unicodedata.normalize("NFKC", spaced).translate(_DASHES).replace("\u2044", "/")
    return re.sub(r"\s+", " ", folded).strip()


def fold_digits(text: str) -> str:
    """Write digits of all scripts as 0 to 9, and remove invisible characters."""
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    powers = _POWER.sub(lambda match: f"10^{match[1].translate(_FROM_SUPERSCRIPTS)}", seen)
    plain = (
        str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in tidy_signs(powers)
    )
    return "".join(plain).replace("\u066a", "%")


def read_number(typed: str, language: str) -> NumberReading | None:
    """Read one number as written in this language; return None if it is not a number.

    The number may have groups of three digits, any decimal mark, a power of ten, or be a fraction.
    `45 %` is 0.45. Numbers with more than 300 places also return None.
    """
    if len(typed) > MAX_LENGTH:
        return None
    text = _SIGN_BEFORE.sub(r"\1", _NAME_BEFORE.sub("", fold_digits(typed)))
    text = text.replace(" /", "/").replace("/ ", "/")
    if found := _read_mixed(text) or _read_fraction(text):
        return found
    if text.endswith("%"):
        return _divide_by_hundred(_read_power(text[:-1].rstrip(), language))
    return _read_power(text, language)


def read_whole(typed: str, unit: str = "") -> int | None:
    """Read a whole number that is the same in all languages, with or without unit; else None."""
    found = read_number(fold_digits(typed).removesuffix(unit), PLAIN)
    if found is None or found.other or found.value.denominator != 1:
        return None
    return int(found.value)


def write_number(plain: str, language: str) -> str:
    """Write a plain number in this language; reading the result gives the same number."""
    digits, sign, exponent = plain.partition("e")
    written = digits.replace(".", decimal_mark(language))
    return f"{written} × 10{exponent.translate(_TO_SUPERSCRIPTS)}" if sign else written


def to_plain(number: float | Fraction | Decimal | str) -> str:
    """Return the plain form of a Python number: 5 for 5.0, 0.00001 for 1e-05."""
    found = _as_decimal(number) if isinstance(number, Fraction) else Decimal(str(number))
    if found is None:
        return str(number)
    if not found:
        return "0"
    if not -7 <= found.adjusted() <= 21:
        digits = format(found.scaleb(-found.adjusted(), Context(prec=2 * _MAX_PLACES)), "f")
        return f"{_strip_zeros(digits)}e{found.adjusted()}"
    return _strip_zeros(format(found, "f"))


def to_json_number(value: Fraction) -> float | None:
    """Return the number for JSON; None where JSON could only hold it rounded."""
    if value.denominator == 1:
        return int(value)
    found = float(value)
    return found if Fraction(repr(found)) == value else None


def reading_note(reading: NumberReading, language: str) -> str:
    """Say how a number was read where it has another meaning in other languages, else ""."""
    if reading.certain:
        return ""
    read = write_number(reading.plain, language)
    if not reading.other:
        return _("Read as {number}.").format(number=read)
    other = write_number(reading.other, language)
    return _("Read as {number}, not as {other}.").format(number=read, other=other)


def read_formula(typed: str, language: str) -> Formula:
    """Read an expression and write its numbers in plain form; other text stays as typed.

    English is the plain form. A pair such as (1,2) is not a number in any language.
    """
    if decimal_mark(language) == decimal_mark(PLAIN) or _PAIR.fullmatch(typed.strip()):
        return Formula(typed)
    unsure = []

    def plain(match: re.Match[str]) -> str:
        found = read_number(match[0], language)
        if found is None:
            return match[0]
        if not found.certain:
            unsure.append(found)
        return found.plain

    return Formula(_TOKEN.sub(plain, typed), tuple(unsure))


def write_formula(plain: str, language: str) -> str:
    """Write an expression in plain form as people write it in this language."""
    return re.sub(r"(?<=\d)\.(?=\d)", decimal_mark(language), plain)


def _as_decimal(number: Fraction) -> Decimal | None:
    """Return None for a number such as one third, whose decimals do not end."""
    exact = Context(prec=2 * _MAX_PLACES)
    found = exact.divide(Decimal(number.numerator), Decimal(number.denominator))
    return found if Fraction(found) == number else None


def _strip_zeros(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _read_mixed(text: str) -> NumberReading | None:
    match = _MIXED.fullmatch(text)
    if match is None or int(match[4]) == 0:
        return None
    size = int(match[2]) + Fraction(int(match[3]), int(match[4]))
    sign = "-" if match[1] == "-" else ""
    return NumberReading(-size if sign else size, f"{sign}{match[2]} {match[3]}/{match[4]}")


def _read_fraction(text: str) -> NumberReading | None:
    match = _FRACTION.fullmatch(text)
    if match is None or int(match[2]) == 0:
        return None
    top, below = int(match[1]), int(match[2])
    sign = "-" if (top < 0) != (below < 0) else ""
    return NumberReading(Fraction(top, below), f"{sign}{abs(top)}/{abs(below)}")


def _divide_by_hundred(part: NumberReading | None) -> NumberReading | None:
    """Divide by 100 exactly; the result must be confirmed."""
    if part is None:
        return None
    shifted = Decimal(part.plain).scaleb(-2, Context(prec=2 * _MAX_PLACES))
    written = to_plain(shifted) if "e" in part.plain else format(shifted, "f")
    return NumberReading(part.value / 100, written, certain=False)


def _read_power(text: str, language: str) -> NumberReading | None:
    """Read a decimal number, with or without a power of ten."""
    if match := _EXPONENT.fullmatch(text):
        return _apply_exponent(_read_decimal(match[1], language), match[2])
    if match := _POWER_OF_TEN.fullmatch(text):
        return _apply_exponent(
            _read_decimal(match[1] or f"{match[2]}1", language), match[3].replace(" ", "")
        )
    return _check_size(_read_decimal(text, language))


def _apply_exponent(base: NumberReading | None, exponent: str) -> NumberReading | None:
    if base is None:
        return None
    power = f"e{int(exponent)}"
    other = f"{base.other}{power}" if base.other else ""
    found = replace(base, value=Fraction(base.plain + power), plain=base.plain + power, other=other)
    return _check_size(found)


def _check_size(found: NumberReading | None) -> NumberReading | None:
    """Return None where the number is too large or too small for a float."""
    if found is None or abs(Decimal(found.plain).adjusted()) > _MAX_PLACES:
        return None
    return found


def _read_decimal(text: str, language: str) -> NumberReading | None:
    signed = text[:1] in ("+", "-")
    sign = "-" if text[:1] == "-" else ""
    forms = _find_forms(text[signed:].strip())
    if not forms:
        return None
    own = decimal_mark(language)
    mark = own if own in forms else next(iter(forms))
    others = [form for each, form in forms.items() if each != mark]
    plain = sign + forms[mark]
    other = sign + others[0] if others else ""
    return NumberReading(Fraction(plain), plain, other, certain=not others or mark == own)


def _find_forms(body: str) -> Mapping[str, str]:
    """Return each meaning of the digits and marks, by its decimal mark; "" for groups only."""
    found = {}
    for mark in ("", ".", ",", "\u066b"):
        whole, parted, part = body.partition(mark) if mark else (body, "", "")
        digits = _remove_grouping(whole, mark)
        if (mark and not parted) or digits is None or not (digits or part):
            continue
        if part.isdecimal() or not part:
            found[mark] = (digits.lstrip("0") or "0") + (f".{part}" if part else "")
    return found


def _remove_grouping(whole: str, mark: str) -> str | None:
    """Return the digits if they are plain or grouped correctly by a sign other than the mark."""
    if whole.isdecimal() or not whole:
        return whole
    match = _GROUPED.fullmatch(whole)
    return None if match is None or match[1] == mark else whole.replace(match[1], "")
