"""An unresponsive provider delays only those who wait for it, for 5 s, and no other page."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.single_sign_on import views
from tests.platform.accounts.single_sign_on.conftest import sentence

HUNG = 50
# As many of them wait at a time; the others are refused at once.
PLACES = views.MOST_WAITING


def p95(times):
    return statistics.quantiles(times, n=20)[-1]


def opened(tab):
    """Return how long one page takes."""
    began = time.perf_counter()
    assert tab.client.get("/accounts/login/").status_code == 200
    return time.perf_counter() - began


def test_a_hung_provider_is_given_up_after_five_seconds(tab, liar):
    here = tab()
    told = here.begin()
    liar.hang_s = 8
    began = time.perf_counter()
    answer = here.back(told)
    assert 4.5 < time.perf_counter() - began < 7.5
    assert answer.status_code == 503
    assert "did not answer. Try again in a minute" in sentence(answer)
    assert 'name="password"' in answer.text


@pytest.mark.timed
def test_fifty_hung_callbacks_leave_other_pages_as_quick_as_they_were(tab, liar):
    waiting = [tab() for _ in range(HUNG)]
    told = [each.begin() for each in waiting]
    other = tab()
    for _ in range(10):
        opened(other)
    before = p95([opened(other) for _ in range(40)])
    liar.hang_s, during = 8, []
    with ThreadPoolExecutor(HUNG) as pool:
        asked = [pool.submit(each.back, said) for each, said in zip(waiting, told, strict=True)]
        refused = HUNG - PLACES
        while liar.asked.count("/token") < PLACES or sum(each.done() for each in asked) < refused:
            time.sleep(0.05)
        while sum(each.done() for each in asked) == refused:
            during.append(opened(other))
        assert {each.result().status_code for each in asked} == {503}
    assert len(during) > 10
    assert p95(during) < 2 * before + 0.05, (before, p95(during))
