"""What the table of the attack must show: no world that differs, and controls that win."""

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
def test_one_victim_whose_worlds_differ_is_too_many(different, victims):
    """A bit that half of its victims leak would hide among those of the other bits."""
    assert not row_holds(row(DRAFTS, scores.of_identity(different, victims)))


def test_worlds_that_agree_hold_however_few_they_are():
    assert row_holds(row(DRAFTS, scores.of_identity(0, 9)))


def test_what_carries_noise_is_held_to_its_bound():
    assert row_holds(row(results.PICTURE, scores.of_victims([0.54] * 9), "state"))
    assert not row_holds(row(results.PICTURE, scores.of_victims([0.56] * 9), "state"))


@pytest.mark.parametrize("road", [DRAFTS, results.PICTURE])
def test_a_control_must_win(road):
    assert not row_holds(row(f"{results.CONTROL}{road}", scores.of_identity(9, 20)))
    assert row_holds(row(f"{results.CONTROL}{road}", scores.of_identity(20, 20)))


def test_effects_that_differ_fail(monkeypatch):
    seen = [{(EFFECTS, "demo"): {"R1": figure}} for figure in ("too few", "62 %")]
    pair = PairedWorlds(0, "offered or held back", *seen)
    monkeypatch.setattr(classroom, "furnish", lambda *args, **kwargs: None)
    monkeypatch.setattr(paired_worlds, "attack_victims", lambda *args, **kwargs: iter([pair]))

    (found,) = results.compare_worlds(1, now=timezone.now())

    assert not row_holds(found)
