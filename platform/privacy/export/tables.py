"""The tables of a person's export, found by walking the declarations, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import ForeignKey, Model, QuerySet

import data_inventory
from audit.models import Leaf
from audit.queries import leaves_about
from courses.models import AnswerFile
from data_inventory import LINK, Holding
from data_inventory.declaration import options_of
from privacy.export import answer_files
from privacy.export.category_labels import rank
from privacy.export.row_decryption import ExportCopy, ExportRow, export_lines, fields_of, has_code
from privacy.models import Erasure

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ExportTable:
    """One table and this person's rows in it."""

    holding: Holding
    query: QuerySet[Any]

    @property
    def name(self) -> str:
        return str(options_of(self.holding.model).db_table)

    def rows(self, copy: ExportCopy, *, most: int | None = None) -> Iterator[ExportRow]:
        """Yield the rows, unsealed one by one; only a handful are in memory."""
        query = self.query.select_related(*_followed(self.holding)).order_by(
            *_primary_key(self.holding)
        )
        if self.holding.model is AnswerFile:
            query = query.defer(answer_files.CONTENT)
        found = query.iterator(chunk_size=AT_ONCE) if most is None else query[:most]
        yield from islice(
            (line for row in found for line in export_lines(row, self.holding, copy)), most
        )


def tables_of(copy: ExportCopy) -> list[ExportTable]:
    """Return all exported tables about people, and the two that name a person without a link.

    These are audit leaves and erasures.
    """
    subject = copy.person.code
    about = [h for h in data_inventory.all() if h.subject is not None and h.export]
    named: dict[type[Model], QuerySet[Any]] = {
        Leaf: leaves_about(subject),
        Erasure: Erasure.objects.filter(subject=subject),
    }
    others = [h for h in data_inventory.all() if h.model in named]
    found = [ExportTable(holding, holding.rows_of(subject)) for holding in about]
    found += [ExportTable(holding, named[holding.model]) for holding in others]
    return sorted(found, key=lambda table: (rank(table.holding.category), table.name))


def _followed(holding: Holding) -> list[str]:
    """Return the links whose codes are read, to load them together with the rows."""
    return [
        name
        for name, field in fields_of(holding).items()
        if holding.columns[name] is LINK
        and isinstance(field, ForeignKey)
        and has_code(field)
        and options_of(field.related_model).label != "accounts.User"
    ]


def _primary_key(holding: Holding) -> list[str]:
    return [field.name for field in options_of(holding.model).pk_fields]
