"""CHECK constraints that limit a column to a fixed form, and a test for whether a column has one.

Only forms validate `choices`; a CHECK applies to every writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CheckConstraint, Model, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact, Regex

_CLOSING = frozenset({"exact", "in", "contained_by"})
_CLOSING_IF_ANCHORED = frozenset({"regex", "each_regex"})


@ArrayField.register_lookup
class EachRegex(Regex):
    """`column__each_regex="^…$"`: every element of an array of texts has this form.

    A CHECK may not unnest an array. As JSON each element is quoted and a NULL is not, so one
    expression over the whole text reads the elements unambiguously.
    """

    lookup_name = "each_regex"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        element = f'"({str(self.rhs)[1:-1]})"'
        return f"to_json({column})::text ~ %s", (*params, rf"^\[({element}(,{element})*)?\]$")


def closed(column: str, values: Iterable[str], *, name: str) -> CheckConstraint:
    """Return a constraint to these texts only."""
    return CheckConstraint(condition=Q(**{f"{column}__in": list(values)}), name=name)


def matches(column: str, regex: str, *, name: str) -> CheckConstraint:
    """Return a constraint to texts of this form; the expression is anchored at both ends."""
    _require_anchors(regex)
    return CheckConstraint(condition=Q(**{f"{column}__regex": regex}), name=name)


def each_matches(column: str, regex: str, *, name: str) -> CheckConstraint:
    """Return a constraint to arrays whose every text has this form; anchored at both ends."""
    _require_anchors(regex)
    return CheckConstraint(condition=Q(**{f"{column}__each_regex": regex}), name=name)


def has_length(column: str, size: int, *, name: str) -> CheckConstraint:
    """Return a constraint to values of exactly `size` bytes, such as a digest in a bytea column."""
    return CheckConstraint(condition=Q(Exact(Length(column), size)), name=name)


def is_closed(model: type[Model], column: str) -> bool:
    """Return whether a CHECK of this model leaves no room for free text in `column`."""
    checks: Sequence[object] = model._meta.constraints
    return any(
        isinstance(check, CheckConstraint) and _closes(check.condition, column) for check in checks
    )


def _closes(condition: object, column: str) -> bool:
    if isinstance(condition, Q):
        if condition.negated:
            return False
        found = [_closes(child, column) for child in condition.children]
        return all(found) if condition.connector == Q.OR else any(found)
    if isinstance(condition, tuple):
        return _leaf_closes(condition[0], condition[1], column)
    return _length_closes(condition, column)


def _leaf_closes(lookup: str, value: object, column: str) -> bool:
    name, _, kind = lookup.partition("__")
    if name != column:
        return False
    if kind == "isnull":
        return value is True
    if kind in _CLOSING_IF_ANCHORED:
        return isinstance(value, str) and _is_anchored(value)
    return (kind or "exact") in _CLOSING


def _length_closes(condition: object, column: str) -> bool:
    if not isinstance(condition, Exact) or not isinstance(condition.lhs, Length):
        return False
    (source,) = condition.lhs.get_source_expressions()
    return getattr(source, "name", None) == column


def _require_anchors(regex: str) -> None:
    if not _is_anchored(regex):
        raise ValueError(f"expected a regular expression anchored by ^ and $, got {regex!r}")


def _is_anchored(regex: str) -> bool:
    return regex.startswith("^") and regex.endswith("$") and not regex.endswith("\\$")
