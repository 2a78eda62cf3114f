"""Affect Estimates: many Windows in one forward, each stored under the scopes it was made from.

Several Predictors may guess about the same Window; each has rows of its own.

A guess is a range, never a point: it spans what the same Window gives with any one stream left out,
and the calibration error of the Predictor's card. One that is not sure is stored as not sure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

from consent.permits import gate
from consent.permits.gate import Permit
from emotion.windows import Window as Cut
from estimates.inference.storage import Draft, store_each
from estimates.models import AffectEstimate, Dispute, Predictor
from estimates.registry.predictors import InUse
from telemetry.models import Window
from vault.sealed_values import Place, unseal_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emotion.calibration.personal import PersonalScaling
    from emotion.models import Prediction

Range = tuple[float, float, float]
CAMERA = "face"
Moment = tuple[UUID, int]  # a cut of a Sitting


@dataclass(frozen=True, slots=True)
class Sensed:
    """One due Window: its row, what a Predictor sees of it, and the Permits that was read under."""

    row: Window
    cut: Cut
    permits: Mapping[str, Permit]
    late: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """What stands in an Estimate: (best, low, high) by label, or why there is none.

    `raw` = what the Predictor itself said, with the camera and without it, before the Learner's own
    reports shifted it.
    """

    labels: Mapping[str, Range]
    abstain: bool
    reasons: Sequence[str]
    quality: float
    streams: Sequence[str]
    scopes: Sequence[str]
    digest: str = ""
    raw: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def likeliest(self) -> tuple[str, float, float]:
        """The label it is most like, from low to high; "" where it is not sure."""
        if self.abstain or not self.labels:
            return "", 0.0, 0.0
        label = max(self.labels, key=lambda name: self.labels[name][0])
        return label, *self.labels[label][1:]


@dataclass(frozen=True, slots=True)
class Made:
    """A stored Estimate and the guess in it."""

    id: UUID
    cut: int
    guess: Guess
    predictor: str
    digest: str
    origin: str


def guess(
    batch: Sequence[Sensed], by: InUse, own: Mapping[int, PersonalScaling] | None = None
) -> dict[int, Guess]:
    """Guess for each Window that has a stream it reads, all in one forward; by the row's pk.

    `own` = what some Learners' own reports change of what is guessed about them.
    """
    read = [replace(sensed, cut=_named(sensed.cut, by.learned.streams)) for sensed in batch]
    felt = [sensed for sensed in read if sensed.cut.streams]
    if not felt:
        return {}
    return dict(zip([s.row.pk for s in felt], _guesses(felt, by, own or {}), strict=True))


def store_guess(sensed: Sensed, guess: Guess | None, *, now: datetime) -> Made | None:
    """Keep the guess; None where there is none, or it may not be kept any more."""
    guesses = {} if guess is None else {sensed.row.pk: guess}
    return store_guesses([sensed], guesses, now=now).get(sensed.row.pk)


def store_guesses(
    batch: Sequence[Sensed], guesses: Mapping[int, Guess], *, now: datetime
) -> dict[int, Made]:
    """The same of many Windows, by their rows' pk; what could not be kept is left out."""
    told = [(each, guesses[each.row.pk]) for each in batch if each.row.pk in guesses]
    if not told:
        return {}
    digests = {guess.digest for _, guess in told}
    rows = {row.digest: row for row in Predictor.objects.filter(digest__in=digests, active=True)}
    spoken = _spoken([each.row for each, _ in told])
    drafts = {
        each.row.pk: _draft(each, guess, rows[guess.digest], spoken, now)
        for each, guess in told
        if guess.digest in rows
    }
    stored = store_each(list(drafts.values()))
    return {
        pk: _as_made(drafts[pk].row, guess)
        for pk, guess in ((each.row.pk, guess) for each, guess in told)
        if pk in drafts and drafts[pk].row.pk in stored
    }


def _named(cut: Cut, streams: Collection[str]) -> Cut:
    """Only what the Predictor reads: nothing else is a source of its Estimate."""
    return replace(
        cut,
        streams={name: track for name, track in cut.streams.items() if name in streams},
        opening={name: own for name, own in cut.opening.items() if name in streams},
    )


def _guesses(felt: Sequence[Sensed], by: InUse, own: Mapping[int, PersonalScaling]) -> list[Guess]:
    """One forward over every Window whole and with each of its streams left out."""
    predictor = by.learned
    cuts, owners = [s.cut for s in felt], list(range(len(felt)))
    for owner, sensed in enumerate(felt):
        lacking = _each_left_out(sensed.cut)
        cuts += lacking
        owners += [owner] * len(lacking)
    said = predictor.predict(cuts)
    slack = slack_of(by.row.card)
    return [
        replace(
            _guess(sensed, predictor.labels, said, owners, index, slack, own), digest=by.row.digest
        )
        for index, sensed in enumerate(felt)
    ]


def _each_left_out(cut: Cut) -> list[Cut]:
    if len(cut.streams) < 2:
        return []
    return [
        replace(cut, streams={n: track for n, track in cut.streams.items() if n != name})
        for name in cut.streams
    ]


def _guess(
    sensed: Sensed,
    labels: Sequence[str],
    said: Prediction,
    owners: Sequence[int],
    index: int,
    slack: float,
    own: Mapping[int, PersonalScaling],
) -> Guess:
    told = said.proba[[i for i, owner in enumerate(owners) if owner == index]]
    bare = told[_without_camera(sensed.cut)]
    mine = own.get(sensed.row.sitting.learner_id)
    ranges = spans(
        labels, mine.apply(told.astype(float), bare.astype(float)) if mine else told, slack
    )
    raw = {label: (float(told[0, k]), float(bare[k])) for k, label in enumerate(labels)}
    streams = sorted(sensed.cut.streams)
    quality = sum(track.quality for track in sensed.cut.streams.values()) / len(streams)
    return Guess(
        labels={} if said.abstain[index] else ranges,
        abstain=bool(said.abstain[index]),
        reasons=said.reasons[index],
        quality=quality,
        streams=streams,
        scopes=[f"{stream}:adapt" for stream in streams],
        raw={} if said.abstain[index] else raw,
    )


def _without_camera(cut: Cut) -> int:
    """Which row leaves the camera out: the first, of the whole Window, where it sees nothing."""
    names = list(cut.streams)
    return 1 + names.index(CAMERA) if CAMERA in names and len(names) > 1 else 0


def slack_of(card: Mapping[str, Any]) -> float:
    """The calibration error that a Predictor's card tells, with an interval or without."""
    found = card["figures"].get("ece", 0.05)
    return float(found[0] if isinstance(found, list) else found)


def spans(labels: Sequence[str], rows: NDArray[Any], slack: float) -> dict[str, Range]:
    """(best, low, high) by label, of `rows` (R, K): the whole Window first, then what is left of it
    without each of its Streams."""
    return {
        label: (
            float(rows[0, k]),
            max(0.0, float(rows[:, k].min()) - slack),
            min(1.0, float(rows[:, k].max()) + slack),
        )
        for k, label in enumerate(labels)
    }


def _draft(
    sensed: Sensed, guess: Guess, predictor: Predictor, spoken: Collection[Moment], now: datetime
) -> Draft[AffectEstimate]:
    made, sitting, cut = uuid4(), sensed.row.sitting, sensed.row.cut
    late = sensed.late or (sitting.id, cut) in spoken
    row = AffectEstimate(
        id=made,
        sitting=sitting,
        cut=cut,
        predictor=predictor,
        status="late" if late else "abstained" if guess.abstain else "live",
        made_at=now,
    )
    place = _place(made, sitting.learner.code)
    return Draft(row, as_json(guess), guess.streams, sensed.permits, place)


def _as_made(row: AffectEstimate, guess: Guess) -> Made:
    by = row.predictor
    return Made(row.id, row.cut, guess, by.title, by.digest, by.origin)


def _spoken(windows: Sequence[Window]) -> set[Moment]:
    """The moments about which the Learner spoke: a guess that comes after that is too late."""
    words = Dispute.objects.filter(
        estimate__sitting__in={each.sitting_id for each in windows},
        estimate__cut__in={each.cut for each in windows},
    )
    return set(words.values_list("estimate__sitting", "estimate__cut"))


class Kept(Protocol):
    """What of an Estimate's row is needed to open it."""

    @property
    def id(self) -> UUID: ...
    @property
    def scopes(self) -> Sequence[str]: ...
    @property
    def epochs(self) -> Sequence[int]: ...
    @property
    def sealed(self) -> bytes | memoryview: ...


def read(row: Kept, permits: Mapping[str, Permit]) -> Guess:
    """Open an Estimate; `permits` must cover each of its scopes. Raises KeyError, KeyDestroyed."""
    if not gate.covers(permits, row.scopes, row.epochs):
        raise KeyError(f"expected Permits of epochs {row.epochs} for {row.scopes}")
    subject = permits[row.scopes[0]].subject
    return as_guess(unseal_value(bytes(row.sealed), place=_place(row.id, subject)), row.scopes)


def as_guess(opened: Mapping[str, Any], scopes: Sequence[str]) -> Guess:
    """What `as_json` made of a guess."""
    return Guess(
        labels={label: (r[0], r[1], r[2]) for label, r in opened["labels"].items()},
        abstain=opened["abstain"],
        reasons=tuple(opened["reasons"]),
        quality=opened["quality"],
        streams=tuple(opened["streams"]),
        scopes=tuple(scopes),
        raw={label: (r[0], r[1]) for label, r in opened.get("raw", {}).items()},
    )


def as_json(guess: Guess) -> dict[str, object]:
    return {
        "labels": {label: list(span) for label, span in guess.labels.items()},
        "abstain": guess.abstain,
        "reasons": list(guess.reasons),
        "quality": guess.quality,
        "streams": list(guess.streams),
        "raw": {label: list(pair) for label, pair in guess.raw.items()},
    }


def _place(estimate_id: UUID, subject: UUID) -> Place:
    return Place("estimates_affectestimate", "sealed", str(estimate_id), subject)
