"""The simulated queues agree with theory, and with serving one page at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.window_processing import BATCH
from tools.loadtest.sizing import queues
from tools.loadtest.sizing.costs import Costs

COSTS = Costs(
    where="a made-up machine", web_us=200, database_us=100, commit_ms=3, window_ms=5, drain_ms=20,
    stored_mb_hour=5, web_mb=120, worker_mb=500,
)  # fmt: skip


def one_by_one(came, service):
    """Compute Lindley's recursion step by step."""
    wait, found = 0.0, []
    for number, now in enumerate(came):
        if number:
            wait = max(0.0, wait + service[number - 1] - (now - came[number - 1]))
        found.append(wait)
    return found


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.01, 3)), min_size=1, max_size=40))
def test_waits_equal_serving_one_by_one(steps):
    came = np.cumsum([gap for gap, _ in steps])
    service = np.array([length for _, length in steps])
    np.testing.assert_allclose(
        queues.wait_in_queue(came, service), one_by_one(came, service), atol=1e-9
    )


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_the_mean_wait_is_that_of_a_queue_with_fixed_service(busy):
    """Compares with Pollaczek and Khinchine: busy · s / 2 (1 − busy)."""
    rng = np.random.default_rng(1)
    came = np.cumsum(rng.exponential(1.0, 400_000))
    found = queues.wait_in_queue(came, np.full(len(came), busy)).mean()
    assert found == pytest.approx(busy**2 / (2 * (1 - busy)), rel=0.05)


def test_a_batch_takes_all_waiting_and_the_next_begins_when_it_ends():
    came = np.array([0.0, 0.1, 0.2, 5.0])
    # 0.0 alone until 1.1; 0.1 and 0.2 together until 2.3; 5.0 alone until 6.1.
    np.testing.assert_allclose(queues.wait_for_batches(came, 1.0, 0.1), [1.1, 2.2, 2.1, 1.1])


def test_a_batch_is_never_larger_than_the_pipelines():
    came = np.zeros(BATCH + 1)
    found = queues.wait_for_batches(came, 1.0, 0.0)
    assert (found == 1.0).sum() == BATCH
    assert found[-1] == 2.0


def test_each_page_sends_once_in_its_time():
    came = queues.draw_arrivals(50, 1.0, 30.0, np.random.default_rng(2))
    assert len(came) == 50 * 30
    assert (np.diff(came) >= 0).all()


def test_with_too_few_processes_waits_keep_growing():
    busy = replace(COSTS, web_us=2000)
    few = queues.simulate_waits(1000, 1, 1, busy, seconds=60, seed=0)
    enough = queues.simulate_waits(1000, 4, 1, busy, seconds=60, seed=0)
    assert few.web_busy > 1 > enough.web_busy
    assert few.ack_p99_s > 10 > 0.25 > enough.ack_p99_s


def test_a_workers_utilisation_includes_its_batches():
    found = queues.simulate_waits(100, 1, 1, COSTS, seconds=60, seed=0)
    each_ms = COSTS.window_ms + COSTS.drain_ms / BATCH
    assert found.worker_busy == pytest.approx(each_ms / 1e3 * 100 / queues.HOP_S)
