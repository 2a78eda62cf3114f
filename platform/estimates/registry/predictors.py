"""Which Predictors are in use: registered from their artefacts, one a kind, loaded once a process.

Registered is not in use: what is in use changes by promotion or rollback, each with a leaf. Pages
and rules read the kind `affect`; the other kinds that give Estimates run beside it.
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
from estimates.models import AFFECT_LABELS, KINDS, LEVEL_LABELS, Predictor
from estimates.registry import promotion_gates

if TYPE_CHECKING:
    from emotion.models import Predictor as Learned

SHOWN = "affect"
# What a card of each kind may say; a kind without a line gives no AffectEstimates.
LABELS = {
    SHOWN: AFFECT_LABELS,
    "foursub": AFFECT_LABELS,
    "mvp": LEVEL_LABELS,
    "arousal": LEVEL_LABELS,
    "sam": LEVEL_LABELS,
}
LEVEL_KINDS = tuple(kind for kind, labels in LABELS.items() if labels == LEVEL_LABELS)
BESIDE = tuple(kind for kind in KINDS if kind in LABELS and kind != SHOWN)


class NotPromoted(ValueError):
    """It may not be taken into use; the text says why."""


@dataclass(frozen=True, slots=True)
class InUse:
    """A Predictor in use: its row, and what speaks for it."""

    row: Predictor
    learned: Learned


@transaction.atomic
def register(folder: Path, *, now: datetime, at_once: bool = True) -> Predictor:
    """Know an artefact; `at_once` the first of its kind that may be is taken into use.

    Raises `artefacts.Broken` where it is not what it says.
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
    if at_once and _vacant(row.kind) and artefacts.UNPROMOTED not in row.card:
        _take_into_use(row, "predictor.promote", now)
    return row


def register_shipped(*, now: datetime) -> list[Predictor]:
    """Know every artefact of this release."""
    folders = sorted(card.parent for card in Path(settings.ARTEFACTS_DIR).glob("*/card.json"))
    return [register(folder, now=now) for folder in folders]


@transaction.atomic
def promote(name: str, *, now: datetime, by: UUID | None = None) -> Predictor:
    """Take `<name>-<digest12>` into use instead of what its kind has; registers it where it is new.

    What was trained here has to pass every gate. Raises NotPromoted, `artefacts.Broken`.
    """
    folder = folder_of(name)
    if not folder.is_dir() or folder.parent not in shelves():
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
    """Raises NotPromoted with the words of each gate that stays shut."""
    if shut := promotion_gates.failed(row, active(row.kind)):
        raise NotPromoted(" ".join(each.words for each in shut))


@transaction.atomic
def rollback(kind: str, *, by: UUID | None = None) -> Predictor:
    """Bring back what was in use before, and once more what was before that.

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


def active(kind: str) -> Predictor | None:
    return Predictor.objects.filter(kind=kind, active=True).first()


def by_name(name: str) -> Predictor | None:
    """The one called `<name>-<digest12>`."""
    row = Predictor.objects.filter(digest=name.rpartition("-")[2][:12]).first()
    return row if row is not None and str(row) == name else None


def made_by() -> str:
    """What makes the affect guesses, in the words of its card; "" where nothing does."""
    predictor = active(SHOWN)
    return predictor.title if predictor else ""


def in_use(kind: str) -> InUse | None:
    """The kind's Predictor, loaded; None where it has none. Raises `artefacts.Broken`."""
    row = active(kind)
    return as_used(row) if row else None


def as_used(row: Predictor) -> InUse:
    """This Predictor, loaded. Raises `artefacts.Broken`."""
    return InUse(row, loaded(row.name, row.digest))


def beside() -> list[Predictor]:
    """The Predictors whose guesses stand beside those that are shown: of the other kinds that are
    in use, and those of challengers, which stand in the shadow."""
    used = Q(active=True, kind__in=BESIDE)
    return list(Predictor.objects.filter(used | Q(challenger=True)).order_by("kind", "-active"))


def is_due(predictor: Predictor, t1: float) -> bool:
    """Whether a Window that ends at `t1` s is one of its hops."""
    hop_s = float(predictor.card.get("hop_s", 0.0))
    return hop_s <= 0 or t1 % hop_s == 0


@lru_cache(maxsize=8)
def loaded(name: str, digest: str) -> Learned:
    """What speaks for an artefact; raises `artefacts.Broken` where the folder has changed."""
    # Only a worker comes here. More threads would spin on cores that other workers need.
    import torch

    torch.set_num_threads(1)
    return artefacts.load(folder_of(f"{name}-{digest}"))


def shelves() -> tuple[Path, Path]:
    """Where artefacts lie: those of this release, which is only read, and those learned here."""
    return Path(settings.ARTEFACTS_DIR), Path(settings.LEARNED_DIR)


def folder_of(name: str) -> Path:
    """Where an artefact lies, or would; what was learned here once more is the release's own."""
    shipped, learned = (shelf / name for shelf in shelves())
    return learned if learned.is_dir() and not shipped.is_dir() else shipped


def is_learned_here(row: Predictor) -> bool:
    """Whether its weights were trained on this site and are still there."""
    folder = folder_of(str(row))
    return folder.parent == Path(settings.LEARNED_DIR) and folder.is_dir()


def _check(card: artefacts.Card, folder: Path) -> None:
    if card["kind"] not in KINDS:
        raise artefacts.BrokenArtefact(
            f"{folder.name}: expected a kind of {KINDS}, got {card['kind']!r}"
        )
    allowed = LABELS.get(card["kind"]) or tuple(card["labels"])
    if unknown := set(card["labels"]) - set(allowed):
        raise artefacts.BrokenArtefact(
            f"{folder.name}: expected labels of {allowed}, got {unknown}"
        )


def _vacant(kind: str) -> bool:
    """Nothing is in use, or its artefact went with an older release."""
    row = active(kind)
    return row is None or not folder_of(str(row)).is_dir()


def _take_into_use(
    row: Predictor, verb: str, promoted_at: datetime | None, by: UUID | None = None
) -> None:
    """`promoted_at` puts it above everything that was in use before."""
    list(Predictor.objects.select_for_update().filter(kind=row.kind).order_by("pk"))
    Predictor.objects.filter(kind=row.kind, active=True).update(active=False)
    row.active, row.challenger, row.promoted_at = True, False, promoted_at
    row.save(update_fields=["active", "challenger", "promoted_at"])
    audit.record(verb, actor=by, subject=None, public={"predictor": str(row), "kind": row.kind})
