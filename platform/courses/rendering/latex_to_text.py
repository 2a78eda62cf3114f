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


def plain(latex: str) -> str:
    """Write LaTeX as one line of `courses.answers.expressions`: `\\frac{2}{3}x` is `(2/3)x`."""
    text = (
        _ALIGNED.sub(" ", latex if _deepest(latex) <= _MOST_BRACES else _flat(latex))
        .replace("\\\\", "; ")
        .replace("&", " ")
    )
    return re.sub(r"\s+", " ", _walk(text)).strip()


def _deepest(latex: str) -> int:
    """Return the deepest nesting of braces."""
    signs = ((sign == "{") - (sign == "}") for sign in latex)
    return max(accumulate(signs, lambda depth, step: max(0, depth + step), initial=0))


def _flat(latex: str) -> str:
    """Remove the braces of a text that is nested deeper than any formula a person writes."""
    return latex.replace("{", " ").replace("}", " ")


def spoken(latex: str) -> str:
    """Write the line for people: a real minus, a multiplication sign, ≤ for <=."""
    text = plain(latex)
    signs = (("<=", "≤"), (">=", "≥"), ("!=", "≠"), ("*", " × "), ("-", "−"), ("sqrt(", "√("))
    for sign, word in signs:
        text = text.replace(sign, word)
    return re.sub(r"\s+", " ", text).strip()


def _walk(text: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        piece, at = _next(text, at)
        out.append(piece)
    return "".join(out)


def _next(text: str, at: int) -> tuple[str, int]:
    """Return the plain form of what starts at `at`, and the index of the rest."""
    if text[at] == "\\":
        return _command(text, at + 1)
    if text[at] == "{":
        inner, at = _group(text, at)
        return _walk(inner), at
    if text[at] == "^":
        inner, at = _group(text, at + 1)
        return "^" + _bracketed(_walk(inner)), at
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
        return _walk(inner), at
    return _WORDS.get(word, f" {word} "), at


def _fraction_or_root(word: str, text: str, at: int) -> tuple[str, int]:
    first, at = _group(text, at)
    if word == "sqrt":
        return f"sqrt({_walk(first)})", at
    second, at = _group(text, at)
    return f"({_bracketed(_walk(first))}/{_bracketed(_walk(second))})", at


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


def _bracketed(text: str) -> str:
    return text if _SIMPLE.fullmatch(text.strip()) else f"({text})"
