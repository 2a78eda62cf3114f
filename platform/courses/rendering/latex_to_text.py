"""Convert school-level LaTeX to one plain line, for screen readers and for comparison."""

from __future__ import annotations

import re
from itertools import accumulate

_WORDS = {
    "cdot": "*",
    "times": "*",
    "div": "/",
    "leq": "<=",
    "le": "<=",
    "geq": ">=",
    "ge": ">=",
    "neq": "!=",
    "ne": "!=",
    "infty": "∞",
    "pi": "π",
    "pm": "±",
    "approx": "≈",
    "degree": "°",
    "circ": "°",
    "ldots": "…",
    "left": "",
    "right": "",
    "quad": " ",
    "qquad": " ",
}
_GROUPED = ("frac", "dfrac", "tfrac", "sqrt")
_UNWRAPPED = ("text", "mathrm", "operatorname", "mathbf", "textbf", "underline", "boxed")
_ALIGNED = re.compile(r"\\(?:begin|end)\{[a-z*]+\}")
_MOST_BRACES = 50
_SIMPLE = re.compile(r"\d+(?:\.\d+)?|[A-Za-zπ]")


def to_plain_line(latex: str) -> str:
    """Write LaTeX as one line of `courses.answers.expressions`: `\\frac{2}{3}x` is `(2/3)x`."""
    text = (
        _ALIGNED.sub(" ", latex if _max_depth(latex) <= _MOST_BRACES else _remove_braces(latex))
        .replace("\\\\", "; ")
        .replace("&", " ")
    )
    return re.sub(r"\s+", " ", _convert(text)).strip()


def _max_depth(latex: str) -> int:
    """Return the deepest nesting of braces."""
    signs = ((sign == "{") - (sign == "}") for sign in latex)
    return max(accumulate(signs, lambda depth, step: max(0, depth + step), initial=0))


def _remove_braces(latex: str) -> str:
    """Remove the braces of a text that is nested deeper than any formula a person writes."""
    return latex.replace("{", " ").replace("}", " ")


def to_readable_line(latex: str) -> str:
    """Write the line for people: a real minus, a multiplication sign, ≤ for <=."""
    text = to_plain_line(latex)
    signs = (("<=", "≤"), (">=", "≥"), ("!=", "≠"), ("*", " × "), ("-", "−"), ("sqrt(", "√("))
    for sign, word in signs:
        text = text.replace(sign, word)
    return re.sub(r"\s+", " ", text).strip()


def _convert(text: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        piece, at = _convert_next(text, at)
        out.append(piece)
    return "".join(out)


def _convert_next(text: str, at: int) -> tuple[str, int]:
    """Return the plain form of what starts at `at`, and the index of the rest."""
    if text[at] == "\\":
        return _command(text, at + 1)
    if text[at] == "{":
        inner, at = _group(text, at)
        return _convert(inner), at
    if text[at] == "^":
        inner, at = _group(text, at + 1)
        return "^" + _bracket(_convert(inner)), at
    return text[at], at + 1


def _command(text: str, at: int) -> tuple[str, int]:
    match = re.compile(r"[A-Za-z]+").match(text, at)
    if match is None:
        sign = text[at : at + 1]
        return (" " if sign in ",;:! " else sign), at + 1
    word, at = match[0], match.end()
    if word in _GROUPED:
        return _fraction_or_root(word, text, at)
    if word in _UNWRAPPED:
        inner, at = _group(text, at)
        return _convert(inner), at
    return _WORDS.get(word, f" {word} "), at


def _fraction_or_root(word: str, text: str, at: int) -> tuple[str, int]:
    first, at = _group(text, at)
    if word == "sqrt":
        return f"sqrt({_convert(first)})", at
    second, at = _group(text, at)
    return f"({_bracket(_convert(first))}/{_bracket(_convert(second))})", at


def _group(text: str, at: int) -> tuple[str, int]:
    """Return the content of `{…}` at `at`, or the single character there without braces."""
    while at < len(text) and text[at] == " ":
        at += 1
    if at >= len(text) or text[at] != "{":
        return text[at : at + 1], at + 1
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == "{") - (text[end] == "}")
        if depth == 0:
            return text[at + 1 : end], end + 1
    return text[at + 1 :], len(text)


def _bracket(text: str) -> str:
    return text if _SIMPLE.fullmatch(text.strip()) else f"({text})"
