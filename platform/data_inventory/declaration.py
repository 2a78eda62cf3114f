"""The declaration of a model: whose rows these are, the kind of each column, how rows are erased.

Nothing is verified here, because string relations are not resolved while classes are decorated.
`data_inventory.checks` does that once all models are loaded. Every list of "the tables about
people" is derived from these declarations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import ForeignKey, Model, QuerySet


class ColumnKind(Enum):
    """What a column may hold. There is no kind for free text about people."""

    SEALED = "sealed"
    CLOCK = "clock"
    CODE = "code"
    NUMBER = "number"
    LINK = "link"
    DIGEST = "digest"
    PUBLIC = "public"


SEALED: Final = ColumnKind.SEALED
CLOCK: Final = ColumnKind.CLOCK
CODE: Final = ColumnKind.CODE
NUMBER: Final = ColumnKind.NUMBER
LINK: Final = ColumnKind.LINK
DIGEST: Final = ColumnKind.DIGEST
PUBLIC: Final = ColumnKind.PUBLIC

# (the person's code, scopes or None for all of them) -> number of rows erased
Forget = Callable[[UUID, Collection[str] | None], int]
# (the person's code, scopes, since when) -> number of rows erased that were stored since then
ForgetSince = Callable[[UUID, Collection[str], datetime], int]


class EraseRule(Enum):
    """The simple ways to erase: with the account, or also with any scope that a row names."""

    DELETE = "delete"
    WITH_SCOPES = "with scopes"


DELETE: Final = EraseRule.DELETE
# A row made from several `scopes` is erased with any of them.
WITH_SCOPES: Final = EraseRule.WITH_SCOPES
_UNITS = {"h": 1, "d": 24, "y": 24 * 365}
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Holding:
    """The declaration of one model. `subject` is a lookup path to the person, "self" or None.

    `clock` is a lookup path to the time from which a row's age counts; needed if the table has
    several, or none of its own. `fades_with`: the row stays, but its sealed content, made under
    `scopes`, is erased with the named category. `erase_since`: for tables that store copies of
    sensed data.
    """

    model: type[Model]
    subject: str | None
    category: str
    scope: str | None
    columns: Mapping[str, ColumnKind]
    erase: EraseRule | Forget | None
    retain: str | None
    export: bool
    append_only: bool
    clock: str | None = None
    fades_with: str | None = None
    erase_since: ForgetSince | None = None

    @property
    def counts_from(self) -> str | None:
        """Return the path to the time from which a row's age counts; None if unknown."""
        own = [name for name, kind in self.columns.items() if kind is CLOCK]
        return self.clock or (own[0] if len(own) == 1 else None)

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def lifetime(self) -> timedelta | None:
        """Return how long a row may be stored; None = as long as the person's account."""
        return None if self.retain is None else parse_retain(self.retain)

    def rows_of(self, subject: UUID) -> QuerySet[Model]:
        """Return the rows about the person with this code; none if rows are not about people."""
        rows: QuerySet[Model] = self.model._base_manager.all()
        if self.subject is None:
            return rows.none()
        path = "code" if self.subject == "self" else f"{self.subject}__code"
        return rows.filter(**{path: subject})

    def forget(self, subject: UUID, scopes: Collection[str] | None = None) -> int:
        """Erase the person's rows, or only those stored under `scopes`; return how many.

        A plain DELETE table has no scopes: its rows stay until the account is erased.
        """
        if self.erase is None:
            return 0
        if not isinstance(self.erase, EraseRule):
            return self.erase(subject, scopes)
        if self.erase is WITH_SCOPES:
            return self._forget_by_scopes(subject, scopes)
        return self.rows_of(subject).delete()[0] if scopes is None else 0

    def _forget_by_scopes(self, subject: UUID, scopes: Collection[str] | None) -> int:
        rows = self.rows_of(subject)
        if scopes is not None:
            rows = rows.filter(scopes__overlap=list(scopes))
        return rows.delete()[1].get(self.label, 0)


_declared: dict[type[Model], Holding] = {}
_foreign: dict[str, str] = {}


def holds(
    *,
    subject: str | None,
    category: str,
    scope: str | None,
    columns: Mapping[str, ColumnKind],
    erase: EraseRule | Forget | None = DELETE,
    retain: str | None,
    export: bool = True,
    append_only: bool = False,
    clock: str | None = None,
    fades_with: str | None = None,
    erase_since: ForgetSince | None = None,
) -> Callable[[type[M]], type[M]]:
    """Declare what a concrete model stores; `columns` lists every field of its own table."""
    if retain is not None:
        parse_retain(retain)

    def declare(model: type[M]) -> type[M]:
        if model._meta.abstract or model._meta.proxy:
            raise TypeError(
                f"@holds expects a model with a table of its own, got {model.__name__}, "
                "which is abstract or a proxy"
            )
        _declared[model] = Holding(
            model=model,
            subject=subject,
            category=category,
            scope=scope,
            columns=dict(columns),
            erase=erase,
            retain=retain,
            export=export,
            append_only=append_only,
            clock=clock,
            fades_with=fades_with,
            erase_since=erase_since,
        )
        return model

    return declare


def foreign(label: str, reason: str) -> None:
    """Exempt a third-party table that stores nothing about people, with the reason."""
    _foreign[label.lower()] = reason


def parse_retain(text: str) -> timedelta:
    """Return the duration of a text such as "30d" (also h, y). Raises ValueError."""
    found = re.fullmatch(r"(\d{1,5})([hdy])", text)
    if found is None:
        raise ValueError(f'expected a retention such as "30d", "12h" or "1y", got {text!r}')
    return timedelta(hours=int(found[1]) * _UNITS[found[2]])


def registered() -> Mapping[type[Model], Holding]:
    return _declared


def foreign_reasons() -> Mapping[str, str]:
    return _foreign


def options_of(model: type[Model]) -> Any:
    """Return the model's `_meta`, whose attributes the type stubs cover only in part."""
    return model._meta


def all_holdings() -> list[Holding]:
    """Return all declarations, sorted by label."""
    return sorted(registered().values(), key=lambda holding: holding.label)


def erase_order() -> list[Holding]:
    """Return the declarations about people in erasure order: referrers before their targets.

    Links without a database constraint (Blocks) count too, because erasure finds rows by following
    links to the person. So `accounts.User`, which all point to, comes last.
    """
    waiting = {h.model: h for h in all_holdings() if h.subject is not None or callable(h.erase)}
    links = {model: _targets(model) - {model} for model in waiting}
    pointing_in = Counter(target for targets in links.values() for target in targets)
    order: list[Holding] = []
    while waiting:
        ready = min(waiting, key=lambda model: pointing_in[model])
        pointing_in.subtract(links[ready])
        order.append(waiting.pop(ready))
    return order


def _targets(model: type[Model]) -> set[type[Model]]:
    fields = options_of(model).local_concrete_fields
    return {field.related_model for field in fields if isinstance(field, ForeignKey)}
