"""Compare a typed answer with the expected one; expressions match by value and by form.

Value alone would accept the question itself as its answer ("3^4" for "What is 3^4?", "9x+2x" for
"Add 9x and 2x"). So a number must be a number, a product of sums must be a product, and a sum must
have the same number of terms.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from courses.answers.expressions import (
    COMPARISONS,
    BadExpression,
    Binary,
    Name,
    Node,
    Number,
    Unary,
    letters,
    parse,
    value,
)
from courses.answers.numerals import tidy
from courses.answers.quantities import number
from courses.answers.text_match import in_turn, runs_of_words, words
from courses.rendering import latex_to_text

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
_POINTS = 4
_TYPED = {"×": "*", "·": "*", "⋅": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "**": "^"}
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def same(given: str, expected: str, compare: str) -> bool:
    """Compare as `arithmetic` (by value where possible), `string` (as text) or `words`."""
    if compare == "words":
        return words(given) == words(expected)
    if normalised(given) == normalised(expected):
        return True
    return compare == "arithmetic" and _same_value(given, expected)


def accepts(given: str, wording: str, compare: str) -> bool:
    """Return whether a reply matches a wording in which `*` matches any run of characters.

    Under `arithmetic`, `*` is the multiplication sign.
    """
    if compare == "arithmetic" or "*" not in wording:
        return same(given, wording, compare)
    runs = wording.split("*")
    if compare == "words":
        return in_turn(words(given), runs_of_words(runs))
    return in_turn(normalised(given), [normalised(run) for run in runs])


def normalised(text: str) -> str:
    """Remove dollar signs, blanks and case; write LaTeX on one line."""
    return "".join(_line(text).split()).casefold()


def expression(text: str) -> Node:
    """Parse the text, LaTeX or typed, into a tree; `1,000` is one number."""
    found = number(text) if "," in text else None
    if found is not None and "=" not in text:
        return Number(found)
    return parse(_line(text))


def is_expression(text: str) -> bool:
    """Whether a text can be compared by value."""
    try:
        expression(text)
    except BadExpression:
        return False
    return True


def _line(text: str) -> str:
    text = text.strip().removeprefix("$$").removesuffix("$$").strip()
    text = text.replace("²", "^2").replace("³", "^3")
    text = latex_to_text.plain(text) if "\\" in text or "{" in text else tidy(text)
    for sign, plain in _TYPED.items():
        text = text.replace(sign, plain)
    return text


def _same_value(given: str, expected: str) -> bool:
    try:
        return _same_statement(expression(given), expression(expected))
    except BadExpression:
        return False


def _same_statement(given: Node, expected: Node) -> bool:
    """Compare equations side by side, in either direction; `11/8` matches `x = 11/8` and back."""
    one, two = _sides(given), _sides(expected)
    if one is None and two is None:
        return _same_side(given, expected)
    if one is None and two is not None:
        return _is_named(expected) and _same_side(given, two[2])
    if one is not None and two is None:
        return _is_named(given) and _same_side(one[2], expected)
    assert one is not None and two is not None  # noqa: S101, PT018 - for the type checker
    flipped = (_FLIPPED.get(one[0], one[0]), one[2], one[1])
    return any(
        sign == two[0] and _same_side(left, two[1]) and _same_side(right, two[2])
        for sign, left, right in (one, flipped)
    )


def _sides(node: Node) -> tuple[str, Node, Node] | None:
    if isinstance(node, Binary) and node.sign in COMPARISONS:
        return ("=" if node.sign == "==" else node.sign), node.left, node.right
    return None


def _is_named(node: Node) -> bool:
    return isinstance(node, Binary) and node.sign in ("=", "==") and isinstance(node.left, Name)


def _same_side(given: Node, expected: Node) -> bool:
    return _fits(given, expected) and all(
        value(given, point) == value(expected, point)
        for point in _points(letters(given) | letters(expected))
    )


def _points(names: Iterable[str]) -> list[dict[str, Fraction]]:
    return [
        {
            name: Fraction(_PRIMES[(3 * at + 5 * turn) % len(_PRIMES)], turn + 1)
            for at, name in enumerate(sorted(names))
        }
        for turn in range(_POINTS)
    ]


def _fits(given: Node, expected: Node) -> bool:
    if _terms(given) != _terms(expected):
        return False
    got, wanted = _shape(given), _shape(expected)
    return got == wanted or (wanted, got) == ("other", "product")


def _terms(node: Node) -> int:
    if isinstance(node, Unary) and node.sign == "-":
        return _terms(node.operand)
    if isinstance(node, Binary) and node.sign in ("+", "-"):
        return _terms(node.left) + _terms(node.right)
    return 1


def _shape(node: Node) -> str:
    if _is_number(node):
        return "number"
    if isinstance(node, Binary) and node.sign in ("*", "^") and _has_sum(node):
        return "product"
    return "other"


def _is_number(node: Node) -> bool:
    if isinstance(node, Unary) and node.sign == "-":
        return _is_number(node.operand)
    if isinstance(node, Binary) and node.sign == "/":
        return _is_number(node.left) and _is_number(node.right)
    return isinstance(node, Number)


def _has_sum(node: Node) -> bool:
    """Return whether a factor of the product is a sum that contains letters."""
    if not isinstance(node, Binary) or node.sign not in ("*", "^"):
        return _terms(node) > 1 and bool(letters(node))
    return _has_sum(node.left) or _has_sum(node.right)
