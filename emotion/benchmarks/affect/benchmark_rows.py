"""The rows of science.md's benchmark table for affect (B0-B2, B6-B9, B19, B23).

Each row states its goal and whether it was reached; missed goals are printed too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.affect.fold_metrics import RowResults, calibrate, compare_rows, format_score
from emotion.benchmarks.affect.plan import SIX
from emotion.calibration import conformal
from emotion.evaluation import deletion_metric
from emotion.evaluation.metrics import selective_accuracy
from emotion.evaluation.metrics.classification import (
    Score,
    accuracy,
    balanced_accuracy,
    confusions,
    largest_share,
    macro_f1,
    score,
)
from emotion.evaluation.metrics.fairness_gap import SMALLEST, compare_groups
from emotion.evaluation.metrics.probability import auroc, expected_calibration_error, score_ranking
from emotion.evaluation.robustness import make_corruptions, subsets

Row = dict[str, object]
ResultPair = tuple[RowResults, RowResults]
Array = NDArray[np.float64]

GAP_SEEDS = 200


def rate_honesty(
    honest: Sequence[RowResults], leaky: Sequence[RowResults], *, seed: int
) -> Iterator[Row]:
    """B0: an honest and a leaky protocol on features without information."""
    for found in honest:
        rng = np.random.default_rng(seed)
        right = score(accuracy, found.counts, rng=rng)
        share = float(largest_share(found.counts.sum(axis=0)))
        yield {
            "finding": "B0",
            "what": f"{found.row.model}, zero signal, people apart",
            "accuracy": format_score(right),
            "largest_class_share": round(share, 4),
            "goal": "not above the commonest label's share",
            "reached": right.lo <= share,
        }
    for found in leaky:
        share = float(accuracy(found.counts.sum(axis=0)))
        zero = found.row.cohort == "zero signal"
        yield {
            "finding": "B0",
            "what": f"{found.row.name}, {found.row.cohort}: LEAKY, not a result",
            "accuracy": round(share, 4),
            "goal": "shows that this protocol gives .9 from nothing" if zero else "",
            **({"reached": share >= 0.9} if zero and found.row.split != "leaky" else {}),
        }


def rate_affect(ours: RowResults, logistic: RowResults, *, seed: int) -> Row:
    """B1: six modalities at home, compared with logistic regression on the same features."""
    f1 = score(macro_f1, ours.counts, rng=np.random.default_rng(seed))
    more = compare_rows(ours, logistic, seed=seed)
    return {
        "finding": "B1",
        "what": "six modalities, people apart, macro-F1",
        "macro_f1": format_score(f1),
        "gain_over_logistic": format_score(more),
        "goal": "at least .55, and the gain's interval above 0",
        "reached": f1.value >= 0.55 and more.lo > 0,
    }


def rate_semantics(
    pairs: Mapping[str, ResultPair], trivial: Mapping[str, RowResults], *, seed: int
) -> Iterator[Row]:
    """B2: the gain of semantics for new people and videos; a video's number must add nothing."""
    for name, (without, with_them) in pairs.items():
        more = compare_rows(with_them, without, seed=seed)
        yield {
            "finding": "B2",
            "what": f"semantics added to gaze and ppg, {name}, people and video new",
            "gain": format_score(more),
            "goal": "the interval above 0",
            "reached": more.lo > 0,
        }
    more = compare_rows(trivial["video-ID"], trivial["prior"], seed=seed)
    yield {
        "finding": "B2",
        "what": "the video's number alone over the prior, people and video new",
        "gain": format_score(more),
        "goal": "at most .02",
        "reached": more.value <= 0.02,
    }


def rate_states(ours: RowResults, names: Sequence[str], *, seed: int) -> Iterator[Row]:
    """B6: each state against the rest; one with a lower bound below .55 must not be shown."""
    rng = np.random.default_rng(seed)
    for name, found in zip(names, _score_each(ours, rng), strict=True):
        yield {
            "finding": "B6",
            "what": f"{name} against the rest, AUROC",
            "auroc": format_score(found),
            "goal": "lower bound at least .55, else hidden",
            "reached": found.lo >= 0.55,
        }


def rate_calibration(ours: RowResults, *, seed: int) -> Row:
    """B7: expected calibration error before and after scaling."""
    rng = np.random.default_rng(seed)
    before, after = (
        expected_calibration_error(proba, ours.labels, ours.people, rng=rng)
        for proba in (ours.raw, ours.proba)
    )
    return {
        "finding": "B7",
        "what": "ECE-15",
        "ece": format_score(after),
        "ece_unscaled": format_score(before),
        "goal": "at most .05",
        "reached": after.value <= 0.05,
    }


def rate_abstention(ours: RowResults) -> Row:
    """B8: accuracy if only the most certain half is answered."""
    whole, half = (
        selective_accuracy.accuracy_at(ours.proba, ours.labels, share) for share in (1.0, 0.5)
    )
    return {
        "finding": "B8",
        "what": "accuracy with the surest half answered, over all answered",
        "accuracy": round(whole, 4),
        "accuracy_at_half": round(half, 4),
        "aurc": round(selective_accuracy.risk_coverage_area(ours.proba, ours.labels), 4),
        "goal": "12 points more",
        "reached": half - whole >= 0.12,
    }


def rate_sets(ours: RowResults, names: Sequence[str]) -> Iterator[Row]:
    """B8: Mondrian sets of 90 %, each fold's calibrated on the people of the others."""
    inside = conformal.cross_predict_sets(ours.proba, ours.labels, ours.parts)
    held = conformal.coverage(inside, ours.labels)
    for name, share, count in zip(names, held, np.bincount(ours.labels), strict=True):
        yield {
            "finding": "B8",
            "what": f"sets promised to hold {name} 9 times in 10",
            "coverage": round(float(share), 4),
            "windows": int(count),
            "mean_set_size": round(float(inside.sum(axis=1).mean()), 3),
            "goal": ".87 to .95",
            "reached": bool(0.87 <= share <= 0.95),
        }


def rate_missing(ours: RowResults) -> Iterator[Row]:
    """B9: accuracy with every choice of modalities; goals for one missing and for all missing."""
    names, truth = tuple(sorted(SIX)), _select_corrupted(ours, ours.labels)
    people = _select_corrupted(ours, ours.people)
    said = _subset_probabilities(ours)  # (S, n, K)
    right = [
        score(
            accuracy,
            confusions(truth, one.argmax(axis=1), people, ours.proba.shape[1]),
            rng=np.random.default_rng(0),
        )
        for one in said
    ]
    prior = float(np.bincount(truth).max() / len(truth))
    for choice, found in zip(subsets(names), right, strict=True):
        gone = sorted(set(names) - set(choice))
        lost = right[-1].value - found.value
        row: Row = {
            "finding": "B9",
            "what": "with " + (", ".join(choice) or "nothing"),
            "accuracy": format_score(found),
            "points_lost": round(100 * lost, 2),
        }
        if len(gone) == 1:
            row |= {"goal": "at most 6 points", "reached": lost <= 0.06}
        if not choice:
            row |= {"goal": f"the prior {prior:.3f}, give or take .01"}
            row["reached"] = abs(found.value - prior) <= 0.01
        yield row


def rate_corruption(ours: RowResults, inputs: Mapping[str, int]) -> Iterator[Row]:
    """Corruptions: the remaining macro-F1, and the share lost."""
    truth, people = _select_corrupted(ours, ours.labels), _select_corrupted(ours, ours.people)
    classes = ours.proba.shape[1]

    def f1(proba: Array) -> float:
        counts = confusions(truth, proba.argmax(axis=1), people, classes)
        return float(macro_f1(counts.sum(axis=0)))

    whole = f1(_subset_probabilities(ours, scaled=False)[-1])
    said = np.concatenate([one["spoiled"] for one in ours.folds], axis=1)  # (C, n, K)
    for wrong, one in zip(make_corruptions(inputs), said, strict=True):
        left = f1(one)
        yield {
            "finding": "corruption",
            "what": wrong.name,
            "macro_f1": round(left, 4),
            "share_lost": round(1 - left / whole, 4),
        }


def rate_explanations(fused: RowResults, *, seed: int) -> Iterator[Row]:
    """B19: deletion of what Shapley values, attention weights and chance rank as most important."""
    names, truth = tuple(sorted(SIX)), _select_corrupted(fused, fused.guess)
    said = _subset_probabilities(fused, scaled=False)
    found = deletion_metric.evaluate_subsets(said, truth, subsets(names))
    attention = np.concatenate([one["attention"] for one in fused.folds])
    alone = np.stack([found[frozenset({n})] for n in names], axis=1)
    came = np.abs(alone - found[frozenset()][:, None]) > 1e-6  # absent ones change nothing
    rng = np.random.default_rng(seed)
    ways = {
        "exact Shapley": deletion_metric.shapley(found, names),
        "attention weights": attention,
        "random": rng.random(attention.shape),
    }
    areas = {w: deletion_metric.deletion_area(found, h, names, came) for w, h in ways.items()}
    people = _select_corrupted(fused, fused.people)
    less = _bootstrap_mean(areas["attention weights"] - areas["exact Shapley"], people, rng)
    for way, each in areas.items():
        yield {
            "finding": "B19",
            "what": f"area left after deleting modalities by {way}",
            "area": format_score(_bootstrap_mean(each, people, rng)),
        }
    yield {
        "finding": "B19",
        "what": "attention's area minus Shapley's",
        "difference": format_score(less),
        "goal": "at least .05",
        "reached": less.value >= 0.05,
    }


def rate_scenarios(ours: RowResults, names: Sequence[str], *, seed: int) -> Iterator[Row]:
    """Figures by scenario; each scenario has certain videos, so the content differs too."""
    for code, name in enumerate(names):
        rows = ours.groups["scenario"] == code
        if rows.any():
            counts = _counts(ours, rows)
            rng = np.random.default_rng(seed)
            yield {
                "finding": "scenario",
                "what": name,
                "people": len(counts),
                "windows": int(rows.sum()),
                "macro_f1": format_score(score(macro_f1, counts, rng=rng)),
                "accuracy": format_score(score(accuracy, counts, rng=rng)),
            }


def rate_gaps(ours: RowResults, *, seed: int) -> Iterator[Row]:
    """People with and without a camera or a wearable, compared in balanced accuracy."""
    for kind in ("camera", "wearable"):
        has = ours.groups[kind] == 1
        if has.all() or not has.any():
            continue
        rng = np.random.default_rng(seed)
        found = compare_groups(_counts(ours, has), _counts(ours, ~has), rng=rng)
        yield {
            "finding": "gap",
            "what": f"with {kind} minus without, balanced accuracy",
            "gap": format_score(found.size),
            "flagged": found.flagged,
            "proved": found.proved,
        }


def rate_planted_gaps(ours: RowResults, *, seed: int, seeds: int = GAP_SEEDS) -> Iterator[Row]:
    """B23: how often a planted gap of five points is flagged, and how often none at all is."""
    for size, goal in ((SMALLEST, "flagged in 95 % of the draws or more"), (0.0, "")):
        flags, proofs = _flag_rate(ours.counts, size, seed, seeds)
        yield {
            "finding": "B23",
            "what": f"a gap of {100 * size:g} points planted between two random halves",
            "flagged": flags,
            "proved": proofs,
            "draws": seeds,
            **({"goal": goal, "reached": flags >= 0.95} if goal else {}),
        }


def _flag_rate(counts: Array, size: float, seed: int, seeds: int) -> tuple[float, float]:
    found = []
    for draw in range(seeds):
        rng = np.random.default_rng([seed, draw])
        order = rng.permutation(len(counts))
        half = len(counts) // 2
        worse = _made_worse(counts[order[half:]], size, rng)
        found.append(compare_groups(counts[order[:half]], worse, rng=rng, draws=500))
    return float(np.mean([g.flagged for g in found])), float(np.mean([g.proved for g in found]))


def _made_worse(counts: Array, size: float, rng: np.random.Generator) -> Array:
    """Turn right answers wrong until balanced accuracy is `size` lower, in expectation."""
    if not size:
        return counts
    share = size / float(balanced_accuracy(counts.sum(axis=0)))
    worse, classes = counts.copy(), counts.shape[-1]
    for label in range(classes):
        turned = rng.binomial(counts[:, label, label].astype(int), min(1.0, share))
        worse[:, label, label] -= turned
        worse[:, label, (label + 1) % classes] += turned
    return worse


def _score_each(ours: RowResults, rng: np.random.Generator) -> list[Score]:
    return score_ranking(auroc, ours.proba, ours.labels, ours.people, rng=rng)[1]


def _counts(ours: RowResults, rows: NDArray[np.bool_]) -> Array:
    return confusions(ours.labels[rows], ours.guess[rows], ours.people[rows], ours.proba.shape[1])


def _select_corrupted(ours: RowResults, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the values of the rows that were also predicted with corrupted inputs."""
    parts = [values[ours.parts == at][one["asked"]] for at, one in enumerate(ours.folds)]
    return np.concatenate(parts)


def _subset_probabilities(ours: RowResults, *, scaled: bool = True) -> Array:
    """Return (S, n, K): probabilities with each choice of modalities."""
    parts = [
        np.stack([calibrate(one, said) for said in one["subsets"]]) if scaled else one["subsets"]
        for one in ours.folds
    ]
    return np.concatenate(parts, axis=1)


def _bootstrap_mean(values: Array, people: NDArray[np.int64], rng: np.random.Generator) -> Score:
    """Return the bootstrap mean over rows, drawing people; rows without a value are left out."""
    known = ~np.isnan(values)
    _, who = np.unique(people[known], return_inverse=True)
    sums = np.stack([np.bincount(who, values[known]), np.bincount(who)], axis=1).astype(float)
    return score(lambda c: np.asarray(c[..., 0] / np.maximum(c[..., 1], 1)), sums, rng=rng)
