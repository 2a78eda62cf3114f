"""A JSON reader that checks types; every error names the file and the path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MISSING: Final = object()


class RuleError(ValueError):
    """A rule that may not be loaded: file, path, what was expected, what was found."""


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value together with its file and its path in it."""

    value: object
    file: str
    place: str = ""

    def error(self, message: str) -> RuleError:
        """Build an error with the file and path."""
        return RuleError(f"{self.file}: {self.place or 'rule'}: {message}")

    def _expected(self, what: str) -> RuleError:
        return self.error(f"expected {what}, got {self.value!r}")

    def entries(self) -> Mapping[str, object]:
        """Return an object's members."""
        if not isinstance(self.value, dict):
            raise self._expected("an object")
        return self.value

    def require_keys(
        self, required: frozenset[str], optional: frozenset[str] = frozenset()
    ) -> None:
        """Raise RuleError for an object with a missing or unexpected key."""
        keys = frozenset(self.entries())
        if missing := required - keys:
            raise self.error(f"missing {', '.join(sorted(missing))}")
        if strange := keys - required - optional:
            raise self.error(f"unexpected {', '.join(sorted(strange))}")

    def member(self, key: str, default: object = MISSING) -> Node:
        """Return a member; raise RuleError if it is missing and has no default."""
        found = self.entries().get(key, default)
        if found is MISSING:
            raise self.error(f"missing {key}")
        return Node(found, self.file, f"{self.place}.{key}" if self.place else key)

    def items(self) -> Iterator[Node]:
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self._expected("a list")
        rows: Sequence[object] = self.value
        return (Node(row, self.file, f"{self.place}[{i}]") for i, row in enumerate(rows))

    def text(self) -> str:
        """Return a text that is not blank."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self._expected("a text")
        return self.value

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self._expected("true or false")
        return self.value

    def number(self, low: float, high: float) -> float:
        """Return a number in a range; true is not accepted as 1."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self._expected("a number")
        if not low <= self.value <= high:
            raise self._expected(f"a number from {low:g} to {high:g}")
        return float(self.value)

    def count(self, low: int, high: int) -> int:
        """Return an integer in a range."""
        if not isinstance(self.value, int):
            raise self._expected("a whole number")
        return int(self.number(low, high))

    def one_of(self, words: Sequence[str]) -> str:
        """Return one word of a closed list."""
        if self.value not in words:
            raise self._expected(f"one of {', '.join(words)}")
        return self.text()
