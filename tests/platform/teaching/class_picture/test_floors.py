"""Least group sizes by legal profile: ten for biometric Estimates, else five."""

from __future__ import annotations

import pytest

from consent.legal_profiles import profiles
from estimates.group_figures import disclosure
from estimates.group_figures.proportions import Floor
from estimates.models.group_figures import TEACH
from tests.platform.teaching.class_picture.test_cells import figures_after_quarter
from tests.platform.teaching.conftest import BOTH

pytestmark = pytest.mark.django_db
ACTIVITY = ("activity:adapt", "activity:teach")


@pytest.mark.parametrize(
    ("profile", "floor"),
    [
        ("demo", Floor(people=5, biometric=5, simulated=1)),
        ("eu_education", Floor(people=10, biometric=10, simulated=10)),
        ("us_higher_ed", Floor(people=5, biometric=10, simulated=5)),
        ("", None),
    ],
)
def test_a_profile_may_ask_for_more_and_only_the_demo_for_fewer(settings, profile, floor):
    settings.LEGAL_PROFILE = profile

    assert disclosure.current_floor(TEACH) == floor


@pytest.mark.parametrize("name", profiles.NAMES)
def test_the_consent_page_and_the_class_picture_read_the_same_floors(settings, name):
    settings.LEGAL_PROFILE = name
    kept, told = disclosure.current_floor(TEACH), profiles.load_named(name)
    if kept is not None:
        assert (kept.people, kept.biometric) == (told.floor(["activity"]), told.floor(["face"]))
        assert told.floor(["activity", "face"]) == kept.biometric


@pytest.mark.parametrize(("streams", "n"), [(("pointer",), None), (("activity",), 5)])
def test_biometric_estimates_need_ten_where_behaviour_needs_five(
    course, people, watch, monkeypatch, streams, n
):
    monkeypatch.setattr(disclosure, "current_floor", lambda _: Floor(5, 10, 1))
    watch(people(6, scopes=(*BOTH, *ACTIVITY)), streams=streams, CONFUSION=0.6)

    seen = figures_after_quarter(course)

    assert (bool(seen.picture), seen.floor) == (n is not None, 10 if n is None else 5)
