"""The verdict on invented long runs: growth, slower answers and losses are detected."""

from __future__ import annotations

from random import Random

import pytest

from tools.loadtest.soak.analysis import SoakSample, estimate_slope, judge


def run(minutes=20, *, web=lambda minute: 100.0, p99=lambda minute: 30.0, noise=0.0, seed=1):
    """Invent a run sampled every ten seconds; the worker's memory stays constant."""
    rng = Random(seed)
    return [
        SoakSample(
            minute=n / 6,
            rss_mb={"web": web(n / 6) + rng.gauss(0, noise), "worker": 400.0},
            acked=8000,
            ack_p50_ms=10.0,
            ack_p99_ms=p99(n / 6) * rng.uniform(0.8, 1.2),
            online=200,
        )
        for n in range(1, minutes * 6 + 1)
    ]


def test_a_steady_run_passes():
    verdict = judge(run(noise=2.0), 0)
    assert verdict.broken == []
    assert verdict.slopes_mb_a_minute["web"] == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize(("growth", "broken"), [(0.6, ["rss_web"]), (0.3, [])])
def test_memory_may_grow_by_less_than_half_a_megabyte_a_minute(growth, broken):
    verdict = judge(run(web=lambda minute: 100 + growth * minute, noise=1.0), 0)
    assert verdict.broken == broken
    assert verdict.slopes_mb_a_minute["web"] == pytest.approx(growth, abs=0.15)


def test_growth_in_the_first_five_minutes_does_not_count():
    assert judge(run(web=lambda minute: min(5, minute) * 20), 0).broken == []


def test_a_peak_is_no_growth_but_a_stair_is():
    assert judge(run(web=lambda minute: 100 + 30 * (12 < minute < 14)), 0).broken == []
    assert judge(run(web=lambda minute: 100 + 3 * (minute // 3)), 0).broken == ["rss_web"]


@pytest.mark.parametrize(
    ("p99", "broken"),
    [
        (lambda minute: 100 + 10 * minute, ["ack_p99"]),
        (lambda minute: 100.0, []),
        (lambda minute: 10 + 1.5 * minute, []),
        (lambda minute: 100 + 400 * (9 < minute < 11), []),
    ],
    ids=["slower and slower", "flat", "a little, of a little", "one bad moment"],
)
def test_slower_answers_are_detected(p99, broken):
    assert judge(run(p99=p99), 0).broken == broken


def test_one_lost_block_fails():
    assert judge(run(), 1).broken == ["lost"]


def test_a_short_run_is_judged_by_its_second_half():
    verdict = judge(run(2, web=lambda minute: 100 + 5 * minute), 0)
    assert verdict.broken == ["rss_web"]


def test_the_slope_of_nothing_is_none():
    assert estimate_slope([(1.0, 5.0)]) == 0.0
