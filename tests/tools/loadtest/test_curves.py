"""The class of the curves has the history it should, and each page is loaded for each history."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from estimates.models import AffectEstimate
from telemetry.models import Sitting
from tools.loadtest.curves import page_cost
from tools.loadtest.curves.command import add_multiples

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_page_is_loaded_with_ever_longer_history(settings, tmp_path, monkeypatch):
    settings.LEGAL_PROFILE, settings.VAR = "demo", tmp_path
    settings.MEDIA_ROOT, settings.STATIC_ROOT = tmp_path / "media", tmp_path / "static"
    monkeypatch.setattr(page_cost, "LEARNERS", 1)
    monkeypatch.setattr(page_cost, "TIMES", 1)
    now = timezone.now()
    class_ = page_cost.make_class(now)

    rows = list(page_cost.measure_pages(class_, [8, 1], now=now))

    assert [(row["days"], row["page"]) for row in rows] == [
        (days, page) for days in (1, 8) for page in page_cost.PAGES
    ]
    assert all(row["ms"] > 0 and row["queries"] > 0 for row in rows)
    for person in class_.people:
        visits = Sitting.objects.filter(learner=person)
        began = Counter(visits.values_list("began_at", flat=True))
        # Each day, one unit alone and a video with the class.
        assert began == {now - day * page_cost.A_DAY: 2 for day in range(1, 9)}
        last = AffectEstimate.objects.filter(learner=person).order_by("made_at").first()
        # The demo's retention of seven days was applied.
        assert now - 7 * page_cost.A_DAY <= last.made_at <= now - 5 * page_cost.A_DAY


def test_a_missing_page_stops_the_measurement(settings, tmp_path, monkeypatch, mia):
    settings.LEGAL_PROFILE, settings.VAR = "demo", tmp_path
    monkeypatch.setattr(page_cost, "PAGES", {"/nowhere/": "learner"})
    monkeypatch.setattr(page_cost, "_address", lambda *_: "/nowhere/")
    with pytest.raises(RuntimeError, match="expected 200 of /nowhere/, got 404"):
        list(page_cost._measure_rounds(page_cost.DemoClass(None, [mia])))


def test_a_cost_is_compared_with_the_first_of_its_own_kind():
    rows = [
        {"what": "ingest", "web_cpu_us_a_message": 200},
        {"what": "ingest", "web_cpu_us_a_message": 100},
        {"what": "page", "page": "/", "ms": 10.0},
        {"what": "page", "page": "/journey/", "ms": 50.0},
        {"what": "page", "page": "/", "ms": 15.0},
        {"what": "page", "page": "/journey/", "ms": 50.0},
    ]
    assert [row["times_the_first"] for row in add_multiples(rows)] == [1, 0.5, 1, 1, 1.5, 1]
