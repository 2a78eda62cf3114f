"""The table of the attack fails on any world that differs, and on any control that does not win."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tools.inference_attack import classroom, paired_worlds, results, scores
from tools.inference_attack.attack_surface import DRAFTS, EFFECTS
from tools.inference_attack.command import row_holds
from tools.inference_attack.paired_worlds import PairedWorlds


def row(road, score, secret=results.BY_TURNS):
    return results._row(road, "demo", secret, score)


@pytest.mark.parametrize(("different", "victims"), [(1, 22), (1, 200), (11, 200), (1, 2000)])
def test_one_victim_whose_worlds_differ_fails(different, victims):
    """A bit that half of its victims leak would hide among the others' bits."""
    assert not row_holds(row(DRAFTS, scores.score_identity(different, victims)))


def test_worlds_that_agree_pass_for_any_number_of_victims():
    assert row_holds(row(DRAFTS, scores.score_identity(0, 9)))


def test_noisy_figures_must_keep_their_bound():
    assert row_holds(row(results.PICTURE, scores.score_victims([0.54] * 9), "state"))
    assert not row_holds(row(results.PICTURE, scores.score_victims([0.56] * 9), "state"))


@pytest.mark.parametrize("road", [DRAFTS, results.PICTURE])
def test_a_control_must_win(road):
    assert not row_holds(row(f"{results.CONTROL}{road}", scores.score_identity(9, 20)))
    assert row_holds(row(f"{results.CONTROL}{road}", scores.score_identity(20, 20)))


def test_effects_that_differ_fail(monkeypatch):
    seen = [{(EFFECTS, "demo"): {"R1": figure}} for figure in ("too few", "62 %")]
    pair = PairedWorlds(0, "offered or held back", *seen)
    monkeypatch.setattr(classroom, "make_classroom", lambda *args, **kwargs: None)
    monkeypatch.setattr(paired_worlds, "attack_victims", lambda *args, **kwargs: iter([pair]))

    (found,) = results.compare_worlds(1, now=timezone.now())

    assert not row_holds(found)
