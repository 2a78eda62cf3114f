"""One institution of the learning benchmark: training, evaluation on unseen people, controls."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion import artefacts
from emotion.artefacts import Card
from emotion.calibration.personal import fit_personal
from emotion.calibration.temperature import fit_temperature, softmax
from emotion.datasets.snapshot import Example, dumps
from emotion.evaluation.metrics.classification import confusions, macro_f1, score, score_gain
from emotion.evaluation.metrics.probability import expected_calibration_error, log_loss_gain
from emotion.evaluation.promotion_gates import judge
from emotion.models import Predictor, open_artefact
from emotion.models.crossmodal import finetune, head_finetune
from emotion.models.crossmodal.finetuned_head import FinetuneRecipe
from emotion.models.crossmodal.pretrain import Pretrain
from emotion.simulate import effects as coefficients
from emotion.simulate import institution
from emotion.training.example_table import make_snapshot_table
from emotion.training.number_format import format_score

Array = NDArray[np.float64]
Row = dict[str, object]
Say = Callable[[str], None]

CAMERA = "face"
LEFT_OUT = ("macro_f1", "base_macro_f1", "gain", "log_loss_gain", "leaky_macro_f1", "pull_to_base")


# Codes of an institution's people are below this.
APART = 1_000_000


@dataclass(frozen=True, slots=True)
class LabelledWindows:
    """Labelled Windows of people, with labels as the prior's columns; each (N,)."""

    found: Sequence[Example]
    labels: NDArray[np.int64]
    people: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Predictions for held-out people: with the tested method (N, K), and without.

    Attributes
    ----------
    row : str
        "cold start", "pre-trained", "personal", "shuffled" or "own world".
    figures : mapping
        Figures of this institution only.
    """

    row: str
    ours: Array
    base: Array
    labels: NDArray[np.int64]
    people: NDArray[np.int64]
    figures: Row

    def format_row(self, world: str) -> Row:
        """Return the row as it is printed."""
        rng = np.random.default_rng(0)
        truth = self.labels, self.people
        counts = [
            confusions(self.labels, proba.argmax(axis=1), self.people, proba.shape[1])
            for proba in (self.base, self.ours)
        ]
        error = expected_calibration_error(self.ours, *truth, rng=rng)
        return {
            "institution": world,
            "row": self.row,
            "people": len(counts[0]),
            "windows": len(self.labels),
            "without": format_score(score(macro_f1, counts[0], rng=rng)),
            "with": format_score(score(macro_f1, counts[1], rng=rng)),
            "gain": format_score(score_gain(macro_f1, counts[1], counts[0], rng=rng)),
            "log_loss_gain": format_score(log_loss_gain(self.ours, self.base, *truth, rng=rng)),
            "ece": format_score(error),
            **self.figures,
        }


def pool(found: Sequence[TrialResult]) -> TrialResult:
    """Return the same row of several institutions as one; they have no person in common."""
    return TrialResult(
        found[0].row,
        np.concatenate([one.ours for one in found]),
        np.concatenate([one.base for one in found]),
        np.concatenate([one.labels for one in found]),
        np.concatenate([one.people + APART * n for n, one in enumerate(found)]),
        {},
    )


@dataclass(frozen=True, slots=True)
class InstitutionSize:
    """Numbers of reporting learners, of unseen ones, and of unlabelled Windows per Sitting."""

    people: int
    unseen: int
    unsaid: int


def run_institution(
    seed: int, size: InstitutionSize, recipe: FinetuneRecipe, pretrain: Pretrain, say: Say
) -> Iterator[TrialResult]:
    """Yield the results of one institution and of its controls."""
    people, unseen = size.people, size.unseen
    rng, known = np.random.default_rng([seed, people]), coefficients.load()
    prior = open_artefact(head_finetune.base_folder(recipe.base))
    of = institution.draw_institution(known, rng=rng)
    everything = list(institution.simulate_two_weeks(of, people, rng=rng, unsaid=size.unsaid))
    reported = [one for one in everything if one.label is not None]
    others = select_labelled(prior, institution.simulate_two_weeks(of, unseen, rng=rng, first=1001))
    say(f"institution {seed}: turned round {', '.join(of.turned)}")
    taught, found = _train_and_test("cold start", reported, others, prior, recipe, say)
    yield replace(found, figures={"turned": ", ".join(of.turned), **found.figures})
    say("the same, pre-trained on Windows that nobody labelled")
    yield _test_pretraining(everything, others, taught, replace(recipe, pretrain=pretrain), say)
    yield _test_personal(taught, others)
    say("the same with labels dealt out by lot")
    dealt = institution.shuffle_labels(reported, rng=rng)
    yield _train_and_test("shuffled", dealt, others, prior, recipe, say)[1]
    say("the prior's own world")
    own = list(institution.simulate_own_world(known, people, rng=rng))
    others = select_labelled(
        prior, institution.simulate_own_world(known, unseen, rng=rng, first=1001)
    )
    yield _train_and_test("own world", own, others, prior, recipe, say)[1]


def select_labelled(prior: Predictor, found: Iterable[Example]) -> LabelledWindows:
    """Return the examples with a label that the prior knows."""
    kept = [example for example in found if example.label in prior.labels]
    return LabelledWindows(
        kept,
        np.array([prior.labels.index(str(example.label)) for example in kept], np.int64),
        np.array([int(example.person[1:]) for example in kept], np.int64),
    )


def _train_and_test(
    row: str,
    reported: Sequence[Example],
    others: LabelledWindows,
    prior: Predictor,
    recipe: FinetuneRecipe,
    say: Say,
) -> tuple[Predictor, TrialResult]:
    """Train, run the gates, and return both models' predictions for the unseen people."""
    card, weights = finetune.train(dumps(institution.make_snapshot(reported)), recipe, say=say)
    with tempfile.TemporaryDirectory() as folder:
        taught = open_artefact(artefacts.save(Path(folder), card=card, weights=weights))
    base = _proba(prior, others.found)
    shares = _correct_shares(reported, prior, base)
    truth = others.labels, others.people
    told: Row = {
        "shares_alone_gain": TrialResult("", shares, base, *truth, {}).format_row("")["gain"],
        **{f"left_out_{name}": card["figures"][name] for name in LEFT_OUT},
        "gates": _describe_gates(card, prior),
    }
    return taught, TrialResult(row, _proba(taught, others.found), base, *truth, told)


def _test_pretraining(
    found: Sequence[Example],
    others: LabelledWindows,
    taught: Predictor,
    recipe: FinetuneRecipe,
    say: Say,
) -> TrialResult:
    """Return predictions for the unseen people with and without pre-training, on the same
    reports.
    """
    base = head_finetune.open_base(head_finetune.base_folder(recipe.base))
    teaching, told = finetune.select_training(
        institution.make_snapshot(found), base, recipe, say=say
    )
    learned = teaching.train_on_all()
    table = make_snapshot_table(others.found, taught.labels)
    return TrialResult(
        "pre-trained",
        learned.proba(table.batch),
        _proba(taught, others.found),
        others.labels,
        others.people,
        {"windows_pretrained_on": told.pretrained_on, "pull_to_base": learned.pull},
    )


def _describe_gates(card: Card, prior: Predictor) -> str:
    shut = [gate.name for gate in judge(card, prior.card) if not gate.passed]
    return f"refused by {', '.join(shut)}" if shut else "passed"


def _correct_shares(reported: Sequence[Example], prior: Predictor, unseen: Array) -> Array:
    """Return the prior's predictions corrected for the frequency of labels only."""
    own = select_labelled(prior, reported)
    found = _proba(prior, own.found)
    bias = fit_personal(found, own.labels, strength=0.5).bias
    heat = fit_temperature(np.log(found) + bias, own.labels)
    return softmax(np.log(unseen) + bias, heat)


def _test_personal(taught: Predictor, others: LabelledWindows) -> TrialResult:
    """Return predictions for each person's second week, with and without their first week's
    reports.
    """
    plain, bare = (_proba(taught, found) for found in (others.found, _without_camera(others.found)))
    second = np.array([_video(example) > institution.SITTINGS for example in others.found])
    ours, cameras, agreed = plain.copy(), [], []
    for person in np.unique(others.people):
        first, then = (others.people == person) & ~second, (others.people == person) & second
        told = fit_personal(plain[first], others.labels[first], bare[first])
        ours[then] = told.apply(plain[then], bare[then])
        cameras.append(told.camera)
        agreed.append(told.agreed / max(told.reports, 1))
    means = {"camera_weight": np.mean(cameras), "agreed_share": np.mean(agreed)}
    return TrialResult(
        "personal",
        ours[second],
        plain[second],
        others.labels[second],
        others.people[second],
        {name: round(float(value), 3) for name, value in means.items()},
    )


def _without_camera(found: Sequence[Example]) -> list[Example]:
    """Return the examples without the camera."""
    return [
        replace(
            one,
            window=replace(
                one.window, streams={n: t for n, t in one.window.streams.items() if n != CAMERA}
            ),
        )
        for one in found
    ]


def _video(example: Example) -> int:
    return int(example.material.partition("V")[2])


def _proba(predictor: Predictor, found: Sequence[Example]) -> Array:
    return np.asarray(predictor.predict([one.window for one in found]).proba, np.float64)
