"""The comparison with labels by people, on eyes whose labels are known."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks._labelled_eyes import RATES_HZ, SCREEN_DEG, compare_eyes, measure_f1
from tests.fixtures.emotion.eyes import look_around, sample

HEAD = "X_coord\tY_coord\tConfidence\tPattern\n"


def write(path, angles, labels, confidence):
    shares = angles / SCREEN_DEG
    rows = zip(shares[:, 0], shares[:, 1], confidence, labels, strict=True)
    lines = [f"{x:.6f}\t{y:.6f}\t{c}\t{label}\n" for x, y, c, label in rows]
    path.write_text(HEAD + "".join(lines), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """Three recordings of 12 s; in one, half a second is lost and has no label."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        angles, still = look_around(12, rng)
        _, seen = sample(angles, 250, rng, 0.03)
        labels = np.where(still[::4], "F", "S")
        confidence = np.ones(len(seen))
        if seed == 0:
            confidence[500:625], labels[500:625] = 0, "B"
        write(tmp_path / f"{seed}.csv", seen, labels, confidence)
    return tmp_path


def test_known_labels_agree_best_at_the_rate_of_the_tracker(folder):
    rows = {row["rate_hz"]: row for row in compare_eyes(folder)}
    assert tuple(rows) == RATES_HZ
    assert rows[250.0]["data"] == "labelled eyes, 3 recordings, 36.0 s"
    assert rows[250.0]["kappa_of_rows"] > 0.85
    for rate_hz in (250.0, 62.5):
        assert min(rows[rate_hz]["fixation_f1"], rows[rate_hz]["saccade_f1"]) > 0.95
    assert rows[10.0]["fixation_f1"] > 0.8
    found, labelled = rows[10.0]["fixations_per_s"]
    assert 0.7 * labelled < found < labelled
    found, labelled = rows[10.0]["fixation_s"]
    assert labelled < found < 1.5 * labelled


def test_labels_of_other_movements_agree_less(folder):
    path = folder / "1.csv"
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    labels = [line.split("\t")[3] for line in lines]
    moved = [line[:-1] + labels[(n + 900) % len(labels)] for n, line in enumerate(lines)]
    path.write_text(HEAD + "\n".join(moved) + "\n", encoding="utf-8")
    assert next(compare_eyes(folder))["kappa_of_rows"] < 0.75


def test_spans_match_one_to_one():
    truth = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert measure_f1(truth, truth) == 1
    assert measure_f1(truth, np.array([[0.0, 3.0]])) == pytest.approx(2 / 3)
    assert measure_f1(truth, np.zeros((0, 2))) == 0
    assert np.isnan(measure_f1(np.zeros((0, 2)), np.zeros((0, 2))))


def test_a_folder_without_tables_or_with_other_columns_is_named(tmp_path):
    with pytest.raises(CannotMeasure, match="expected tables of labelled gaze"):
        list(compare_eyes(tmp_path))
    (tmp_path / "one.csv").write_text("x\ty\n1\t2\n", encoding="utf-8")
    with pytest.raises(CannotMeasure, match="expected the columns"):
        list(compare_eyes(tmp_path))
