"""The declaration a model carries: whose rows these are, of what kind each column is, how they go.

Nothing is verified here, because relations named by strings are not resolved yet when a class is
decorated; `data_inventory.checks` does that once all models are loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet


class Kind(Enum):
    """What a column may hold. There is no kind for open text about people."""

    SEALED = "sealed"
    CLOCK = "clock"
    CODE = "code"
    NUMBER = "number"
    LINK = "link"
    DIGEST = "digest"
    PUBLIC = "public"


SEALED: Final = Kind.SEALED
CLOCK: Final = Kind.CLOCK
CODE: Final = Kind.CODE
NUMBER: Final = Kind.NUMBER
LINK: Final = Kind.LINK
DIGEST: Final = Kind.DIGEST
PUBLIC: Final = Kind.PUBLIC

# (the person's code, scopes or None for all of them) -> rows forgotten
Forget = Callable[[UUID, Collection[str] | None], int]
# (the person's code, scopes, since when) -> rows forgotten of what was taken since
ForgetSince = Callable[[UUID, Collection[str], datetime], int]


class Delete(Enum):
    """The plain ways to forget: the rows go with the account, or with a scope they name as well."""

    DELETE = "delete"
    WITH_SCOPES = "with scopes"


DELETE: Final = Delete.DELETE
# What was made from several `scopes` goes with any of them, whatever else it was made from.
WITH_SCOPES: Final = Delete.WITH_SCOPES
_UNITS = {"h": 1, "d": 24, "y": 24 * 365}
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Holding:
    """One model's declaration. `subject` is a lookup path to the person, "self" or None.

    `clock` is a lookup path to the moment a row's life counts from; needed where the table has
    several, or none of its own. `fades_with`: the row stays, and what is sealed in it, made under
    `scopes`, goes with the category named. `erase_since` where it keeps copies of what was sensed.
    """

    model: type[Model]
    subject: str | None
    category: str
    scope: str | None
    columns: Mapping[str, Kind]
    erase: Delete | Forget | None
    retain: str | None
    export: bool
    append_only: bool
    clock: str | None = None
    fades_with: str | None = None
    erase_since: ForgetSince | None = None

    @property
    def counts_from(self) -> str | None:
        """The path to the moment a row's life counts from; None where that is not known."""
        own = [name for name, kind in self.columns.items() if kind is CLOCK]
        return self.clock or (own[0] if len(own) == 1 else None)

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def lifetime(self) -> timedelta | None:
        """How long a row may stay, or None where it stays as long as the person's account."""
        return None if self.retain is None else parse_retain(self.retain)

    def rows_of(self, subject: UUID) -> QuerySet[Model]:
        """The rows about the person whose code is `subject`; none where rows are about nobody."""
        rows: QuerySet[Model] = self.model._base_manager.all()
        if self.subject is None:
            return rows.none()
        path = "code" if self.subject == "self" else f"{self.subject}__code"
        return rows.filter(**{path: subject})

    def forget(self, subject: UUID, scopes: Collection[str] | None = None) -> int:
        """Forget the person's rows, or only those taken under `scopes`; say how many there were.

        A plain DELETE table knows no scopes: it keeps its rows until the account goes.
        """
        if self.erase is None:
            return 0
        if not isinstance(self.erase, Delete):
            return self.erase(subject, scopes)
        if self.erase is WITH_SCOPES:
            return self._forget_made_from(subject, scopes)
        return self.rows_of(subject).delete()[0] if scopes is None else 0

    def _forget_made_from(self, subject: UUID, scopes: Collection[str] | None) -> int:
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
    columns: Mapping[str, Kind],
    erase: Delete | Forget | None = DELETE,
    retain: str | None,
    export: bool = True,
    append_only: bool = False,
    clock: str | None = None,
    fades_with: str | None = None,
    erase_since: ForgetSince | None = None,
) -> Callable[[type[M]], type[M]]:
    """Declare what a concrete model keeps; `columns` names every field of its own table."""
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
    """Let a table of a third party pass that has nothing about people, and say why it does."""
    _foreign[label.lower()] = reason


def parse_retain(text: str) -> timedelta:
    """Turn "30d" (or h, y) into a time."""
    found = re.fullmatch(r"(\d{1,5})([hdy])", text)
    if found is None:
        raise ValueError(f'expected a retention such as "30d", "12h" or "1y", got {text!r}')
    return timedelta(hours=int(found[1]) * _UNITS[found[2]])


def registered() -> Mapping[type[Model], Holding]:
    return _declared


def foreign_reasons() -> Mapping[str, str]:
    return _foreign


def options_of(model: type[Model]) -> Any:
    """The model's `_meta`, whose attributes the stubs know only in part."""
    return model._meta
