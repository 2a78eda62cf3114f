"""A study with a frozen snapshot of mia's, in which each Researcher is named and bound."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from consent import gate
from research.models import Snapshot, SnapshotRow, Study, StudyMember
from research.snapshots import sealed_rows
from research.snapshots.sealed_rows import Piece
from research.studies import codes
from vault import keystore

PACKED = {
    "times": [0.0],
    "values": [[1.0, 1.0, 0.0, None]],
    "quality": 1.0,
    "backend": "",
    "period_s": 1.0,
    "usual": None,
}


def samples(course, mia, sitting) -> dict[str, dict[str, object]]:
    now = timezone.now()
    study = make_study(now)
    row = make_snapshot(study, course, mia, sitting, now)
    wish = {"study": str(study.id), "course": course.slug, "stream": "activity", "days": "7"}
    named = {"person": str(bind_everybody(study, now))}
    in_study, in_snapshot = {"in": {"id": study.id}}, {"in": {"id": row.id}}
    sent = {"study": str(study.id), "data_set": "stress-predict"}
    new = {"title": "Tricky fractions", "approval": "EK 2", "last_day": study.last_day.isoformat()}
    return {
        "/research/studies/begin/": {"post": new},
        "/research/studies/<uuid:id>/": in_study,
        "/research/studies/<uuid:id>/name/": {**in_study, "post": named},
        "/research/studies/<uuid:id>/statement/": in_study,
        "/steward/studies/<uuid:id>/": {**in_study, "post": {"answer": "approved"}},
        "/research/snapshots/ask/": {"post": wish},
        "/research/snapshots/import/": {"post": sent},
        "/research/snapshots/<uuid:id>/": in_snapshot,
        "/research/snapshots/<uuid:id>/live/": in_snapshot,
        "/research/snapshots/<uuid:id>/export/": in_snapshot,
        "/research/snapshots/<uuid:id>/delete/": in_snapshot,
    }


def make_study(now) -> Study:
    id, ends_at = uuid.uuid4(), now + timedelta(days=30)
    key = keystore.study_key(id, ends_at=ends_at).id.hex()
    return Study.objects.create(
        id=id,
        title="Tricky fractions",
        approval="EK 1",
        made_at=now,
        ends_at=ends_at,
        key=key,
        people=1,
        answer="approved",
        answered_at=now,
    )


def bind_everybody(study, now):
    """Each Researcher; the code of the last one, or of nobody."""
    code = uuid.uuid4()
    for person in User.objects.filter(roles__contains=["researcher"]).order_by("pk"):
        about = {"named_at": now, "statement_at": now}
        StudyMember.objects.get_or_create(study=study, person=person, defaults=about)
        code = person.code
    return code


def make_snapshot(study, course, person, sitting, now, said=None, *, stream="activity") -> Snapshot:
    """Frozen, with one row, for which there has to be a live yes."""
    row = Snapshot.objects.create(
        study=study, course=course, streams=[stream], since=now - timedelta(days=1),
        until=now, asked_at=now, state="frozen", frozen_at=now, digest="0" * 64, people=1,
        windows=1,
    )  # fmt: skip
    add_row(row, person, sitting, now, said, stream=stream)
    return row


def add_row(snapshot, person, sitting, now, said=None, *, stream="activity") -> SnapshotRow:
    permits = gate.permits(person.code, [f"{stream}:research"], now=now).granted
    piece = Piece("P001", sitting, 1, stream, PACKED, said)
    made = sealed_rows.made(snapshot, piece, permits, codes.of(snapshot.study), now=now)
    made.save(force_insert=True)
    return made
