"""A small expression language: parse an expression into a tree, and evaluate it exactly.

It never calls `eval`. Length, depth and size of numbers are bounded, so that neither a Learner's
reply nor a package can occupy a process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

MAX_LENGTH = 300
MAX_DEPTH = 40
MAX_BITS = 4096
COMPARISONS = ("<=", ">=", "!=", "==", "<", ">", "=")
_TOKEN = re.compile(r"\s*(sqrt|\d+\.\d+|\.\d+|\d+|[A-Za-zπ]|<=|>=|!=|==|[-+*/^()<>=])")


class BadExpression(ValueError):
    """The text is not an expression of this language, or it has no value."""


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    letter: str


@dataclass(frozen=True, slots=True)
class Unary:
    """`-` or `sqrt` of one operand."""

    sign: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * / ^` or a comparison of two operands."""

    sign: str
    left: Node
    right: Node


Node = Number | Name | Unary | Binary


def parse(text: str) -> Node:
    """Parse `text`; letters are names, and adjacent factors are multiplied."""
    reader = _ExpressionParser(_tokenize(text))
    node = reader.comparison(0)
    if reader.peek():
        raise BadExpression(f"expected an end, got {reader.peek()!r} in {text!r}")
    return node


def evaluate(node: Node, names: Mapping[str, Fraction]) -> Fraction:
    """Return the exact value.

    Raises BadExpression for a name without a value, a division by zero and an inexact root.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        if node.letter not in names:
            raise BadExpression(f"expected a value for {node.letter!r}, got none")
        return names[node.letter]
    if isinstance(node, Unary):
        inner = evaluate(node.operand, names)
        return -inner if node.sign == "-" else _root(inner)
    return _operate(node.sign, evaluate(node.left, names), evaluate(node.right, names))


def is_true(node: Node, names: Mapping[str, Fraction]) -> bool:
    """Return whether a comparison is true."""
    if not isinstance(node, Binary) or node.sign not in COMPARISONS:
        raise BadExpression("expected a comparison such as p != q")
    left, right = evaluate(node.left, names), evaluate(node.right, names)
    return {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "!=": left != right,
    }.get(node.sign, left == right)


def find_letters(node: Node) -> frozenset[str]:
    """Return the names that an expression uses."""
    if isinstance(node, Name):
        return frozenset(node.letter)
    if isinstance(node, Unary):
        return find_letters(node.operand)
    if isinstance(node, Binary):
        return find_letters(node.left) | find_letters(node.right)
    return frozenset()


def _tokenize(text: str) -> list[str]:
    if len(text) > MAX_LENGTH:
        raise BadExpression(f"expected at most {MAX_LENGTH} characters, got {len(text)}")
    text, at, found = text.strip(), 0, []
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadExpression(f"expected a number, letter or sign, got {text[at]!r}")
        found.append(match[1])
        at = match.end()
    return found


class _ExpressionParser:
    """A recursive-descent parser over the tokens, with one method for each level of precedence."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def comparison(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadExpression(f"expected at most {MAX_DEPTH} levels of brackets")
        node = self.sum(depth)
        if self.peek() in COMPARISONS:
            node = Binary(self.take(), node, self.sum(depth))
        return node

    def sum(self, depth: int) -> Node:
        node = self.product(depth)
        while self.peek() in ("+", "-"):
            node = Binary(self.take(), node, self.product(depth))
        return node

    def product(self, depth: int) -> Node:
        node = self.signed(depth)
        while self.peek():
            if self.peek() in ("*", "/"):
                node = Binary(self.take(), node, self.signed(depth))
            elif self._starts_factor():
                node = Binary("*", node, self.power(depth))
            else:
                break
        return node

    def signed(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadExpression(f"expected at most {MAX_DEPTH} signs in a row")
        if self.peek() == "+":
            self.take()
            return self.signed(depth + 1)
        if self.peek() == "-":
            self.take()
            return Unary("-", self.signed(depth + 1))
        return self.power(depth)

    def power(self, depth: int) -> Node:
        node = self.atom(depth)
        if self.peek() == "^":
            self.take()
            node = Binary("^", node, self.signed(depth + 1))
        return node

    def atom(self, depth: int) -> Node:
        piece = self.take()
        if piece == "(":
            return self._closed(depth)
        if piece == "sqrt":
            return Unary("sqrt", self.atom(depth + 1))
        if piece and (piece[0].isdigit() or piece[0] == "."):
            return Number(Fraction(piece if piece[0] != "." else "0" + piece))
        if piece.isalpha():
            return Name(piece)
        raise BadExpression(f"expected a number, letter or bracket, got {piece or 'the end'!r}")

    def _closed(self, depth: int) -> Node:
        node = self.comparison(depth + 1)
        if self.take() != ")":
            raise BadExpression("expected a closing bracket")
        return node

    def _starts_factor(self) -> bool:
        piece = self.peek()
        return piece == "(" or piece.isalpha()


def _operate(sign: str, left: Fraction, right: Fraction) -> Fraction:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if sign == "/":
        if right == 0:
            raise BadExpression("expected a divisor other than 0")
        return left / right
    if sign == "^":
        return _power(left, right)
    raise BadExpression(f"expected a number, got the comparison {sign!r}")


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    bits = base.numerator.bit_length() + base.denominator.bit_length()
    if exponent.denominator != 1 or abs(exponent) * bits > MAX_BITS:
        raise BadExpression("expected a small whole exponent")
    if base == 0 and exponent < 0:
        raise BadExpression("expected a divisor other than 0")
    return base ** int(exponent)


def _root(inner: Fraction) -> Fraction:
    if inner < 0:
        raise BadExpression("expected a root of a number that is not negative")
    top, bottom = isqrt(inner.numerator), isqrt(inner.denominator)
    if top * top != inner.numerator or bottom * bottom != inner.denominator:
        raise BadExpression("expected a root that comes out even")
    return Fraction(top, bottom)
