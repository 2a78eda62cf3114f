"""ravi reads states and results of his study's course, and what to do before there are any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.teaching.test_state_results import answer_in_two_weeks


def begin_study():
    from research.studies import study_approval, study_setup
    from tests.fixtures.users import make

    now = datetime.now(UTC)
    ravi, amir = make("ravi", now=now), make("amir", now=now)
    last_day = timezone.localdate(now) + timedelta(days=30)
    made = study_setup.begin_study("Confusion in algebra", "EK 2026-N-12", last_day, ravi, now=now)
    study_setup.record_statement(made, ravi, now=now)
    return study_approval.answer(made.id, "approved", amir, now=now).id


def fill(site):
    """Publish a week of simulated people for a study with a snapshot of the course."""
    from research.models import Snapshot
    from research.results import study_results

    now, id = datetime.now(UTC), begin_study()
    Snapshot.objects.create(
        study_id=id,
        course=site.course,
        streams=["pointer"],
        since=now - timedelta(days=14),
        until=now,
        asked_at=now,
        frozen_at=now,
        state="frozen",
        digest="0" * 64,
    )
    answer_in_two_weeks(site, now, "research")
    study_results.publish_due(now)
    return id


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_researcher_reads_the_week_of_the_study(visit, site, in_database, width, dark):
    id = in_database(lambda: fill(site))
    ravi = visit(width=width, dark=dark).sign_in("ravi")
    page = ravi.go(f"/research/studies/{id}/")
    page.get_by_role("link", name="Open states and results").click()
    page.wait_for_url("**/states/")
    ravi.shot(f"study-states-{'dark' if dark else 'light'}-{width}")

    row = page.locator("tr", has_text="Confusion").first
    expect(row).to_contain_text("Fewer correct answers with confusion than otherwise.")
    expect(page.locator("main section.card").first).to_contain_text("simulated")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "estimates, not checked on people" in download.value.path().read_text()
    assert ravi.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_study_without_a_snapshot_says_what_to_do(visit, site, in_database):
    id = in_database(begin_study)
    ravi = visit().sign_in("ravi")
    page = ravi.go(f"/research/studies/{id}/states/")
    ravi.shot("study-states-empty")

    expect(page.locator("section.empty")).to_contain_text("Create a snapshot first.")
    assert ravi.violations() == []
