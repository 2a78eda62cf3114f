"""One fold of one row: simulate, split, fit inside the training part, keep what the test gave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.affect import estimators
from emotion.benchmarks.affect.plan import Profile, Row
from emotion.evaluation.dataset import Study
from emotion.evaluation.grid_search import search_grid
from emotion.evaluation.robustness import make_corruptions, spread, subsets
from emotion.evaluation.smote import adasyn, smote
from emotion.evaluation.splits import Fold, digest, split_by_both, split_by_people
from emotion.simulate import lab

Kept = dict[str, NDArray[Any]]

TRIED_C = (0.01, 0.1, 1.0)
TRIED_COMPONENTS = (5, 10, 25, 50)
# Inner folds see each so-manieth training row: Windows beside each other say much the same.
TUNE_EVERY = 4


@dataclass(frozen=True, slots=True)
class Job:
    """One fold of one row under one seed."""

    row: Row
    seed: int
    fold: int

    @property
    def key(self) -> str:
        """Name of its file."""
        return f"{self.row.key}_{self.seed}_{self.fold}"


def jobs(profile: Profile, rows: list[Row]) -> list[Job]:
    """Return every job once, rows that differ in name only sharing theirs."""
    once = {row.key: row for row in rows}
    return [
        Job(row, seed, fold)
        for row in once.values()
        for seed in profile.seeds
        for fold in range(count(profile, row))
    ]


def count(profile: Profile, row: Row) -> int:
    """Return how many folds a row has; a leaky protocol gets one split 8:2, as in the papers."""
    if row.split == "both":
        return profile.both_folds * len(profile.segments)
    return 1 if row.split.startswith("leaky") else profile.folds


def run(job: Job, profile: Profile) -> Kept:
    """Return probabilities of the test rows with who, what and when they are."""
    row = job.row
    study = recorded(row, profile, job.seed)
    if row.split.startswith("leaky"):
        return _leaky(study, job, profile)
    fold = folds_of(study, row, profile, job.seed)[job.fold]
    if row.model in estimators.TRIVIAL:
        made, codes = estimators.trivial(row.model, study)
        made.fit(codes[fold.train], study.labels[fold.train])
        return _kept(study.part(fold.test), made.predict_proba(codes[fold.test]), made, fold.digest)
    return _learned(study, fold, job, profile)


def recorded(row: Row, profile: Profile, seed: int) -> Study:
    """Return the row's study, of its modalities only."""
    return _simulated(row.lab(profile), seed).only(row.modalities)


_simulated = lru_cache(maxsize=3)(lab.simulate_study)


def folds_of(study: Study, row: Row, profile: Profile, seed: int) -> list[Fold]:
    """Return the same folds for every row of a cohort and a split."""
    rng = np.random.default_rng([seed, 5])
    if row.split == "both":
        return split_by_both(study, profile.both_folds, rng=rng)
    return split_by_people(study, profile.folds, rng=rng)


def _learned(study: Study, fold: Fold, job: Job, profile: Profile) -> Kept:
    train, test = study.part(fold.train), study.part(fold.test)
    extra: Kept = {}
    if job.row.model == "tuned":
        made, extra = _tuned(train, job)
    else:
        how = {**profile.how, "random_state": job.seed}
        made = estimators.estimator(job.row.model, study, how)
        made = fitted(made, train, job, profile.thin)
    found = _kept(test, made.predict_proba(test.x), made, fold.digest) | extra
    if estimators.is_network(made):
        found |= _of_network(made, train, profile)
    if job.row.model in ("ours", "fused") and job.row.split == "people":
        found |= _asked_otherwise(made, train, test, profile, job)
    return found


def fitted(made: Any, train: Study, job: Job, thin: int) -> Any:
    """Fit on the training part, resampled there where the row asks, networks on each `thin`-th."""
    network = estimators.is_network(made)
    if network and thin > 1:
        train = train.part(np.arange(0, len(train), thin))
    x, labels, people = train.x, train.labels, train.people
    if job.row.resample:
        rng = np.random.default_rng([job.seed, job.fold, 6])
        more = {"adasyn": adasyn, "smote": smote}[job.row.resample](x, labels, rng=rng)
        x, labels, people = more.x, more.labels, people[more.parents]
    return made.fit(x, labels, **({"network__groups": people} if network else {}))


def _tuned(train: Study, job: Job) -> tuple[Any, Kept]:
    def make(components: float, c: float) -> Any:
        made = estimators.logistic(c)
        made.steps.insert(0, estimators.semantics(train, int(components)))
        return made

    rng = np.random.default_rng([job.seed, job.fold, 7])
    some = train.part(np.arange(0, len(train), TUNE_EVERY))
    found = search_grid(some, make, TRIED_COMPONENTS, TRIED_C, rng=rng)
    return make(*found.best).fit(train.x, train.labels), {
        "grid": found.values,
        "grid_rows": np.array(found.rows),
        "grid_columns": np.array(found.columns),
    }


def _of_network(made: Any, train: Study, profile: Profile) -> Kept:
    """Return loss curves, and probabilities of the people who decided when to stop."""
    network = made[-1]
    thinned = train.part(np.arange(0, len(train), profile.thin))
    valid = thinned.part(np.isin(thinned.people, network.stopped_by_).nonzero()[0])
    return {
        "history": network.history_,
        "valid_proba": made.predict_proba(valid.x),
        "valid_labels": valid.labels,
        "valid_people": valid.people,
    }


def _asked_otherwise(made: Any, train: Study, test: Study, profile: Profile, job: Job) -> Kept:
    """Return what it says of each `every`-th test row with modalities missing or spoiled."""
    rows = np.arange(0, len(test), profile.every)
    asked = test.part(rows)
    names = tuple(sorted(asked.inputs))
    shown = [
        made.predict_proba(asked.hidden(tuple(set(names) - set(choice))).x)
        for choice in subsets(names)
    ]
    found: Kept = {"asked": rows, "subsets": np.stack(shown).astype(np.float32)}  # (2^M, n, K)
    found["hidden"] = _hidden(made, asked)
    if job.row.model == "fused":
        return found | {"attention": _attention(made, asked)}
    rng, spreads = np.random.default_rng([job.seed, job.fold, 8]), spread(train.x)
    spoiled = [
        made.predict_proba(wrong.spoil(asked, spreads, rng).x)
        for wrong in make_corruptions(asked.inputs)
    ]
    return found | {"spoiled": np.stack(spoiled).astype(np.float32)}


def _hidden(made: Any, asked: Study) -> NDArray[np.float32]:
    """Return what goes into the network's last layer (n, D)."""
    seen: list[Any] = []
    watch = made[-1].network_.last.register_forward_pre_hook(
        lambda _module, given: seen.append(given[0].numpy().copy())
    )
    made.predict_proba(asked.x)
    watch.remove()
    return np.concatenate(seen).astype(np.float32)


def _attention(made: Any, asked: Study) -> NDArray[np.float32]:
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


def _leaky(study: Study, job: Job, profile: Profile) -> Kept:
    """Do as the papers do, to show what it is worth: split Windows at random, as if all were one.

    No fold's digest is kept: no splitter here would have let it pass.
    """
    rng = np.random.default_rng([job.seed, 9])
    if job.row.split == "leaky resampled":
        more = adasyn(study.x, study.labels, rng=rng)
        study = replace(study.part(more.parents), x=more.x, labels=more.labels)
    order = rng.permutation(len(study))
    test, train = order[: len(order) // 5], order[len(order) // 5 :]
    how = {**profile.how, "random_state": job.seed, "epochs": profile.leaky_epochs}
    made = estimators.estimator(job.row.model, study, how)
    made.fit(study.x[train], study.labels[train])
    return _kept(study.part(test), made.predict_proba(study.x[test]), made, "")


def _kept(test: Study, proba: NDArray[Any], made: Any, name: str) -> Kept:
    """Return probabilities over all the study's classes, also those that training never met."""
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


def cohorts_digest() -> str:
    """Return 12 hex digits of what is simulated."""
    return lab.digest()[:12]
