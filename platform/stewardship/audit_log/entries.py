"""The latest audit leaves with their verification, and the head of the tree with its witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.leaves import is_sound
from audit.models import Leaf, Position, TreeHead, Waiting, Witnessed

PAGE_SIZE = 50
WITNESS_NAMES = {"file": _("the file on this site"), "web": _("the external address")}


@dataclass(frozen=True, slots=True)
class LeafEntry:
    at: datetime
    verb: str
    public: str
    sound: bool
    place: int | None


@dataclass(frozen=True, slots=True)
class WitnessState:
    """What one witness has received: time of the newest head, and the number of heads it lacks."""

    name: str
    at: datetime | None
    lacks: int


@dataclass(frozen=True, slots=True)
class TreeState:
    """The newest head, the leaves under it and not yet under it, and those without a position."""

    size: int
    root: str
    at: datetime | None
    uncovered: int
    waiting: int
    witnesses: tuple[WitnessState, ...]


@dataclass(frozen=True, slots=True)
class LeafPage:
    """One page of leaves, newest first; `older` is the leaf after which the next page starts."""

    entries: tuple[LeafEntry, ...]
    total: int
    older: UUID | None
    state: TreeState

    @property
    def unsound(self) -> int:
        return sum(not entry.sound for entry in self.entries)


def load_page(before: Leaf | None = None) -> LeafPage:
    leaves = Leaf.objects.select_related("position").order_by("-at", "-id")
    found = list((leaves.filter(_older(before)) if before else leaves)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    entries = tuple(_make_entry(leaf) for leaf in shown)
    older = shown[-1].id if len(found) > PAGE_SIZE else None
    return LeafPage(entries, Leaf.objects.count(), older, load_tree_state())


def load_tree_state() -> TreeState:
    head = TreeHead.objects.order_by("-size").first()
    size = head.size if head else 0
    placed = Position.objects.order_by("-seq").values_list("seq", flat=True).first()
    return TreeState(
        size=size,
        root=_shorten(bytes(head.root)) if head else "",
        at=head.at if head else None,
        uncovered=0 if placed is None else placed + 1 - size,
        waiting=Waiting.objects.count(),
        witnesses=tuple(_witness_state(by) for by in _witnesses()),
    )


def _witnesses() -> tuple[str, ...]:
    places = {"file": settings.AUDIT_WITNESS_FILE, "web": settings.AUDIT_WITNESS_URL}
    return tuple(by for by, place in places.items() if place)


def _witness_state(by: str) -> WitnessState:
    last = Witnessed.objects.filter(by=by).order_by("-head").first()
    heads = TreeHead.objects.filter(size__gt=last.head_id) if last else TreeHead.objects
    return WitnessState(str(WITNESS_NAMES[by]), last.at if last else None, heads.count())


def _make_entry(leaf: Leaf) -> LeafEntry:
    position = getattr(leaf, "position", None)
    place = position.seq if position else None
    return LeafEntry(leaf.at, leaf.verb, leaf.public, is_sound(leaf), place)


def _older(leaf: Leaf) -> Q:
    return Q(at__lt=leaf.at) | Q(at=leaf.at, id__lt=leaf.id)


def _shorten(root: bytes) -> str:
    return f"{root.hex()[:8]}…{root.hex()[-8:]}"
