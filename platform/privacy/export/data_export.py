"""Export everything held about a person (I-17): an audit leaf, then the bytes.

Values are unsealed under Permits of `consent.permits.subject_access`. The leaf is written before
the first byte is sent, and limits how often an export can be requested.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

import audit
from accounts.models import User
from accounts.site.site_address import site_address
from audit.queries import leaves_about
from privacy.export import consent_history, xapi
from privacy.export.answer_files import file_members
from privacy.export.index_html import page
from privacy.export.jsonl_csv import as_csv, jsonl, line
from privacy.export.row_decryption import UNREADABLE, ExportCopy, copy_for, fields_of
from privacy.export.schemas import schema_of
from privacy.export.tables import ExportTable, tables_of
from privacy.export.zip_stream import FORMAT, ZipMember, pack

AGAIN_AFTER: Final = timedelta(minutes=10)


class TooSoon(Exception):
    """The last export was less than ten minutes ago; `at` is when the next one is possible."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        super().__init__(f"the next copy can be made at {at:%H:%M}")


@transaction.atomic
def ask(person: User, *, now: datetime) -> None:
    """Record the leaf of an export that the person requests. Raises TooSoon."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    recent = leaves_about(person.code).filter(verb="export.make", at__gt=now - AGAIN_AFTER)
    if last := recent.first():
        raise TooSoon(last.at + AGAIN_AFTER)
    record(person.code, actor=person.code)


def record(subject: UUID, *, actor: UUID | None) -> None:
    """Record the leaf only, in the caller's transaction."""
    audit.record("export.make", actor=actor, subject=subject)


def stream(person: User, *, now: datetime) -> Iterator[bytes]:
    """Yield the zip in parts of about 64 kB."""
    site = site_address()
    facts = {
        "format": FORMAT,
        "generated_at": now.isoformat(),
        "person": str(person.code),
        "site": site,
    }
    return pack(_files(copy_for(person, now=now), site, now), facts, now=now)


def _files(copy: ExportCopy, site: str, now: datetime) -> Iterator[ZipMember]:
    tables = tables_of(copy)
    yield ZipMember("index.html", page(tables, copy, site=site, now=now))
    for table in tables:
        yield from _files_of(table, copy)
    yield from file_members(copy.person)
    yield ZipMember("consents/history.jsonl", consent_history.event_lines(copy.person))
    for notice in consent_history.notices(copy.person):
        yield ZipMember(consent_history.notice_path(notice), [notice.body.encode()])
    for text in consent_history.shown_texts(copy.person):
        yield ZipMember(consent_history.shown_text_path(text), [text.body.encode()])
    yield ZipMember("xapi/statements.jsonl", xapi.statements(copy.person, site))


def _files_of(table: ExportTable, copy: ExportCopy) -> Iterator[ZipMember]:
    columns = [*fields_of(table.holding), UNREADABLE]
    yield ZipMember(f"schema/{table.name}.json", [line(schema_of(table.holding))])
    yield ZipMember(f"data/{table.name}.jsonl", jsonl(table.rows(copy)))
    yield ZipMember(f"data/{table.name}.csv", as_csv(columns, table.rows(copy)))
