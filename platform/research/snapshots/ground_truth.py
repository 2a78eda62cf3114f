"""Labels of a person's moments: their own reports, their disputes, and experts' labels.

A person's own label ranks above all others. A report applies to the Window that ends before it; of
experts the majority label counts, and none on a tie.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.models import User
from consent.permits import gate
from consent.permits.gate import Permit
from emotion.labels import OWN_WORDS
from estimates import disputes, self_reports
from estimates.models import Dispute
from research.labels import annotation
from research.models import Label
from telemetry.windows import HOP_S
from vault.errors import KeyDestroyed

Moment = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """A label and its source; `under`: research scopes and epochs of an expert label.

    Reports also have levels, with or without a label, and an occasion.
    """

    label: str
    source: str
    under: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    occasion: str = ""


def load_ground_truth(
    person: User, sittings: Collection[UUID], permits: Mapping[str, Permit], *, since: datetime
) -> dict[Moment, GroundTruth]:
    """Return the labels by Sitting and cut."""
    found = _load_expert_labels(sittings, permits)
    if "course" in permits:
        reports = _load_reports(sittings, permits["course"], since)
        found |= _load_disputes(person, sittings, permits["course"])
        # Levels alone do not replace a label.
        found |= {at: said for at, said in reports.items() if said.label or at not in found}
    return found


def _load_reports(
    sittings: Collection[UUID], permit: Permit, since: datetime
) -> dict[Moment, GroundTruth]:
    """Return the last report with a label in each Window, else the last report."""
    found: dict[Moment, GroundTruth] = {}
    for said in self_reports.reports_since(permit, since):
        at, label = (said.sitting, _cut_before(said.t)), said.label.upper()
        one = GroundTruth(label, "report", levels=said.levels, occasion=said.occasion)
        counts = label in OWN_WORDS or (not label and not (at in found and found[at].label))
        if said.sitting in sittings and counts:
            found[at] = one
    return found


def _load_disputes(
    person: User, sittings: Collection[UUID], permit: Permit
) -> dict[Moment, GroundTruth]:
    rows = Dispute.objects.filter(learner=person, estimate__sitting__in=sittings)
    words = {
        (row.estimate.sitting_id, row.estimate.cut): disputes.read_label(row, permit)
        for row in rows.select_related("estimate").order_by("made_at", "pk")
    }
    return {at: GroundTruth(word, "dispute") for at, word in words.items() if word in OWN_WORDS}


def _load_expert_labels(
    sittings: Collection[UUID], permits: Mapping[str, Permit]
) -> dict[Moment, GroundTruth]:
    given: dict[Moment, Counter[str]] = defaultdict(Counter)
    under: dict[Moment, dict[str, int]] = defaultdict(dict)
    rows = Label.objects.filter(item__sitting__in=sittings).select_related("item", "learner")
    for row in rows.order_by("made_at", "pk"):
        if not gate.covers(permits, row.scopes, row.epochs):
            continue
        try:
            label = annotation.read(row, permits)["label"]
        except KeyDestroyed:
            continue
        at = (row.item.sitting_id, row.item.cut)
        if label != annotation.CANNOT_TELL:
            given[at][label] += 1
            under[at] |= _research_epochs(zip(row.scopes, row.epochs, strict=True))
    return {
        at: GroundTruth(label, "expert", under[at])
        for at, counts in given.items()
        if (label := _majority_label(counts)) is not None
    }


def _majority_label(counts: Counter[str]) -> str | None:
    (label, most), *others = counts.most_common(2)
    return None if others and others[0][1] == most else label


def _research_epochs(pairs: Collection[tuple[str, int]] | zip[tuple[str, int]]) -> dict[str, int]:
    return {scope: epoch for scope, epoch in pairs if scope.endswith(":research")}


def _cut_before(t: float) -> int:
    """Return the last cut that is over at `t`; the first where none is."""
    return max(0, int(t // HOP_S) - 1)
