"""The lookup `any_of`: a foreign key in a set of keys, sent to PostgreSQL as one array.

`in` sends a parameter for each key. For a class of 500 that takes Django and psycopg 2 to 4 ms a
query. A page of a Teacher makes a dozen such queries.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Lookup
from django.db.models.sql.compiler import SQLCompiler


class AnyOf(Lookup):
    """`column = ANY(keys)`; without keys nothing is found and nothing asked."""

    lookup_name = "any_of"

    def get_prep_lookup(self) -> list[int]:
        return list(self.rhs)

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if not self.rhs:
            raise EmptyResultSet
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*parameters, self.rhs)
