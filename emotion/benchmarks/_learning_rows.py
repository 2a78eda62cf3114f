"""One institution of the learning benchmark: taught, tried on those unseen, and its controls."""

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
from emotion.models import Predictor
from emotion.models.crossmodal import finetune, head_finetune
from emotion.models.crossmodal.finetune import FinetuneRecipe
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


# Codes of an institution's people end below this.
APART = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """Labelled Windows of people, with labels as the prior's columns; each (N,)."""

    found: Sequence[Example]
    labels: NDArray[np.int64]
    people: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tried:
    """What was said of people nobody learned from: with what is tried (N, K), and without.

    Attributes
    ----------
    row : str
        "cold start", "pre-trained", "personal", "shuffled" or "own world".
    told : mapping
        Figures that are of this institution alone.
    """

    row: str
    ours: Array
    base: Array
    labels: NDArray[np.int64]
    people: NDArray[np.int64]
    told: Row

    def shown(self, world: str) -> Row:
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
            **self.told,
        }


def pooled(found: Sequence[Tried]) -> Tried:
    """Return the same row of several institutions as one; nobody is of two."""
    return Tried(
        found[0].row,
        np.concatenate([one.ours for one in found]),
        np.concatenate([one.base for one in found]),
        np.concatenate([one.labels for one in found]),
        np.concatenate([one.people + APART * n for n, one in enumerate(found)]),
        {},
    )


@dataclass(frozen=True, slots=True)
class Size:
    """How many learners report, how many others are unseen, and of how many Windows a Sitting
    nobody says anything."""

    people: int
    unseen: int
    unsaid: int


def tried(
    seed: int, size: Size, recipe: FinetuneRecipe, pretrain: Pretrain, say: Say
) -> Iterator[Tried]:
    """Yield what came of one institution and of its controls."""
    people, unseen = size.people, size.unseen
    rng, known = np.random.default_rng([seed, people]), coefficients.load()
    prior = artefacts.load(head_finetune.base_folder(recipe.base))
    of = institution.draw_institution(known, rng=rng)
    everything = list(institution.simulate_two_weeks(of, people, rng=rng, unsaid=size.unsaid))
    reported = [one for one in everything if one.label is not None]
    others = seen(prior, institution.simulate_two_weeks(of, unseen, rng=rng, first=1001))
    say(f"institution {seed}: turned round {', '.join(of.turned)}")
    taught, found = _taught("cold start", reported, others, prior, recipe, say)
    yield replace(found, told={"turned": ", ".join(of.turned), **found.told})
    say("the same, pre-trained on Windows that nobody labelled")
    yield _pretrained(everything, others, taught, replace(recipe, pretrain=pretrain), say)
    yield _personally(taught, others)
    say("the same with labels dealt out by lot")
    dealt = institution.shuffle_labels(reported, rng=rng)
    yield _taught("shuffled", dealt, others, prior, recipe, say)[1]
    say("the prior's own world")
    own = list(institution.simulate_own_world(known, people, rng=rng))
    others = seen(prior, institution.simulate_own_world(known, unseen, rng=rng, first=1001))
    yield _taught("own world", own, others, prior, recipe, say)[1]


def seen(prior: Predictor, found: Iterable[Example]) -> Seen:
    """Return those whose label the prior can give."""
    kept = [example for example in found if example.label in prior.labels]
    return Seen(
        kept,
        np.array([prior.labels.index(str(example.label)) for example in kept], np.int64),
        np.array([int(example.person[1:]) for example in kept], np.int64),
    )


def _taught(
    row: str,
    reported: Sequence[Example],
    others: Seen,
    prior: Predictor,
    recipe: FinetuneRecipe,
    say: Say,
) -> tuple[Predictor, Tried]:
    """Teach, judge by those left out, and say what both say of those unseen."""
    card, weights = finetune.train(dumps(institution.make_snapshot(reported)), recipe, say=say)
    with tempfile.TemporaryDirectory() as folder:
        taught = artefacts.load(artefacts.save(Path(folder), card=card, weights=weights))
    base = _proba(prior, others.found)
    shares = _shares_alone(reported, prior, base)
    truth = others.labels, others.people
    told: Row = {
        "shares_alone_gain": Tried("", shares, base, *truth, {}).shown("")["gain"],
        **{f"left_out_{name}": card["figures"][name] for name in LEFT_OUT},
        "gates": _gates(card, prior),
    }
    return taught, Tried(row, _proba(taught, others.found), base, *truth, told)


def _pretrained(
    found: Sequence[Example], others: Seen, taught: Predictor, recipe: FinetuneRecipe, say: Say
) -> Tried:
    """Return what is said of those unseen with pre-training and without, by the same reports."""
    base = head_finetune.open_base(head_finetune.base_folder(recipe.base))
    teaching, told = finetune.select_training(
        institution.make_snapshot(found), base, recipe, say=say
    )
    learned = teaching.of_all()
    table = make_snapshot_table(others.found, taught.labels)
    return Tried(
        "pre-trained",
        learned.proba(table.batch),
        _proba(taught, others.found),
        others.labels,
        others.people,
        {"windows_pretrained_on": told.pretrained_on, "pull_to_base": learned.pull},
    )


def _gates(card: Card, prior: Predictor) -> str:
    shut = [gate.name for gate in judge(card, prior.card) if not gate.passed]
    return f"refused by {', '.join(shut)}" if shut else "passed"


def _shares_alone(reported: Sequence[Example], prior: Predictor, unseen: Array) -> Array:
    """Return what the prior says once it knows how often each label is said, and no more."""
    own = seen(prior, reported)
    found = _proba(prior, own.found)
    bias = fit_personal(found, own.labels, strength=0.5).bias
    heat = fit_temperature(np.log(found) + bias, own.labels)
    return softmax(np.log(unseen) + bias, heat)


def _personally(taught: Predictor, others: Seen) -> Tried:
    """Return the second week of each, after the reports of their first and without them."""
    plain, bare = (_proba(taught, found) for found in (others.found, _bare(others.found)))
    second = np.array([_video(example) > institution.SITTINGS for example in others.found])
    ours, cameras, agreed = plain.copy(), [], []
    for person in np.unique(others.people):
        first, then = (others.people == person) & ~second, (others.people == person) & second
        told = fit_personal(plain[first], others.labels[first], bare[first])
        ours[then] = told.apply(plain[then], bare[then])
        cameras.append(told.camera)
        agreed.append(told.agreed / max(told.reports, 1))
    means = {"camera_weight": np.mean(cameras), "agreed_share": np.mean(agreed)}
    return Tried(
        "personal",
        ours[second],
        plain[second],
        others.labels[second],
        others.people[second],
        {name: round(float(value), 3) for name, value in means.items()},
    )


def _bare(found: Sequence[Example]) -> list[Example]:
    """Return the same without the camera."""
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
