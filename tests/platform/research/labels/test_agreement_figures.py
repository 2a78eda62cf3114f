"""Figures of raters: pairs, and the labels they mix up, from the counts of the agreement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.evaluation.metrics.interrater_agreement import MISSING, RaterAgreement
from estimates.models import AFFECT_LABELS
from research.labels.agreement_figures import build_agreement_figures
from research.labels.rater_agreement import LabelAgreement, RaterPair, TaskAgreement, _count_mixed

KAPPA = RaterAgreement(0.49, 0.3, 0.6, 40)
UNKNOWN = RaterAgreement(None, None, None, 1)


@pytest.fixture
def agreement():
    """Return the agreement of three raters; one pair has no figure."""
    mixed = [[0] * len(AFFECT_LABELS) for _label in AFFECT_LABELS]
    mixed[0][:2], mixed[1][:2] = [6, 2], [2, 10]
    return TaskAgreement(
        raters=("ravi", "ana", "li"),
        moments=40,
        people=8,
        simulated=0,
        alpha=KAPPA,
        pairs=(
            RaterPair("ravi", "ana", KAPPA),
            RaterPair("ravi", "li", RaterAgreement(0.2, 0.1, 0.3, 40)),
            RaterPair("ana", "li", UNKNOWN),
        ),
        labels=tuple(LabelAgreement(label, 1, KAPPA) for label in AFFECT_LABELS),
        mixed=tuple(map(tuple, mixed)),
        cannot_tell=0,
    )


def test_counts_are_of_moments_that_both_labelled_in_both_directions():
    ratings = np.array([[0, 0, 1, MISSING], [0, 1, 1, 1]])
    counts = np.array(_count_mixed(ratings))
    assert counts[:2, :2].tolist() == [[2, 1], [1, 2]]
    assert counts.sum() == 6


def test_each_pair_is_a_cell_and_a_row(agreement):
    pairs, _labels = build_agreement_figures(agreement)
    assert [row[1] for row in pairs.table.rows] == [0.49, 0.2, None]
    assert pairs.stress == "ravi and li agree least: κ 0.20."
    svg = str(pairs.svg)
    assert svg.count("0.49</text>") == 2
    assert svg.count('class="gap"') == 2


def test_labels_that_nobody_gave_have_no_row(agreement):
    _pairs, labels = build_agreement_figures(agreement)
    assert [row[1:] for row in labels.table.rows] == [(6, 2), (2, 10)]
    assert "25 times in 100" in labels.stress
    assert ">75</text>" in labels.svg


def test_one_rater_has_no_figures(agreement):
    assert build_agreement_figures(replace(agreement, alpha=None)) == []
