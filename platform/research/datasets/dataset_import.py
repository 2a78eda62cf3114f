"""Import of a public data set: its archive sealed under the study's key, and a pending Snapshot.

The data was published by others, so the card has its name and licence instead of consent. The
archive ends with the study's key, two years after the end of the study.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

import audit
import pipeline
from accounts.models import User
from consent.permits.errors import Refused
from courses.media.media_store import open_store
from courses.media.orphans import delete_orphans
from courses.media.stored_file import DATA_SETS, StoreUnavailable
from emotion.datasets import WrongFolder
from research.datasets.public_datasets import DataSet
from research.models import Snapshot, Study
from research.snapshots.snapshot_requests import NOT_BOUND, TASK
from research.studies import pseudonyms, study_setup
from vault.sealed_values import Place, seal_file, unseal_file

MB: Final = 1 << 20
MAX_BYTES: Final = 64 * MB


class NotImported(ValueError):
    """The sentence says what to send instead and can be shown as is."""


def import_archive(
    study: Study, data_set: DataSet, sent: File[Any] | None, by: User, *, now: datetime
) -> Snapshot:
    """Store the archive and queue its reading; raises Refused without permission, NotImported."""
    if not study_setup.may_take(study, by, now=now):
        raise Refused("no_grant", NOT_BOUND)
    packed = _read_upload(sent, data_set)
    row = Snapshot(id=uuid.uuid4(), study=study, data_set=data_set.code, asked_at=now, due_at=now)
    row.streams = list(data_set.streams)
    sealed = seal_file(packed, place=_place(row), keys=[pseudonyms.codes_of(study).key])
    open_store().save(archive_name(row), BytesIO(sealed))
    public = {"snapshot": row.id, "study": study.id, "data": data_set.code}
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record("snapshot.import", actor=by.code, subject=None, public=public)
            transaction.on_commit(lambda: pipeline.wake(TASK, queue="slow"))
    except BaseException:
        delete_archive(row)
        raise
    return row


def open_archive(row: Snapshot) -> bytes:
    """Return the archive as it was sent. Raises KeyDestroyed, OSError, StoreUnavailable."""
    return unseal_file(open_store().read_bytes(archive_name(row)), place=_place(row))


def archive_name(row: Snapshot) -> str:
    """Return the name of the archive in the store; no address leads to it."""
    return f"{DATA_SETS}/{row.id}"


def delete_archive(row: Snapshot) -> None:
    """Delete the archive. While the store is away, it stays until `clear_archives`."""
    with suppress(StoreUnavailable):
        open_store().delete([archive_name(row)])


def clear_archives(*, now: datetime) -> None:
    """Delete archives whose Snapshot is gone or failed."""
    rows = Snapshot.objects.exclude(state="failed").exclude(data_set="")
    delete_orphans(DATA_SETS, "", lambda: [archive_name(row) for row in rows], now=now)


def _read_upload(sent: File[Any] | None, data_set: DataSet) -> bytes:
    """Return the bytes sent. Raises NotImported."""
    if sent is None or not sent.size:
        raise NotImported(_("Select the archive of the data set."))
    if sent.size > MAX_BYTES:
        raise NotImported(
            _(
                "The archive is larger than {size} MB, so it does not belong to this data set."
            ).format(size=MAX_BYTES // MB)
        )
    packed: bytes = sent.read()
    try:
        data_set.check_archive(packed)
    except WrongFolder as wrong:
        raise NotImported(
            _("This is not the archive {name}: {why}.").format(name=data_set.archive, why=wrong)
        ) from None
    return packed


def _place(row: Snapshot) -> Place:
    return Place("research_snapshot", "archive", str(row.id), row.study_id)
