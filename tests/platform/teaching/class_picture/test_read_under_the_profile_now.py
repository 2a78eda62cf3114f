"""A picture published under one legal profile is read under the current one (issue 27, A2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consent.legal_profiles import profiles
from estimates.group_figures import disclosure
from estimates.models import Cell
from teaching.class_picture import cells, published_summary
from teaching.class_picture.typical_range import typical_ranges
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
LATER = TEN + timedelta(minutes=17)


def publish(people, watch, stream, count):
    scopes = (f"{stream}:adapt", f"{stream}:teach")
    watch(people(count, scopes=scopes), streams=(stream,), CONFUSION=0.6)
    cells.publish_due(LATER)
    assert Cell.objects.get().n == 5


@pytest.mark.parametrize(
    ("stream", "shown_under"),
    [("face", {"demo"}), ("activity", {"demo", "us_higher_ed"})],
)
def test_each_profile_shows_what_it_allows_itself(
    course, people, watch, settings, monkeypatch, stream, shown_under
):
    """Six people: enough only for a floor of five."""
    publish(people, watch, stream, 6)
    monkeypatch.setattr("teaching.class_picture.typical_range.CELLS_NEEDED", 1)
    found = {}
    for name in (*profiles.NAMES, None):
        settings.LEGAL_PROFILE = name
        (cell,) = Cell.objects.all()
        found[name] = (
            disclosure.read_cells([cell])[cell.pk].picture is not None,
            published_summary.median_range([cell], "CONFUSION").kind == "range",
            bool(typical_ranges(course, LATER + timedelta(hours=1))),
        )

    assert {name for name, seen in found.items() if all(seen)} == shown_under
    assert {name for name, seen in found.items() if any(seen)} == shown_under


def test_the_page_itself_shows_none_of_it(course, people, watch, settings, client_for, ines):
    publish(people, watch, "face", 6)
    page = f"/teach/algebra/board/?quarter={TEN:%Y%m%dT%H%M}"
    client = client_for(ines)
    seen = client.get(page).content.decode()
    assert "n = 5" in seen
    assert "Factoring trinomials" in seen

    settings.LEGAL_PROFILE = "eu_education"

    page = client.get(page).content.decode()
    assert "n = " not in page
    assert "Factoring trinomials" not in page
    assert "Nothing to show yet." in page
