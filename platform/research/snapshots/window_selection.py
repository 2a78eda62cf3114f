"""Which cuts of a Sitting a Snapshot takes: none shares a second with another."""

from __future__ import annotations

from collections.abc import Mapping

from research.snapshots.ground_truth import Said

ORDER = ("report", "dispute", "expert")
# Cuts come every 5 s and last 10.
APART = 2


def cuts(said: Mapping[int, Said], last: int, *, unlabelled: bool) -> dict[int, Said | None]:
    """Those of which something was said, by whose word counts most, then the earliest; and from the
    second cut on all that fit between them."""
    chosen: dict[int, Said | None] = {}
    for cut in sorted(said, key=lambda cut: _rank(said[cut], cut)):
        if _free(cut, chosen):
            chosen[cut] = said[cut]
    for cut in range(1, last + 1) if unlabelled else ():
        if _free(cut, chosen):
            chosen[cut] = None
    return dict(sorted(chosen.items()))


def _rank(said: Said, cut: int) -> tuple[bool, int, int]:
    return not said.label, ORDER.index(said.source), cut


def _free(cut: int, chosen: Mapping[int, Said | None]) -> bool:
    return not any(near in chosen for near in range(cut - APART + 1, cut + APART))
