"""The cuts of a Sitting that a Snapshot stores; no two overlap."""

from __future__ import annotations

from collections.abc import Mapping

from research.snapshots.ground_truth import Said

ORDER = ("report", "dispute", "expert")
# Cuts start every 5 s and last 10 s.
APART = 2


def cuts(said: Mapping[int, Said], last: int, *, unlabelled: bool) -> dict[int, Said | None]:
    """Select labelled cuts by rank of their source, then unlabelled ones that fit between.

    Unlabelled cuts start with the second one.
    """
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
