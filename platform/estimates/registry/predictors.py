"""The Predictors in use: registered from their artefacts, one per kind, loaded once per process.

Registering does not put one in use. That takes a promotion or rollback, each recorded in the audit.
Pages and rules read the kind `affect`; other kinds of Estimates run next to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

import audit
from emotion import artefacts
from emotion.models import open_artefact
from emotion.models.registry import MODELS
from emotion.windows import HOP_S
from estimates.models import LEVEL_LABELS, Predictor
from estimates.registry import promotion_gates

if TYPE_CHECKING:
    from emotion.models import Predictor as Learned

SHOWN_KIND = "affect"
# The labels a card of each kind may have; other kinds give no AffectEstimates.
LABELS = {kind: model.labels for kind, model in MODELS.items() if model.labels}
LEVEL_KINDS = tuple(kind for kind, labels in LABELS.items() if set(labels) <= set(LEVEL_LABELS))
SECONDARY_KINDS = tuple(kind for kind in LABELS if kind != SHOWN_KIND)


class NotPromoted(ValueError):
    """It may not be put in use; the text says why."""


@dataclass(frozen=True, slots=True)
class LoadedPredictor:
    """A Predictor in use: its row, and the loaded model."""

    row: Predictor
    learned: Learned


@transaction.atomic
def register(folder: Path, *, now: datetime, at_once: bool = True) -> Predictor:
    """Register an artefact; with `at_once` it is put in use if its kind has none and it may be.

    Raises `artefacts.Broken` where its content does not match its name.
    """
    card, _ = artefacts.read(folder)
    _check(card, folder)
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
    if at_once and _is_vacant(row.kind) and artefacts.UNPROMOTED not in row.card:
        _take_into_use(row, "predictor.promote", now)
    return row


def register_shipped(*, now: datetime) -> list[Predictor]:
    """Register every artefact of this release."""
    folders = sorted(card.parent for card in Path(settings.ARTEFACTS_DIR).glob("*/card.json"))
    return [register(folder, now=now) for folder in folders]


@transaction.atomic
def promote(name: str, *, now: datetime, by: UUID | None = None) -> Predictor:
    """Put `<name>-<digest12>` in use instead of the current one of its kind, registering it if new.

    A Predictor trained here must pass every gate. Raises NotPromoted, `artefacts.Broken`.
    """
    folder = folder_of(name)
    if not folder.is_dir() or folder.parent not in artefact_folders():
        raise NotPromoted(f"expected an artefact in {settings.ARTEFACTS_DIR}, got {name}")
    row = register(folder, now=now, at_once=False)
    if why := row.card.get(artefacts.UNPROMOTED):
        raise NotPromoted(f"{row} ships unpromoted: {why}")
    if row.active:
        return row
    if folder.parent == Path(settings.LEARNED_DIR):
        _pass_gates(row)
    _take_into_use(row, "predictor.promote", now, by)
    return row


def _pass_gates(row: Predictor) -> None:
    """Raise NotPromoted with the words of each gate that fails."""
    if shut := promotion_gates.failed_gates(row, find_active(row.kind)):
        raise NotPromoted(" ".join(each.words for each in shut))


@transaction.atomic
def rollback(kind: str, *, by: UUID | None = None) -> Predictor:
    """Restore the Predictor in use before; a second rollback restores the one before that.

    Raises NotPromoted, `artefacts.Broken`.
    """
    rows = Predictor.objects.filter(kind=kind)
    former = rows.filter(active=False, promoted_at__isnull=False).order_by("-promoted_at")
    before = next((row for row in former if folder_of(str(row)).is_dir()), None)
    if before is None:
        raise NotPromoted(f"expected a {kind} Predictor that was in use before, got none")
    artefacts.read(folder_of(str(before)))
    rows.filter(active=True).update(promoted_at=None)
    _take_into_use(before, "predictor.rollback", before.promoted_at, by)
    return before


def find_active(kind: str) -> Predictor | None:
    return Predictor.objects.filter(kind=kind, active=True).first()


def find_by_name(name: str) -> Predictor | None:
    """Return the Predictor named `<name>-<digest12>`."""
    row = Predictor.objects.filter(digest=name.rpartition("-")[2][:12]).first()
    return row if row is not None and str(row) == name else None


def shown_title() -> str:
    """Return the title of the Predictor of the shown estimates; "" where there is none."""
    predictor = find_active(SHOWN_KIND)
    return predictor.title if predictor else ""


def load_active(kind: str) -> LoadedPredictor | None:
    """Return the kind's Predictor, loaded; None where it has none. Raises `artefacts.Broken`."""
    row = find_active(kind)
    return load_predictor(row) if row else None


def load_predictor(row: Predictor) -> LoadedPredictor:
    """Return this Predictor, loaded. Raises `artefacts.Broken`."""
    return LoadedPredictor(row, load_model(row.name, row.digest))


def list_secondary() -> list[Predictor]:
    """Return the Predictors that run next to the shown one.

    These are the other kinds in use, and the challengers, whose estimates are never shown.
    """
    used = Q(active=True, kind__in=SECONDARY_KINDS)
    return list(Predictor.objects.filter(used | Q(challenger=True)).order_by("kind", "-active"))


def is_due(predictor: Predictor, t1: float) -> bool:
    """Return whether a Window that ends at `t1` s is one of its hops."""
    hop_s = _hop_s(predictor)
    return hop_s <= 0 or t1 % hop_s == 0


def count_hops(predictor: Predictor, t1: float) -> int:
    """Return how many of its hops end by `t1` s."""
    return int(t1 // (_hop_s(predictor) or HOP_S))


def _hop_s(predictor: Predictor) -> float:
    """Return the time from one of its Windows to the next, s; 0 if the card has none."""
    return float(predictor.card.get("hop_s", 0.0))


@lru_cache(maxsize=8)
def load_model(name: str, digest: str) -> Learned:
    """Load the model of an artefact; raises `artefacts.Broken` where the folder has changed."""
    # Only a worker runs this. More threads would spin on cores that other workers need.
    import torch

    torch.set_num_threads(1)
    return open_artefact(folder_of(f"{name}-{digest}"))


def artefact_folders() -> tuple[Path, Path]:
    """Return the folders of artefacts: of this release (read-only), and of those trained here."""
    return Path(settings.ARTEFACTS_DIR), Path(settings.LEARNED_DIR)


def folder_of(name: str) -> Path:
    """Return the folder of an artefact; an artefact of the release takes precedence."""
    shipped, learned = (shelf / name for shelf in artefact_folders())
    return learned if learned.is_dir() and not shipped.is_dir() else shipped


def is_learned_here(row: Predictor) -> bool:
    """Return whether it was trained on this site and its weights still exist."""
    folder = folder_of(str(row))
    return folder.parent == Path(settings.LEARNED_DIR) and folder.is_dir()


def _check(card: artefacts.Card, folder: Path) -> None:
    if card["kind"] not in MODELS:
        raise artefacts.BrokenArtefact(
            f"{folder.name}: expected a kind of {tuple(MODELS)}, got {card['kind']!r}"
        )
    allowed = LABELS.get(card["kind"]) or tuple(card["labels"])
    if unknown := set(card["labels"]) - set(allowed):
        raise artefacts.BrokenArtefact(
            f"{folder.name}: expected labels of {allowed}, got {unknown}"
        )


def _is_vacant(kind: str) -> bool:
    """Return whether none is in use, or its artefact was part of an older release."""
    row = find_active(kind)
    return row is None or not folder_of(str(row)).is_dir()


def _take_into_use(
    row: Predictor, verb: str, promoted_at: datetime | None, by: UUID | None = None
) -> None:
    """Put it in use; `promoted_at` orders it above all that were in use before."""
    list(Predictor.objects.select_for_update().filter(kind=row.kind).order_by("pk"))
    Predictor.objects.filter(kind=row.kind, active=True).update(active=False)
    row.active, row.challenger, row.promoted_at = True, False, promoted_at
    row.save(update_fields=["active", "challenger", "promoted_at"])
    audit.record(verb, actor=by, subject=None, public={"predictor": str(row), "kind": row.kind})
