""" "Got it" in class pictures: counted only under its own Grant, and removed with it (ADR 0040)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.permits import restrictions
from estimates.group_figures import disclosure
from estimates.group_figures.noise import sticky_noise
from estimates.group_figures.proportions import Floor, GroupPerson, banded_count
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell, Member
from privacy.erasure import erasure
from teaching.class_picture import cells
from tests.platform.teaching.class_picture.test_cells import (
    IN_SECOND_CHAPTER,
    LATER,
    MINUTE,
    only_running_section,
    publish_only_cell,
)
from tests.platform.teaching.conftest import BOTH, TEN, sit, tell

REPORTS = "reports:teach"
WITH = (*BOTH, REPORTS)
PRESSED = TEN + timedelta(seconds=25)


def press(sittings, at=PRESSED):
    for sitting in sittings:
        tell(sitting, "got_it", at)


@pytest.mark.django_db
def test_only_presses_after_the_grant_count(course, people, watch, allow):
    """Simulated people are counted exactly, so every wrong count would be visible."""
    counted, late, without, paused = people(4, simulated=True, scopes=WITH[:2])
    for person in (counted, paused):
        allow(person, REPORTS)
    allow(late, REPORTS, now=PRESSED + MINUTE)
    press(watch([counted, late, without, paused], CONFUSION=0.6))
    restrictions.set_restriction(paused, restrictions.RESTRICTION, on=True, now=PRESSED)

    assert only_running_section(course, TEN + 3 * MINUTE).got_it == 1
    reporting = Member.objects.filter(scopes__contains=[REPORTS])
    assert [member.learner for member in reporting] == [counted]


@pytest.mark.django_db
def test_real_people_are_a_band_and_a_withdrawal_removes_the_cell(course, people, watch, settings):
    who = people(14, scopes=WITH)
    press(watch([*who, *people(4)], CONFUSION=0.6))
    cell = publish_only_cell()
    assert cell.got_it in (10, 15)

    settings.LEGAL_PROFILE = "uk_child"
    assert disclosure.read_cells([cell])[cell.pk].got_it is None

    settings.LEGAL_PROFILE = "demo"
    assert disclosure.read_cells([cell])[cell.pk].got_it == cell.got_it
    erasure.withdraw(who[0].code, [REPORTS], now=LATER)
    withdraw_gone()

    cell = Cell.objects.get()
    assert (cell.state, cell.got_it) == ("withdrawn", None)
    assert not Member.objects.exists()


@pytest.mark.django_db
def test_below_the_floor_nothing_is_shown_however_often_it_was_pressed(course, people, watch):
    press(watch([*people(4, scopes=WITH), *people(6)], CONFUSION=0.6))

    cell = publish_only_cell()
    assert (cell.n, cell.got_it) == (10, None)
    assert not Member.objects.filter(scopes__contains=[REPORTS]).exists()


@pytest.mark.django_db
def test_while_the_quarter_lasts_no_number_of_real_people_is_shown(course, people, watch):
    """A new number at each view would eventually reveal who pressed when."""
    press(watch(people(12, scopes=WITH), CONFUSION=0.6))

    assert only_running_section(course, TEN + 5 * MINUTE).got_it is None
    assert publish_only_cell().got_it == 10


@pytest.mark.django_db
def test_a_learner_who_presses_in_two_sections_counts_in_the_first(course, video, people, feel):
    for person in people(5, simulated=True, scopes=WITH):
        sitting = sit(person, video, TEN)
        tell(sitting, "play", TEN, 0.0)
        tell(sitting, "got_it", PRESSED)
        tell(sitting, "seek", TEN + MINUTE, IN_SECOND_CHAPTER)
        tell(sitting, "got_it", TEN + 2 * MINUTE)
        feel(sitting, 3, CONFUSION=0.6)

    parts = cells.load_running_picture(course, now=TEN + 3 * MINUTE).parts

    assert [(part.chapter, seen.got_it) for part, seen in parts.items()] == [(0, 5)]


FLOOR = Floor(people=5, biometric=10, simulated=1)


def number_shown(n: int, seed: bytes) -> int | None:
    people = [GroupPerson(number, False, {}) for number in range(n)]
    return banded_count(people, FLOOR, simulated=False, noise=sticky_noise(seed, "cell", ()))


@given(st.binary(min_size=8, max_size=8), st.integers(0, 4))
def test_no_number_is_shown_of_fewer_than_the_floor(seed, n):
    assert number_shown(n, seed) is None


def test_showing_a_number_hardly_reveals_one_more_press():
    """From the floor on, one more press changes the chance of a number by at most 10 in 100."""
    seeds = [number.to_bytes(8, "big") for number in range(4000)]
    shown = [
        sum(number_shown(n, seed) is not None for seed in seeds) / len(seeds) for n in range(4, 22)
    ]

    assert shown[0] == 0
    assert shown[-1] > 0.98
    assert max(after - before for before, after in pairwise(shown)) <= 0.11
