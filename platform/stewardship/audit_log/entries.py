"""The latest leaves of the audit, whether each verifies and stands in the tree, and the tree's head
with its witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.leaves import is_sound
from audit.models import Leaf, Position, TreeHead, Waiting, Witnessed

PAGE = 50
NAMES = {"file": _("the file on this site"), "web": _("the external address")}


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    verb: str
    public: str
    sound: bool
    place: int | None


@dataclass(frozen=True, slots=True)
class Handed:
    """What one witness has got: when the newest head came, and how many it still lacks."""

    name: str
    at: datetime | None
    lacks: int


@dataclass(frozen=True, slots=True)
class State:
    """The newest head, leaves under it and not under it yet, leaves without a place."""

    size: int
    root: str
    at: datetime | None
    uncovered: int
    waiting: int
    witnesses: tuple[Handed, ...]


@dataclass(frozen=True, slots=True)
class Trail:
    """One page of leaves, newest first; `older` names the leaf the next page starts after."""

    entries: tuple[Entry, ...]
    total: int
    older: UUID | None
    state: State

    @property
    def unsound(self) -> int:
        return sum(not entry.sound for entry in self.entries)


def latest(before: Leaf | None = None) -> Trail:
    leaves = Leaf.objects.select_related("position").order_by("-at", "-id")
    found = list((leaves.filter(_older(before)) if before else leaves)[: PAGE + 1])
    shown = found[:PAGE]
    entries = tuple(_entry(leaf) for leaf in shown)
    older = shown[-1].id if len(found) > PAGE else None
    return Trail(entries, Leaf.objects.count(), older, state())


def state() -> State:
    head = TreeHead.objects.order_by("-size").first()
    size = head.size if head else 0
    placed = Position.objects.order_by("-seq").values_list("seq", flat=True).first()
    return State(
        size=size,
        root=_short(bytes(head.root)) if head else "",
        at=head.at if head else None,
        uncovered=0 if placed is None else placed + 1 - size,
        waiting=Waiting.objects.count(),
        witnesses=tuple(_handed(by) for by in _witnesses()),
    )


def _witnesses() -> tuple[str, ...]:
    return ("file", "web") if settings.AUDIT_WITNESS_URL else ("file",)


def _handed(by: str) -> Handed:
    last = Witnessed.objects.filter(by=by).order_by("-head").first()
    heads = TreeHead.objects.filter(size__gt=last.head_id) if last else TreeHead.objects
    return Handed(str(NAMES[by]), last.at if last else None, heads.count())


def _entry(leaf: Leaf) -> Entry:
    position = getattr(leaf, "position", None)
    place = position.seq if position else None
    return Entry(leaf.at, leaf.verb, leaf.public, is_sound(leaf), place)


def _older(leaf: Leaf) -> Q:
    return Q(at__lt=leaf.at) | Q(at=leaf.at, id__lt=leaf.id)


def _short(root: bytes) -> str:
    return f"{root.hex()[:8]}…{root.hex()[-8:]}"
