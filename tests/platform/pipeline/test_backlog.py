"""Under a backlog the worker processes the newest Windows and counts the ones it drops."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.db.models import Count

from estimates.registry import skipped_windows
from health import site_metrics
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.models import Window
from tests.fixtures import factories
from tests.fixtures.models.estimates import make_predictor_row
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db
PAGES, CUTS = 8, 12


@pytest.fixture
def pages(now, monkeypatch):
    """Return eight Sittings that began a minute ago, with no Window processed yet."""
    monkeypatch.setattr(pipeline_windows, "BATCH", PAGES)
    monkeypatch.setattr(pipeline_windows, "SPARE", 0)
    unit = factories.make_quiz_unit()
    opened = []
    for number in range(PAGES):
        person = make(f"waiting-{number}", now=now)
        factories.make_enrolment(person, unit.course)
        opened.append(sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=now))
        windows.fall_due(opened[-1].id, 0.0, now)
    return opened


def drain(at):
    return pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def states():
    rows = Window.objects.values_list("cut", "state").annotate(n=Count("pk"))
    return {(cut, state): n for cut, state, n in rows}


def test_under_a_backlog_the_newest_are_processed_and_the_rest_late(pages, now, caplog):
    done = drain(windows.end_of(pages[0], CUTS - 1) + timedelta(seconds=2))

    expected = {(cut, "late"): PAGES for cut in range(CUTS - 1)} | {(CUTS - 1, "done"): PAGES}
    assert states() == expected
    assert done == PAGES
    assert "windows.shed" in caplog.text


def test_late_windows_stay_stored_and_are_counted(pages, now):
    drain(now + timedelta(seconds=62))

    assert Window.objects.count() == PAGES * CUTS
    assert not Window.objects.filter(state="pending").exists()
    assert site_metrics.read_figures()["attune_windows_late"] == PAGES * (CUTS - 1)


def test_a_worker_that_keeps_up_drops_no_window(pages, now, monkeypatch):
    monkeypatch.setattr(pipeline_windows, "BATCH", PAGES * CUTS + 1)

    done = drain(now + timedelta(seconds=62))

    assert done == PAGES * CUTS
    assert not Window.objects.exclude(state="done").exists()


def test_a_small_backlog_is_processed_without_loss(pages, now, monkeypatch):
    monkeypatch.setattr(pipeline_windows, "SPARE", PAGES * (CUTS - 1))

    done = drain(now + timedelta(seconds=62))

    assert done == PAGES * CUTS
    assert not Window.objects.exclude(state="done").exists()


def test_the_oldest_beyond_the_spare_windows_are_late(pages, now):
    assert windows.shed(now + timedelta(seconds=62), 2 * PAGES) == PAGES * (CUTS - 2)

    assert {cut for cut, state in states() if state == "pending"} == {CUTS - 2, CUTS - 1}


def test_a_helped_window_that_waits_too_long_is_unseen(pages, now):
    at = now + timedelta(seconds=62)
    Window.objects.filter(cut=0).update(state="helped", due_at=at - timedelta(seconds=61))
    Window.objects.filter(cut=1).update(state="helped", due_at=at - timedelta(seconds=59))

    windows.shed(at, 0)

    assert {state for (cut, state), _ in states().items() if cut == 0} == {"unseen"}
    assert {state for (cut, state), _ in states().items() if cut == 1} == {"helped"}


def test_what_a_predictor_did_not_process_is_counted_by_predictor(pages, now):
    make_predictor_row("affect", "a")
    make_predictor_row("foursub", "b")
    make_predictor_row("mvp", "c", hop_s=20.0)
    make_predictor_row("arousal", "d", active=False)
    Window.objects.filter(cut__in=[0, 1, 2]).update(state="late")
    Window.objects.filter(cut__gt=2).update(state="unseen")

    expected = {"affect": 3 * PAGES, "foursub": 12 * PAGES, "mvp": 3 * PAGES}
    assert skipped_windows.count_skipped() == expected
    assert f'attune_windows_skipped{{predictor="mvp"}} {3.0 * PAGES}' in (
        site_metrics.render_text([]).decode()
    )


def test_a_window_brought_late_is_never_dropped(pages, now):
    Window.objects.update(state="brought", due_at=now)

    windows.shed(now + timedelta(hours=1), 0)

    assert set(Window.objects.values_list("state", flat=True)) == {"brought"}


def test_the_newest_windows_are_claimed_in_order_of_their_cuts(pages, now):
    Window.objects.filter(sitting=pages[0], cut=CUTS - 1).delete()

    taken = windows.claim(now + timedelta(seconds=62), 2 * PAGES)

    cuts = [window.cut for window in taken]
    assert cuts == [CUTS - 3] + [CUTS - 2] * PAGES + [CUTS - 1] * (PAGES - 1)
