"""No test row affects the fit; the leaky protocol is distinguished from the honest one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.benchmarks.affect import estimators, fold_jobs
from emotion.benchmarks.affect.plan import PROFILES, SIX, THREE, PlannedRow
from emotion.evaluation.splits import SharedPeople, check_split

TINY = replace(PROFILES["quick"], people=9, segments=(7, 7, 7, 7, 7))


def run_fold(row, monkeypatch=None, poison=None, fold=0):
    """Run a job; if `poison` is given, it changes the test people's rows."""
    if poison is not None:
        real = fold_jobs.simulate_study

        def poisoned(row, profile, seed):
            study = real(row, profile, seed)
            test = fold_jobs.make_folds(study, row, profile, seed)[fold].test
            return poison(study, test)

        monkeypatch.setattr(fold_jobs, "simulate_study", poisoned)
    return fold_jobs.run_job(fold_jobs.Job(row, 1, fold), TINY)


def fit_with(row, monkeypatch, poison):
    """Return the estimator that a job fits."""
    kept = []
    real = estimators.make_estimator
    monkeypatch.setattr(estimators, "make_estimator", lambda *a: kept.append(real(*a)) or kept[-1])
    run_fold(row, monkeypatch, poison)
    return kept[0]


@pytest.mark.parametrize("resample", ["", "adasyn"])
def test_test_data_do_not_affect_the_fit(resample):
    """Scaler, components, synthetic rows and weights: all come from the training part."""
    row = PlannedRow("x", "x", "additive", "logistic", THREE, resample=resample)

    def untouched(study, test):
        return study

    def wild(study, test):
        x, labels = study.x.copy(), study.labels.copy()
        x[test] = 50 * x[test] + 7
        labels[test] = (labels[test] + 1) % 4
        return replace(study, x=x, labels=labels)

    with pytest.MonkeyPatch.context() as one:
        calm = fit_with(row, one, untouched)
    with pytest.MonkeyPatch.context() as other:
        same = fit_with(row, other, wild)
    np.testing.assert_array_equal(calm[0].pca_.components_, same[0].pca_.components_)
    np.testing.assert_array_equal(calm[-1].coef_, same[-1].coef_)


def test_validation_people_are_neither_trained_on_nor_tested():
    row = PlannedRow("x", "x", "at home", "ours", SIX)
    kept = run_fold(row)
    assert not set(kept["valid_people"]) & set(kept["people"])
    assert len(set(kept["valid_people"])) == 2  # at least a fifth of the six training people
    assert kept["subsets"].shape == (64, len(kept["asked"]), 4)
    np.testing.assert_allclose(kept["subsets"][-1], kept["proba"][kept["asked"]], atol=1e-5)
    assert len(kept["hidden"]) == len(kept["asked"])


def test_without_modalities_everyone_gets_the_same_prediction():
    """Everything is missing, so nothing distinguishes people."""
    kept = run_fold(PlannedRow("x", "x", "additive", "fused", ("eda", "gaze")))
    nothing = kept["subsets"][0]
    np.testing.assert_allclose(nothing, np.broadcast_to(nothing[0], nothing.shape), atol=1e-6)
    assert kept["attention"].shape == (len(kept["asked"]), 2)
    np.testing.assert_allclose(kept["attention"].sum(axis=1), 1, atol=1e-5)


def test_the_leaky_protocol_has_people_on_both_sides_and_no_fold_digest():
    row = PlannedRow("leaky", "x", "zero signal", "KNN", ("gaze",), "leaky")
    assert fold_jobs.count_folds(TINY, row) == 1
    kept = run_fold(row)
    study = fold_jobs.simulate_study(row, TINY, 1)
    tested = set(zip(kept["people"].tolist(), kept["times"].tolist(), strict=True))
    keys = list(zip(study.people.tolist(), study.times.tolist(), strict=True))
    test = np.array([key in tested for key in keys])
    with pytest.raises(SharedPeople):
        check_split(study.people, np.flatnonzero(~test), np.flatnonzero(test))


def test_every_row_of_a_split_is_tested_on_the_same_windows():
    first, second = (
        run_fold(PlannedRow("x", model, "additive", model, ("gaze",)), fold=1)
        for model in ("prior", "KNN")
    )
    assert str(first["digest"]) == str(second["digest"])
    np.testing.assert_array_equal(first["labels"], second["labels"])
