"""Which Predictor is in use: registered from its artefact, one a kind, loaded once a process."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from emotion import artefacts
from estimates.models import Predictor

if TYPE_CHECKING:
    from emotion import predictor


@transaction.atomic
def register(folder: Path, *, now: datetime) -> Predictor:
    """Take an artefact into use; raises `artefacts.Broken` where it is not what it says."""
    card, _ = artefacts.read(folder)
    digest = folder.name.rpartition("-")[2]
    row, _ = Predictor.objects.get_or_create(
        digest=digest,
        defaults={
            "name": card["name"],
            "kind": card["kind"],
            "origin": card["origin"],
            "card": card,
            "registered_at": now,
        },
    )
    Predictor.objects.filter(kind=row.kind, active=True).exclude(pk=row.pk).update(active=False)
    row.active = True
    row.save(update_fields=["active"])
    return row


def register_shipped(*, now: datetime) -> list[Predictor]:
    """Take every artefact of this release into use."""
    folders = sorted(card.parent for card in Path(settings.ARTEFACTS_DIR).glob("*/card.json"))
    return [register(folder, now=now) for folder in folders]


def active(kind: str) -> Predictor | None:
    return Predictor.objects.filter(kind=kind, active=True).first()


def made_by() -> str:
    """What makes the affect guesses, in the words of its card; "" where nothing does."""
    predictor = active("affect")
    return predictor.title if predictor else ""


@lru_cache(maxsize=4)
def affect(name: str, digest: str) -> predictor.Predictor:
    """The loaded affect Predictor; raises `artefacts.Broken` where the folder has changed."""
    # Only a worker comes here. More threads would spin on cores that other workers need.
    import torch

    torch.set_num_threads(1)
    return artefacts.load(Path(settings.ARTEFACTS_DIR) / f"{name}-{digest}")
