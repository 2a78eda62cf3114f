"""Find the rows of a file that depend on each other, to compare them without the rest.

Rows depend on each other if they share a number, a username or an email, including that of a
guardian; and transitively. No other row affects their result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.db.models import Q

from accounts.identity import load_identity
from accounts.keyed_hash import digest_email, digest_login, digest_number
from accounts.models import User
from stewardship.people.imports.encryption import unseal_row
from stewardship.people.imports.files.row_parser import RowReader, TypedRow
from stewardship.people.imports.models import NAMED_GUARDIAN, ImportRun
from stewardship.people.imports.preview.builder import rows_in_list
from vault.sealed_values import KeyDestroyed

# At most this many are compared while a Steward waits.
MOST_ROWS: Final = 100


class TooManyRows(Exception):
    """More rows depend on each other than can be compared while a Steward waits."""


def load_dependent(run: ImportRun, reader: RowReader, before: TypedRow) -> dict[int, Sequence[str]]:
    """Return the cells of a row and of all dependent rows. Raises TooManyRows.

    `before`: the row as it was, on which other rows may have depended.
    """
    cells: dict[int, Sequence[str]] = {}
    new, wanted = [before], {before.row}
    while new:
        wanted |= _find_numbers(run, new) - cells.keys()
        if len(cells) + len(wanted) > MOST_ROWS:
            raise TooManyRows
        loaded = dict(_load_cells(run, wanted))
        cells |= loaded
        new, wanted = [reader.read(number, row) for number, row in loaded.items()], set()
    return cells


def _find_numbers(run: ImportRun, rows: Iterable[TypedRow]) -> set[int]:
    """Return the numbers of rows that share something with these rows, or with their people."""
    numbers, texts = set(), set()
    for row in rows:
        numbers |= {digest_number(row.number)} if row.number else set()
        texts |= {row.login, row.email, row.guardian} - {""}
    logins = {digest_login(text) for text in texts}
    people = User.objects.filter(Q(number_digest__in=numbers) | Q(login_digest__in=logins))
    texts |= set(_load_texts(people))
    logins, emails = {digest_login(text) for text in texts}, {digest_email(text) for text in texts}
    known = User.objects.filter(Q(login_digest__in=logins) | Q(email_digest__in=emails))
    found = rows_in_list(run).filter(
        Q(number_digest__in=numbers)
        | Q(login_digest__in=logins)
        | Q(email_digest__in=emails)
        | Q(guardian_digest__in=emails)
        | Q(person__in=list(known.values_list("pk", flat=True)))
    )
    return set(found.values_list("number", flat=True).distinct()[: MOST_ROWS + 1])


def _load_texts(people: Iterable[User]) -> Iterator[str]:
    """Yield the usernames and emails recorded for people, which a row may omit."""
    for person in people:
        try:
            identity = load_identity(person)
        except KeyDestroyed:
            continue
        yield from filter(None, (identity.login, identity.email))


def _load_cells(run: ImportRun, numbers: Iterable[int]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the cells of rows; none for a person who is being erased."""
    rows = rows_in_list(run).filter(number__in=numbers).exclude(turn=NAMED_GUARDIAN)
    for row in rows.select_related("person"):
        try:
            kept = unseal_row(row)
        except KeyDestroyed:
            continue
        if "cells" in kept:
            yield row.number, kept["cells"]
