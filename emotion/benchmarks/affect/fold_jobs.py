"""One fold of one row: simulate, split, fit on the training part, return the test results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.affect import estimators
from emotion.benchmarks.affect.plan import BenchmarkProfile, PlannedRow
from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.grid_search import search_grid
from emotion.evaluation.robustness import make_corruptions, spread, subsets
from emotion.evaluation.smote import adasyn, smote
from emotion.evaluation.splits import Fold, digest, split_by_both, split_by_people
from emotion.simulate import lab

Kept = dict[str, NDArray[Any]]

TRIED_C = (0.01, 0.1, 1.0)
TRIED_COMPONENTS = (5, 10, 25, 50)
# Inner folds use every n-th training row, as adjacent Windows are similar.
TUNE_EVERY = 4


@dataclass(frozen=True, slots=True)
class Job:
    """One fold of one row under one seed."""

    row: PlannedRow
    seed: int
    fold: int

    @property
    def key(self) -> str:
        """Name of its file."""
        return f"{self.row.key}_{self.seed}_{self.fold}"


def list_jobs(profile: BenchmarkProfile, rows: list[PlannedRow]) -> list[Job]:
    """Return every job once; rows that differ in name only share theirs."""
    once = {row.key: row for row in rows}
    return [
        Job(row, seed, fold)
        for row in once.values()
        for seed in profile.seeds
        for fold in range(count_folds(profile, row))
    ]


def count_folds(profile: BenchmarkProfile, row: PlannedRow) -> int:
    """Return how many folds a row has; a leaky protocol has one split 8:2, as in the papers."""
    if row.split == "both":
        return profile.both_folds * len(profile.segments)
    return 1 if row.split.startswith("leaky") else profile.folds


def run_job(job: Job, profile: BenchmarkProfile) -> Kept:
    """Return the test rows' probabilities, with their people, videos and times."""
    row = job.row
    study = simulate_study(row, profile, job.seed)
    if row.split.startswith("leaky"):
        return _run_leaky(study, job, profile)
    return run_fold(study, make_folds(study, row, profile, job.seed)[job.fold], job, profile)


def run_fold(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
    """Fit the row's model on a fold's training part; return the test rows' results."""
    if job.row.model in estimators.TRIVIAL:
        made, codes = estimators.make_trivial(job.row.model, study)
        made.fit(codes[fold.train], study.labels[fold.train])
        return _collect_results(
            study.part(fold.test), made.predict_proba(codes[fold.test]), made, fold.digest
        )
    if job.row.model == "tuned":
        test = study.part(fold.test)
        made, extra = _tune(study.part(fold.train), job)
        return _collect_results(test, made.predict_proba(test.x), made, fold.digest) | extra
    how = {**profile.how, "random_state": job.seed}
    return fit_fold(estimators.make_estimator(job.row.model, study, how), study, fold, job, profile)


def fit_fold(
    unfitted: Any, study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile
) -> Kept:
    """Fit an estimator on a fold's training part; return the test rows' results."""
    train, test = study.part(fold.train), study.part(fold.test)
    made = fit(unfitted, train, job, profile.thin)
    found = _collect_results(test, made.predict_proba(test.x), made, fold.digest)
    if estimators.is_network(made):
        found |= _network_results(made, train, profile)
    if job.row.model in ("ours", "fused") and job.row.split == "people":
        found |= _predict_corrupted(made, train, test, profile, job)
    elif job.row.model in ("pairwise", "concatenation"):
        rows = np.arange(0, len(test), profile.every)
        found |= {"asked": rows, "hidden": _hidden_layer(made, test.part(rows))}
    return found


def simulate_study(row: PlannedRow, profile: BenchmarkProfile, seed: int) -> WindowStudy:
    """Return the row's study, with its modalities only."""
    return _simulated(row.lab(profile), seed).only(row.modalities)


_simulated = lru_cache(maxsize=3)(lab.simulate_study)


def make_folds(
    study: WindowStudy, row: PlannedRow, profile: BenchmarkProfile, seed: int
) -> list[Fold]:
    """Return the same folds for every row of a cohort and a split."""
    rng = np.random.default_rng([seed, 5])
    if row.split == "both":
        return split_by_both(study, profile.both_folds, rng=rng)
    return split_by_people(study, profile.folds, rng=rng)


def fit(made: Any, train: WindowStudy, job: Job, thin: int) -> Any:
    """Fit on the training part, resampled if the row says so; networks on each `thin`-th row."""
    network = estimators.is_network(made)
    if network and thin > 1:
        train = train.part(np.arange(0, len(train), thin))
    x, labels, people = train.x, train.labels, train.people
    if job.row.resample:
        rng = np.random.default_rng([job.seed, job.fold, 6])
        more = {"adasyn": adasyn, "smote": smote}[job.row.resample](x, labels, rng=rng)
        x, labels, people = more.x, more.labels, people[more.parents]
    return made.fit(x, labels, **({"network__groups": people} if network else {}))


def _tune(train: WindowStudy, job: Job) -> tuple[Any, Kept]:
    def make(components: float, c: float) -> Any:
        made = estimators.make_logistic(c)
        made.steps.insert(0, estimators.make_semantics_step(train, int(components)))
        return made

    rng = np.random.default_rng([job.seed, job.fold, 7])
    some = train.part(np.arange(0, len(train), TUNE_EVERY))
    found = search_grid(some, make, TRIED_COMPONENTS, TRIED_C, rng=rng)
    return make(*found.best).fit(train.x, train.labels), {
        "grid": found.values,
        "grid_rows": np.array(found.rows),
        "grid_columns": np.array(found.columns),
    }


def _network_results(made: Any, train: WindowStudy, profile: BenchmarkProfile) -> Kept:
    """Return loss curves, and probabilities for the early stopping people."""
    network = made[-1]
    thinned = train.part(np.arange(0, len(train), profile.thin))
    valid = thinned.part(np.isin(thinned.people, network.stopped_by_).nonzero()[0])
    return {
        "history": network.history_,
        "valid_proba": made.predict_proba(valid.x),
        "valid_labels": valid.labels,
        "valid_people": valid.people,
    }


def _predict_corrupted(
    made: Any, train: WindowStudy, test: WindowStudy, profile: BenchmarkProfile, job: Job
) -> Kept:
    """Return predictions for each `every`-th test row with modalities missing or corrupted."""
    rows = np.arange(0, len(test), profile.every)
    asked = test.part(rows)
    names = tuple(sorted(asked.inputs))
    shown = [
        made.predict_proba(asked.hidden(tuple(set(names) - set(choice))).x)
        for choice in subsets(names)
    ]
    found: Kept = {"asked": rows, "subsets": np.stack(shown).astype(np.float32)}  # (2^M, n, K)
    found["hidden"] = _hidden_layer(made, asked)
    if job.row.model == "fused":
        return found | {"attention": _attention_weights(made, asked)}
    rng, spreads = np.random.default_rng([job.seed, job.fold, 8]), spread(train.x)
    spoiled = [
        made.predict_proba(wrong.spoil(asked, spreads, rng).x)
        for wrong in make_corruptions(asked.inputs)
    ]
    return found | {"spoiled": np.stack(spoiled).astype(np.float32)}


def _hidden_layer(made: Any, asked: WindowStudy) -> NDArray[np.float32]:
    """Return the input of the network's last layer (n, D)."""
    seen: list[Any] = []
    watch = made[-1].network_.last.register_forward_pre_hook(
        lambda _module, given: seen.append(given[0].numpy().copy())
    )
    made.predict_proba(asked.x)
    watch.remove()
    return np.concatenate(seen).astype(np.float32)


def _attention_weights(made: Any, asked: WindowStudy) -> NDArray[np.float32]:
    """Return the fusion's weight of each modality (n, M)."""
    import torch

    network = made[-1]
    rows = torch.from_numpy(np.ascontiguousarray(made[:-1].transform(asked.x)))
    names = network.network_.names
    widths = [network.config_.inputs[name] for name in names]
    parts = torch.split(rows, widths, dim=-1)
    values = {n: torch.nan_to_num(part) for n, part in zip(names, parts, strict=True)}
    masks = {n: ~torch.isnan(part) for n, part in zip(names, parts, strict=True)}
    with torch.inference_mode():
        return np.asarray(network.network_.attention(values, masks).numpy(), np.float32)


def _run_leaky(study: WindowStudy, job: Job, profile: BenchmarkProfile) -> Kept:
    """Split Windows at random as the papers do, to show the effect.

    Its digest is not stored, since every splitter here would refuse it.
    """
    rng = np.random.default_rng([job.seed, 9])
    if job.row.split == "leaky resampled":
        more = adasyn(study.x, study.labels, rng=rng)
        study = replace(study.part(more.parents), x=more.x, labels=more.labels)
    order = rng.permutation(len(study))
    test, train = order[: len(order) // 5], order[len(order) // 5 :]
    how = {**profile.how, "random_state": job.seed, "epochs": profile.leaky_epochs}
    made = estimators.make_estimator(job.row.model, study, how)
    made.fit(study.x[train], study.labels[train])
    return _collect_results(study.part(test), made.predict_proba(study.x[test]), made, "")


def _collect_results(test: WindowStudy, proba: NDArray[Any], made: Any, name: str) -> Kept:
    """Return probabilities over all the study's classes, including those absent from training."""
    wide = np.zeros((len(test), len(test.classes)))
    wide[:, np.asarray(made.classes_)] = proba
    return {
        "proba": wide,
        "labels": test.labels,
        "people": test.people,
        "videos": test.videos,
        "times": test.times,
        "digest": np.array(name or digest(test, np.arange(len(test)))),
        **{f"group_{kind}": codes for kind, codes in test.groups.items()},
    }


def digest_cohorts() -> str:
    """Return 12 hex digits of the simulated cohorts' parameters."""
    return lab.digest()[:12]
