"""Affect Estimates: many Windows per forward pass, each stored under the scopes it was made from.

Several Predictors may estimate the same Window; each has rows of its own.

An estimate is a range, never a point. It spans the results with any one stream left out, widened by
the calibration error on the Predictor's card. For secondary Predictors, streams that people grant
together are left out together (ADR 0095). An unsure result is stored as an abstention.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

import numpy as np

from consent.permits import gate
from consent.permits.gate import Permit
from emotion import artefacts, streams
from emotion.windows import Window as Cut
from estimates.inference.storage import EstimateDraft, store_each
from estimates.models import AffectEstimate, Dispute, Predictor
from estimates.registry.predictors import SHOWN_KIND, LoadedPredictor
from telemetry.models import Window
from vault.sealed_values import Place, unseal_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emotion.calibration.personal import PersonalScaling

Range = tuple[float, float, float]
# Inputs that one camera gives together.
CAMERA = frozenset({"face", "gaze"})
Moment = tuple[UUID, int]  # a cut of a Sitting


@dataclass(frozen=True, slots=True)
class SensedWindow:
    """One due Window: its row, the Predictor's input, and the Permits it was read under."""

    row: Window
    cut: Cut
    permits: Mapping[str, Permit]
    late: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """The content of an Estimate: (best, low, high) by label, or why it abstained.

    `context` = what it read of the course, which needs no Grant.
    `raw` = the Predictor's own output, with and without the camera, before personal calibration.
    """

    labels: Mapping[str, Range]
    abstain: bool
    reasons: Sequence[str]
    quality: float
    streams: Sequence[str]
    scopes: Sequence[str]
    digest: str = ""
    raw: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    context: Sequence[str] = ()

    @property
    def likeliest(self) -> tuple[str, float, float]:
        """Return the likeliest label with its low and high end; "" where it abstained."""
        if self.abstain or not self.labels:
            return "", 0.0, 0.0
        label = max(self.labels, key=lambda name: self.labels[name][0])
        return label, *self.labels[label][1:]


@dataclass(frozen=True, slots=True)
class StoredEstimate:
    """A stored Estimate and its content.

    `rates` = those on the card of its Predictor, for rules; empty where it has none.
    """

    id: UUID
    cut: int
    guess: Guess
    predictor: str
    digest: str
    origin: str
    rates: Mapping[str, Any] = field(default_factory=dict)


def guess_each(
    batch: Sequence[SensedWindow],
    by: LoadedPredictor,
    own: Mapping[int, PersonalScaling] | None = None,
) -> dict[int, Guess]:
    """Estimate each Window that has a stream of the Predictor, in one forward pass; by row pk.

    `own` = personal calibrations by Learner.
    """
    read = [
        replace(sensed, cut=_select_inputs(sensed.cut, {*by.learned.streams, *by.learned.context}))
        for sensed in batch
    ]
    inputs = [sensed for sensed in read if sensed.cut.streams]
    if not inputs:
        return {}
    return dict(zip([s.row.pk for s in inputs], _predict_each(inputs, by, own or {}), strict=True))


def store_guess(
    sensed: SensedWindow, guess: Guess | None, *, now: datetime
) -> StoredEstimate | None:
    """Store the estimate; None where there is none, or storing is no longer allowed."""
    return None if guess is None else store_guesses([(sensed, guess)], now=now)[0]


def store_guesses(
    guessed: Sequence[tuple[SensedWindow, Guess]], *, now: datetime
) -> list[StoredEstimate | None]:
    """Store the estimates of many Windows and Predictors; None for one that is not allowed."""
    if not guessed:
        return []
    digests = {guess.digest for _, guess in guessed}
    rows = {row.digest: row for row in Predictor.objects.filter(digest__in=digests, active=True)}
    disputed = _find_disputed([each.row for each, _ in guessed])
    drafts = [
        _build_draft(each, guess, rows[guess.digest], disputed, now)
        if guess.digest in rows
        else None
        for each, guess in guessed
    ]
    stored = store_each([draft for draft in drafts if draft])
    return [
        as_stored(draft.row, guess) if draft and draft.row.pk in stored else None
        for draft, (_, guess) in zip(drafts, guessed, strict=True)
    ]


def _select_inputs(cut: Cut, streams: Collection[str]) -> Cut:
    """Keep only what the Predictor reads: nothing else is a source of its Estimate."""
    opening = {name: own for name, own in cut.opening.items() if name in streams}
    return replace(cut.select(streams), opening=opening)


def _predict_each(
    inputs: Sequence[SensedWindow], by: LoadedPredictor, own: Mapping[int, PersonalScaling]
) -> list[Guess]:
    """Predict every Window, whole and with each of its inputs hidden."""
    predictor, cuts = by.learned, [sensed.cut for sensed in inputs]
    is_shown = by.row.kind == SHOWN_KIND
    hidden = [_list_hidden(cut) if is_shown else _list_hidden_groups(cut) for cut in cuts]
    whole, reduced = predictor.predict_without(cuts, hidden)
    slack = calibration_error(by.row.card)
    found = []
    for n, sensed in enumerate(inputs):
        rows = np.concatenate([whole.proba[[n]], reduced[n]])  # (1 + R, K)
        bare = rows[_row_without_camera(hidden[n])]
        calibration = own.get(sensed.row.sitting.learner_id)
        scaled = calibration.apply(rows.astype(float), bare.astype(float)) if calibration else rows
        ranges = label_ranges(predictor.labels, scaled, slack)
        raw = {
            label: (float(rows[0, k]), float(bare[k])) for k, label in enumerate(predictor.labels)
        }
        found.append(
            _build_guess(sensed.cut, by.row.digest, ranges, raw, whole.abstain[n], whole.reasons[n])
        )
    return found


def _list_hidden(cut: Cut) -> list[frozenset[str]]:
    """Return each input alone, and last a camera that gave several."""
    names = set(cut.inputs)
    if len(names) < 2:
        return []
    found = [frozenset({name}) for name in cut.inputs]
    return [*found, CAMERA] if names > CAMERA else found


def _list_hidden_groups(cut: Cut) -> list[frozenset[str]]:
    """Return each group of streams, and the context; each input where all are of one group."""
    groups: dict[str, set[str]] = {}
    for name in cut.inputs:
        group = streams.stream(name).group if name in cut.streams else name
        groups.setdefault(group, set()).add(name)
    return [frozenset(names) for names in groups.values()] if len(groups) > 1 else _list_hidden(cut)


def _build_guess(
    cut: Cut,
    digest: str,
    ranges: Mapping[str, Range],
    raw: Mapping[str, tuple[float, float]],
    abstain: np.bool_,
    reasons: Sequence[str],
) -> Guess:
    streams = sorted(cut.streams)
    quality = sum(track.quality for track in cut.streams.values()) / len(streams)
    return Guess(
        labels={} if abstain else ranges,
        abstain=bool(abstain),
        reasons=reasons,
        quality=quality,
        streams=streams,
        scopes=[f"{stream}:adapt" for stream in streams],
        digest=digest,
        raw={} if abstain else raw,
        context=sorted(cut.context),
    )


def _row_without_camera(hidden: Sequence[frozenset[str]]) -> int:
    """Return the row without the camera: 0, of the whole Window, where it was not used."""
    camera = [n for n, names in enumerate(hidden, 1) if names <= CAMERA]
    return camera[-1] if 0 < len(camera) < len(hidden) else 0


def calibration_error(card: Mapping[str, Any]) -> float:
    """Return the calibration error of a Predictor's card, stored with or without an interval."""
    found = card["figures"].get("ece", 0.05)
    return float(found[0] if isinstance(found, list) else found)


def label_ranges(labels: Sequence[str], rows: NDArray[Any], slack: float) -> dict[str, Range]:
    """Return (best, low, high) by label.

    `rows` (R, K): the whole Window first, then without each of its Streams.
    """
    return {
        label: (
            float(rows[0, k]),
            max(0.0, float(rows[:, k].min()) - slack),
            min(1.0, float(rows[:, k].max()) + slack),
        )
        for k, label in enumerate(labels)
    }


def _build_draft(
    sensed: SensedWindow,
    guess: Guess,
    predictor: Predictor,
    disputed: Collection[Moment],
    now: datetime,
) -> EstimateDraft[AffectEstimate]:
    estimate_id, sitting, cut = uuid4(), sensed.row.sitting, sensed.row.cut
    late = sensed.late or (sitting.id, cut) in disputed
    row = AffectEstimate(
        id=estimate_id,
        sitting=sitting,
        cut=cut,
        predictor=predictor,
        status="late" if late else "abstained" if guess.abstain else "live",
        made_at=now,
    )
    place = _place(estimate_id, sitting.learner.code)
    return EstimateDraft(row, as_json(guess), guess.streams, sensed.permits, place)


def as_stored(row: AffectEstimate, guess: Guess) -> StoredEstimate:
    by = row.predictor
    rates = by.card.get(artefacts.RATES, {})
    return StoredEstimate(row.id, row.cut, guess, by.title, by.digest, by.origin, rates)


def _find_disputed(windows: Sequence[Window]) -> set[Moment]:
    """Return the moments the Learner disputed: an estimate made after that is too late."""
    words = Dispute.objects.filter(
        estimate__sitting__in={each.sitting_id for each in windows},
        estimate__cut__in={each.cut for each in windows},
    )
    return set(words.values_list("estimate__sitting", "estimate__cut"))


class SealedEstimate(Protocol):
    """The columns of an Estimate that are needed to open it."""

    @property
    def id(self) -> UUID: ...
    @property
    def scopes(self) -> Sequence[str]: ...
    @property
    def epochs(self) -> Sequence[int]: ...
    @property
    def sealed(self) -> bytes | memoryview: ...


def read(row: SealedEstimate, permits: Mapping[str, Permit]) -> Guess:
    """Open an Estimate; `permits` must cover each of its scopes. Raises KeyError, KeyDestroyed."""
    if not gate.covers(permits, row.scopes, row.epochs):
        raise KeyError(f"expected Permits of epochs {row.epochs} for {row.scopes}")
    subject = permits[row.scopes[0]].subject
    return as_guess(unseal_value(bytes(row.sealed), place=_place(row.id, subject)), row.scopes)


def as_guess(opened: Mapping[str, Any], scopes: Sequence[str]) -> Guess:
    """Read what `as_json` wrote."""
    return Guess(
        labels={label: (r[0], r[1], r[2]) for label, r in opened["labels"].items()},
        abstain=opened["abstain"],
        reasons=tuple(opened["reasons"]),
        quality=opened["quality"],
        streams=tuple(opened["streams"]),
        scopes=tuple(scopes),
        raw={label: (r[0], r[1]) for label, r in opened.get("raw", {}).items()},
        context=tuple(opened.get("context", ())),
    )


def as_json(guess: Guess) -> dict[str, object]:
    return {
        "labels": {label: list(span) for label, span in guess.labels.items()},
        "abstain": guess.abstain,
        "reasons": list(guess.reasons),
        "quality": guess.quality,
        "streams": list(guess.streams),
        "context": list(guess.context),
        "raw": {label: list(pair) for label, pair in guess.raw.items()},
    }


def _place(estimate_id: UUID, subject: UUID) -> Place:
    return Place("estimates_affectestimate", "sealed", str(estimate_id), subject)
