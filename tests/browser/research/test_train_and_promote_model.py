"""Journey 12: ravi trains on simulated people, reads the honest report, starts a challenger.

No learner sees any of it until it is promoted. A worse model is refused at a gate, with the reason.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

PEOPLE = 24
MODEL = "/journey/model/"
FURTHER = "taught further by reports"


@pytest.fixture
def ravi(site, visit, in_database, settings, tmp_path, monkeypatch):
    """ravi signed in, on a site with the shipped prior and a small institution."""
    from emotion.simulate import institution

    settings.LEARNED_DIR = tmp_path / "learned"
    known = institution.simulate_cold_start(PEOPLE)
    monkeypatch.setattr(institution, "simulate_cold_start", lambda: known)
    # Training runs at low priority, so other tests of this run would starve it.
    monkeypatch.setattr("research.runs.training_process.NICENESS", 0)

    def prepare():
        from tests.fixtures.models.estimates import register_shipped
        from tests.fixtures.users import make

        now = datetime.now(UTC)
        register_shipped("prior", now=now)
        return make("ravi", now=now)

    in_database(prepare)
    return visit().sign_in("ravi")


@pytest.fixture
def worker_beside(in_database):
    """A worker that processes everything due, in a thread of its own."""
    threads = []

    def begin():
        from django.db import connections
        from django.utils import timezone

        from research.runs import training_worker

        def work():
            try:
                training_worker.process_due(now=timezone.now)
            finally:
                connections.close_all()

        threads.append(threading.Thread(target=work))
        threads[-1].start()

    yield begin
    in_database(cancel_trainings)
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def cancel_trainings():
    from research.models import Run
    from research.runs.models import PENDING

    Run.objects.filter(state__in=PENDING).delete()


def lay_worse(settings):
    """Create an artefact trained here whose figures are worse."""
    import json

    from emotion import artefacts
    from estimates.registry import predictors

    folder = next(settings.LEARNED_DIR.glob("finetune-*"))
    card, weights = artefacts.read(folder)
    figures = {**card["figures"], "gain": [-0.02, -0.05, 0.01]}
    worse = artefacts.save(
        settings.LEARNED_DIR,
        card={**json.loads(json.dumps(card)), "name": "worse", "figures": figures},
        weights=weights,
    )
    return str(predictors.register(worse, now=datetime.now(UTC), at_once=False))


def test_a_training_on_simulated_people_from_its_start_to_its_use(
    ravi, visit, site, in_database, worker_beside, settings
):
    page = ravi.go("/research/runs/")
    ravi.shot("j12-runs-empty")
    page.select_option("#recipe", "finetune")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_selector("text=It starts when")
    worker_beside()

    page.wait_for_selector("label:has-text('Epoch')", timeout=300_000)
    ravi.shot("j12-run-live")
    assert page.get_by_role("progressbar").count() == 1
    assert ravi.violations() == []
    page.get_by_role("link", name="Read the report").click(timeout=300_000)
    page.wait_for_selector("text=Evaluation report")

    leaky = page.locator(".splits-table tr.leaky")
    assert leaky.locator("s").count() == 1
    colour = "cell => getComputedStyle(cell).color"
    plain = page.locator(".splits-table tr", has_text="New videos").locator("td").evaluate(colour)
    assert leaky.locator("td").evaluate(colour) not in (plain, "rgb(0, 0, 0)")
    told = page.locator("main").inner_text()
    for words in ("New people", "New videos", "Data leakage:", "What each sensor adds", "Limits"):
        assert words in told
    ravi.shot("j12-report")
    assert ravi.violations() == []

    page.get_by_role("button", name="Run as challenger").click()
    page.wait_for_selector("text=Runs as a challenger alongside")
    ravi.shot("j12-challenger")
    assert ravi.violations() == []
    mia = visit(width=360).sign_in("mia")
    assert FURTHER not in mia.go(MODEL).locator("main").inner_text()
    mia.shot("j12-card-before")

    page.get_by_role("button", name="Promote").click()
    page.wait_for_selector("text=In use: pages and rules")
    assert FURTHER in mia.go(MODEL).locator("main").inner_text()
    assert mia.violations() == []
    mia.shot("j12-card-after")

    worse = in_database(lambda: lay_worse(settings))
    page = ravi.go(f"/research/predictors/{worse}/")
    page.get_by_role("button", name="Run as challenger").click()
    page.get_by_role("button", name="Promote").click()
    refused = page.get_by_role("alert")
    refused.wait_for()
    assert "It is not shown to be better than what it came from" in refused.inner_text()
    ravi.shot("j12-refused")
    ravi.complaints.clear()  # the browser tells every answer over 399

    page = ravi.go("/research/predictors/")
    ravi.shot("j12-predictors")
    assert ravi.violations() == []
    page.get_by_role("button", name="Roll back").click()
    page.wait_for_selector("text=In use: pages and rules")
    assert "prior-" in page.url
    assert FURTHER not in mia.go(MODEL).locator("main").inner_text()
