"""Export of a Snapshot: a zip of files in BIDS layout, each person's export in the audit.

People are named by their number in the study and Units by its codes. Days are shifted, and times of
day are left out (ADR 0038). Texts written by people are not exported, because they could identify
them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as noop

import audit
from accounts.models import User
from consent.permits.errors import Refused
from emotion.datasets import bids
from research.models import Snapshot
from research.snapshots import snapshot_counts, snapshot_reader
from research.snapshots.snapshot_requests import NOT_BOUND
from research.studies import pseudonyms as study_codes
from research.studies import study_setup

# A fixed time stamp, so that the same members give the same bytes.
STAMP: Final = (1980, 1, 1, 0, 0, 0)
EMPTY: Final = noop("No one in this snapshot allows research any more, so it cannot be exported.")
FEW: Final = noop(
    "Fewer than five people in this snapshot still allow research, so it cannot be exported."
)


@transaction.atomic
def export(snapshot: Snapshot, by: User, *, now: datetime) -> bytes:
    """Return the zip; raises Refused where `by` may not export it, or nothing of it is left."""
    if not study_setup.may_take(snapshot.study, by, now=now):
        raise Refused("no_grant", NOT_BOUND)
    found = snapshot_reader.read(snapshot, now=now)
    if not found.sittings:
        raise Refused("no_grant", EMPTY)
    if snapshot_counts.count_readable(snapshot, now=now).few:
        raise Refused("no_grant", FEW)
    for person in {sitting.learner.code for sitting in found.sittings}:
        _record(snapshot, by, person, len(found.sittings))
    _record(snapshot, by, None, len(found.sittings))
    return pack_zip(bids.write_files(found.snapshot, shift_days(snapshot, found)))


def shift_days(snapshot: Snapshot, found: snapshot_reader.ReadSnapshot) -> list[datetime]:
    """Return for each example the shifted day on which its Sitting began."""
    codes = study_codes.codes_of(snapshot.study)
    both = zip(found.snapshot.examples, found.sittings, strict=True)
    return [codes.shifted_day(example.person, sitting.began_at) for example, sitting in both]


def pack_zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files:
            how = zipfile.ZIP_STORED if path.endswith(".gz") else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(path, STAMP), content, how)
    return buffer.getvalue()


def _record(snapshot: Snapshot, by: User, person: UUID | None, windows: int) -> None:
    public = {"snapshot": snapshot.id, "study": snapshot.study_id, "windows": windows}
    audit.record("snapshot.export", actor=by.code, subject=person, public=public)
