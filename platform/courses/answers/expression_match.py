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
    evaluate,
    find_letters,
    parse,
)
from courses.answers.numerals import tidy_signs
from courses.answers.quantities import read_stored_number
from courses.answers.text_match import contains_in_order, matches_runs, normalise_words
from courses.rendering import latex_to_text

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
_POINTS = 4
_WORDS = ("words", "cased")
_TYPED = {"×": "*", "·": "*", "⋅": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "**": "^"}
_REVERSED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def is_same_answer(given: str, expected: str, compare: str) -> bool:
    """Compare as `arithmetic` (by value where possible), `string` (as text) or `words`.

    `cased` is `words` whose capitals must match.
    """
    if compare in _WORDS:
        cased = compare == "cased"
        return normalise_words(given, cased=cased) == normalise_words(expected, cased=cased)
    if normalise(given) == normalise(expected):
        return True
    return compare == "arithmetic" and _same_value(given, expected)


def matches_wording(given: str, wording: str, compare: str) -> bool:
    """Return whether a reply matches a wording in which `*` matches any run of characters.

    Under `arithmetic`, `*` is the multiplication sign.
    """
    if compare == "arithmetic" or "*" not in wording:
        return is_same_answer(given, wording, compare)
    runs = wording.split("*")
    if compare in _WORDS:
        return matches_runs(given, runs, cased=compare == "cased")
    return contains_in_order(normalise(given), [normalise(run) for run in runs])


def normalise(text: str) -> str:
    """Remove dollar signs, blanks and case; write LaTeX on one line."""
    return "".join(_to_plain_line(text).split()).casefold()


def read_expression(text: str) -> Node:
    """Parse the text, LaTeX or typed, into a tree; `1,000` is one number."""
    found = read_stored_number(text) if "," in text else None
    if found is not None and "=" not in text:
        return Number(found)
    return parse(_to_plain_line(text))


def is_expression(text: str) -> bool:
    """Return whether a text can be compared by value."""
    try:
        read_expression(text)
    except BadExpression:
        return False
    return True


def _to_plain_line(text: str) -> str:
    text = text.strip().removeprefix("$$").removesuffix("$$").strip()
    text = text.replace("²", "^2").replace("³", "^3")
    text = latex_to_text.to_plain_line(text) if "\\" in text or "{" in text else tidy_signs(text)
    for sign, plain in _TYPED.items():
        text = text.replace(sign, plain)
    return text


def _same_value(given: str, expected: str) -> bool:
    try:
        return _same_statement(read_expression(given), read_expression(expected))
    except BadExpression:
        return False


def _same_statement(given: Node, expected: Node) -> bool:
    """Compare equations side by side, in either direction; `11/8` matches `x = 11/8` and back."""
    one, two = _split_comparison(given), _split_comparison(expected)
    if one is None and two is None:
        return _same_side(given, expected)
    if one is None and two is not None:
        return _is_equation_for_name(expected) and _same_side(given, two[2])
    if one is not None and two is None:
        return _is_equation_for_name(given) and _same_side(one[2], expected)
    assert one is not None and two is not None  # noqa: S101, PT018 - for the type checker
    flipped = (_REVERSED.get(one[0], one[0]), one[2], one[1])
    return any(
        sign == two[0] and _same_side(left, two[1]) and _same_side(right, two[2])
        for sign, left, right in (one, flipped)
    )


def _split_comparison(node: Node) -> tuple[str, Node, Node] | None:
    if isinstance(node, Binary) and node.sign in COMPARISONS:
        return ("=" if node.sign == "==" else node.sign), node.left, node.right
    return None


def _is_equation_for_name(node: Node) -> bool:
    return isinstance(node, Binary) and node.sign in ("=", "==") and isinstance(node.left, Name)


def _same_side(given: Node, expected: Node) -> bool:
    return _has_same_form(given, expected) and all(
        evaluate(given, point) == evaluate(expected, point)
        for point in _make_points(find_letters(given) | find_letters(expected))
    )


def _make_points(names: Iterable[str]) -> list[dict[str, Fraction]]:
    return [
        {
            name: Fraction(_PRIMES[(3 * at + 5 * turn) % len(_PRIMES)], turn + 1)
            for at, name in enumerate(sorted(names))
        }
        for turn in range(_POINTS)
    ]


def _has_same_form(given: Node, expected: Node) -> bool:
    if _count_terms(given) != _count_terms(expected):
        return False
    got, wanted = _find_shape(given), _find_shape(expected)
    return got == wanted or (wanted, got) == ("other", "product")


def _count_terms(node: Node) -> int:
    if isinstance(node, Unary) and node.sign == "-":
        return _count_terms(node.operand)
    if isinstance(node, Binary) and node.sign in ("+", "-"):
        return _count_terms(node.left) + _count_terms(node.right)
    return 1


def _find_shape(node: Node) -> str:
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
        return _count_terms(node) > 1 and bool(find_letters(node))
    return _has_sum(node.left) or _has_sum(node.right)
