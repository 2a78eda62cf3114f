"""The plan of `benchmark affect`: cohorts, splits, rows and training lengths.

Profiles were tuned on a cohort of another seed (`DEVELOPMENT`), before any of these figures was
seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from emotion.benchmarks.affect.estimators import TRIVIAL
from emotion.simulate.lab import Lab

DEVELOPMENT = 0

EYE, PULSE, TEXT = "gaze", "ppg", "semantics"
THREE = (EYE, PULSE, TEXT)
SIX = ("behaviour", "eda", "face", *THREE)
SIGNALS = (EYE, PULSE)

Split = Literal["people", "both", "leaky", "leaky resampled"]
WORLDS = ("additive", "event_locked")

LABS: Mapping[str, Lab] = {
    "additive": Lab(),
    "event_locked": Lab(world="event_locked"),
    "zero signal": Lab(size=0.0, as_published=True),
    "at home": Lab(worn=False),
}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One line of a table.

    Attributes
    ----------
    table, name : str
    cohort : str
        Of `LABS`.
    model : str
        Of `models`.
    modalities : tuple of str
    split : str
    kind : str
        Kind of video semantics.
    resample : {"", "adasyn", "smote"}
        In the training part of each fold.
    paper : float or None
        The accuracy printed in the paper, %.
    """

    table: str
    name: str
    cohort: str
    model: str
    modalities: tuple[str, ...] = THREE
    split: Split = "people"
    kind: str = "description"
    resample: str = ""
    paper: float | None = None

    @property
    def key(self) -> str:
        """Key of its stored results: rows that differ in name only share them."""
        named = "+".join(n[:2] for n in self.modalities)
        parts = (self.cohort, self.split, self.model, named, self.kind, self.resample or "as is")
        return "_".join(part.replace(" ", "-") for part in parts)

    def lab(self, profile: BenchmarkProfile) -> Lab:
        """Return the parameters of its study."""
        made = LABS[self.cohort]
        kind: Any = self.kind
        return replace(made, people=profile.people, segments=profile.segments, kind=kind)


@dataclass(frozen=True, slots=True)
class BenchmarkProfile:
    """The extent of a run.

    Attributes
    ----------
    name : str
    people, segments, folds
        Of each cohort, and of each split by people.
    seeds : tuple of int
        Each draws its own people, videos, folds and weights.
    both_folds : int
        Folds of people where the video is new too; times five videos.
    thin : int
        Networks train on each `thin`-th Window.
    every : int
        Each `every`-th test row is also predicted with missing and corrupted inputs, and explained.
    refits : int
        Of the permutation test.
    leaky_epochs : int
        Epochs of the pairwise network under the leaky protocol.
    how : mapping
        Options of every network.
    """

    name: str
    people: int = 68
    segments: tuple[int, ...] = (15, 15, 15, 15, 60)
    folds: int = 5
    seeds: tuple[int, ...] = (1,)
    both_folds: int = 2
    thin: int = 3
    every: int = 8
    refits: int = 200
    leaky_epochs: int = 25
    how: Mapping[str, Any] = field(
        default_factory=lambda: {
            "profile": "small",
            "epochs": 5,
            "rows": 32,
            "rate": 2e-3,
            "flat": 1,
            "patience": 2,
            "l2": 1e-4,
        }
    )


FULL = {"profile": "paper", "epochs": 40, "rows": 64, "rate": 1e-3, "l2": 1e-4}
QUICK = {"profile": "small", "epochs": 1, "rows": 128, "rate": 2e-3}
PROFILES: Mapping[str, BenchmarkProfile] = {
    "small": BenchmarkProfile("small"),
    "full": BenchmarkProfile(
        "full", seeds=(1, 2, 3, 4, 5), both_folds=5, thin=1, leaky_epochs=100, how=FULL
    ),
    "quick": BenchmarkProfile(
        "quick",
        people=15,
        segments=(9, 9, 9, 9, 12),
        folds=3,
        both_folds=2,
        refits=19,
        leaky_epochs=1,
        how=QUICK,
    ),
}


def plan_rows() -> list[PlannedRow]:
    """Return all rows, table by table."""
    found = [*_plan_baselines(), *_plan_beyond(), *_plan_leaks()]
    for table in (plan_table_4, plan_table_3, plan_table_2):
        for world in WORLDS:
            found += table(world)
    return found


def plan_baselines(cohort: str, modalities: tuple[str, ...], split: Split) -> list[PlannedRow]:
    """Return the baselines of every table of a cohort, with the same inputs as its models."""
    names = [*TRIVIAL, "logistic"]
    return [PlannedRow("baselines", name, cohort, name, modalities, split) for name in names]


def to_settings(profile: BenchmarkProfile) -> dict[str, Any]:
    """Return a profile as JSON, to compare with the one a result folder was started with."""
    found = asdict(profile)
    return {n: list(v) if isinstance(v, tuple) else v for n, v in found.items()}


def _plan_baselines() -> Iterator[PlannedRow]:
    for world in WORLDS:
        yield from plan_baselines(world, THREE, "people")
        yield PlannedRow("baselines", "logistic, ADASYN", world, "logistic", resample="adasyn")
    yield PlannedRow("baselines", "logistic, tuned", "additive", "tuned")
    yield from plan_baselines("at home", SIX, "people")
    yield from plan_baselines("additive", THREE, "both")
    yield PlannedRow(
        "baselines", "logistic without semantics", "additive", "logistic", (EYE, PULSE), "both"
    )
    yield from plan_baselines("zero signal", SIGNALS, "people")


def plan_table_2(world: str) -> Iterator[PlannedRow]:
    """Yield paper 1's Table 2: six baselines and the pairwise network."""
    paper = {
        "KNN": 59.56,
        "LSTM": 67.59,
        "CNN-LSTM": 73.23,
        "Transformer": 78.72,
        "CLA-TCN": 82.52,
        "CMHA": 83.97,
        "pairwise": 86.69,
    }
    for name, printed in paper.items():
        yield PlannedRow("2", name, world, name, paper=printed)


def plan_table_3(world: str) -> Iterator[PlannedRow]:
    """Yield paper 1's Table 3: the kinds of video semantics."""
    yield PlannedRow("3", "without", world, "pairwise", (EYE, PULSE), paper=63.57)
    for kind, printed in {"captions": 76.12, "summary": 78.44, "description": 86.69}.items():
        yield PlannedRow("3", kind, world, "pairwise", kind=kind, paper=printed)


def plan_table_4(world: str) -> Iterator[PlannedRow]:
    """Yield paper 1's Table 4: modalities, with and without cross-attention."""
    each = {
        "I EM": ("concatenation", (EYE,), 60.15),
        "II PPG": ("concatenation", (PULSE,), 44.62),
        "III EM & PPG, attention": ("pairwise", (EYE, PULSE), 63.57),
        "IV PPG & VSI, attention": ("pairwise", (PULSE, TEXT), 69.88),
        "V EM & VSI, attention": ("pairwise", (EYE, TEXT), 72.77),
        "VI all three, concatenated": ("concatenation", THREE, 72.10),
        "VII all three, attention": ("pairwise", THREE, 86.69),
    }
    for name, (model, modalities, printed) in each.items():
        yield PlannedRow("4", name, world, model, modalities, paper=printed)


def _plan_beyond() -> Iterator[PlannedRow]:
    """Yield rows beyond the paper: six modalities, new videos, ADASYN, explanations."""
    yield PlannedRow("ours", "six modalities", "at home", "ours", SIX)
    yield PlannedRow("ours", "attention over modalities", "at home", "fused", SIX)
    yield PlannedRow("4", "VII, ADASYN", "additive", "pairwise", resample="adasyn")
    yield PlannedRow(
        "new videos", "ours without semantics", "additive", "ours", (EYE, PULSE), "both"
    )
    yield PlannedRow("new videos", "ours with semantics", "additive", "ours", THREE, "both")


def _plan_leaks() -> Iterator[PlannedRow]:
    for cohort in ("zero signal", "additive"):
        for name in ("KNN", "RF"):
            yield PlannedRow("leaky", f"{name}, random Windows", cohort, name, SIGNALS, "leaky")
            yield PlannedRow(
                "leaky", f"{name}, resampled first", cohort, name, SIGNALS, "leaky resampled"
            )
    yield PlannedRow(
        "leaky", "pairwise, resampled first", "zero signal", "pairwise", SIGNALS, "leaky resampled"
    )
    yield PlannedRow("honest", "pairwise", "zero signal", "pairwise", SIGNALS)
    for name in ("KNN", "RF"):
        yield PlannedRow("honest", name, "zero signal", name, SIGNALS)
