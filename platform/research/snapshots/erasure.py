"""Erasure of a person's rows, with each Snapshot that shrank marked (I-2)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils import timezone

from telemetry.windows import span


def forget(subject: UUID, scopes: Collection[str] | None) -> int:
    """Delete the person's rows of these scopes, and labels found under one of them.

    Every Snapshot that lost something is marked as shrunk.
    """
    own = apps.get_model("research", "SnapshotRow").objects.filter(learner__code=subject)
    named = list(scopes) if scopes is not None else None
    rows = own if named is None else own.filter(scopes__overlap=named)
    said = own.none() if named is None else own.filter(said_under__overlap=named)
    touched = {*rows.values_list("snapshot", flat=True), *said.values_list("snapshot", flat=True)}
    count = rows.delete()[0]
    unsaid = said.update(said=b"", source="", said_under=[], said_epochs=[])
    _mark_shrunk(touched)
    return count + unsaid


def forget_since(subject: UUID, scopes: Collection[str], since: datetime) -> int:
    """Delete rows of these Streams whose Window ended, or that were frozen, since then."""
    names = [name.replace(":adapt", ":research") for name in scopes]
    own = apps.get_model("research", "SnapshotRow").objects.filter(
        learner__code=subject, scopes__overlap=names
    )
    found = own.values_list("pk", "snapshot", "cut", "made_at", "sitting__began_at")
    gone = {
        pk: snapshot
        for pk, snapshot, cut, made_at, began in found
        if made_at >= since or began + timedelta(seconds=span(cut)[1]) > since
    }
    count = own.filter(pk__in=gone).delete()[0]
    _mark_shrunk(set(gone.values()))
    return count


def _mark_shrunk(touched: Collection[UUID]) -> None:
    snapshots: models.QuerySet[models.Model] = apps.get_model(
        "research", "Snapshot"
    ).objects.filter(pk__in=touched)
    snapshots.update(shrunk_at=timezone.now())
