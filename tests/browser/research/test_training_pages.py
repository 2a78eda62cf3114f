"""Runs, Predictors and tables at any width, light and dark: no overflow, no axe violation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.browser.conftest import LOOKS


def fill():
    """Create finished runs, a Predictor as challenger, and the one in use."""
    from estimates.models import Predictor
    from tests.fixtures.site import run_samples
    from tests.fixtures.users import make

    now = datetime.now(UTC)
    used, rival = (run_samples.make_predictor(digit * 12) for digit in "ab")
    Predictor.objects.filter(pk=used.pk).update(active=True, promoted_at=now)
    Predictor.objects.filter(pk=rival.pk).update(challenger=True)
    run = run_samples.make_run(str(rival))
    make("ravi", now=now)
    return [
        f"runs/{run.id}/",
        "predictors/",
        f"predictors/{rival}/",
        f"predictors/{used}/",
        "runs/",
        f"runs/{run_samples.make_tables_run().id}/",
        "tables/",
    ]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_training_pages_render_and_pass_axe(visit, site, in_database, width, dark):
    addresses = in_database(fill)
    seen = visit(width=width, dark=dark).sign_in("ravi")
    for number, address in enumerate(addresses):
        page = seen.go(f"/research/{address}")
        seen.shot(f"training-{number}-{'dark' if dark else 'light'}-{width}")
        assert seen.violations() == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
