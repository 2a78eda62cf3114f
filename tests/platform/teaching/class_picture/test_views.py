"""The board: a table of sections and states, in which everything held back is shown as such."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from estimates.models import Cell, Publication
from estimates.models.group_figures import forget_member
from teaching.class_picture import cells
from teaching.class_picture.views import stamp
from tests.platform.teaching.conftest import TEN, sit, tell

pytestmark = pytest.mark.django_db
BOARD = "/teach/algebra/board/"
LATER = TEN + timedelta(minutes=17)


@pytest.fixture
def teacher(client_for, course, ines):
    return client_for(ines)


@pytest.fixture
def past(course):
    """`past(watch(…))`: the address of the quarter from 10:00, published."""

    def published(_sat):
        cells.publish_due(LATER)
        return f"{BOARD}?quarter={stamp(Publication.objects.get(quarter=TEN).quarter)}"

    return published


def words(response) -> str:
    main = response.content.decode().split("<main", 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_the_page_says_that_it_rates_no_person(teacher, settings):
    settings.LEGAL_PROFILE = "demo"

    assert "It does not rate any person or your teaching." in words(teacher.get(BOARD))


def test_an_empty_board_says_what_will_be_shown(teacher, settings):
    settings.LEGAL_PROFILE = "demo"

    assert "Nothing to show yet. When at least 5 people" in words(teacher.get(BOARD))


def test_a_site_without_class_pictures_says_so(teacher, settings):
    settings.LEGAL_PROFILE = ""

    assert "This site’s rules do not allow a class summary." in words(teacher.get(BOARD))


def test_a_published_quarter_shows_ranges_with_n_and_a_band_for_each(teacher, past, people, watch):
    said = teacher.get(past(watch(people(5), CONFUSION=0.6, INTEREST=0.3)))

    assert "What an equation says" in words(said)
    assert "n = 5–9 people" in words(said)
    assert "under 5" in words(said)
    told = r'aria-label="Confusion in What an equation says, (\d+) to (\d+) percent"'
    low, high = re.search(told, said.content.decode()).groups()
    assert f" {low}–{high} " in words(said)
    assert "include random noise, so that no one can be singled out" in words(said)
    assert "Friday 20 November, 10:00 to 10:15" in words(said)


def test_a_part_with_too_few_people_is_not_named(teacher, past, people, watch):
    """Its row alone would reveal that someone in this section is sensed."""
    said = words(teacher.get(past(watch(people(4), CONFUSION=0.6))))

    assert "What an equation says" not in said
    assert "Nothing to show yet" in said
    assert f"quarter={stamp(TEN)}" not in teacher.get(BOARD).content.decode()


def ask_for_help(sat):
    for sitting in sat:
        tell(sitting, "stuck", TEN + timedelta(seconds=20))
    return sat


def test_too_few_people_are_words_and_a_pattern_and_no_number(teacher, past, people, watch):
    said = teacher.get(past(ask_for_help(watch(people(5), cuts=()))))

    assert "Too few people to show. Figures need at least 5" in words(said)
    assert "5–9 stuck" in words(said)
    assert not re.search(r"n = |\d+–\d+ *%", words(said))


def test_a_simulated_group_is_marked(teacher, past, people, watch):
    said = words(teacher.get(past(watch(people(2, simulated=True), CONFUSION=0.6))))

    assert "n = 2, simulated" in said


def test_abstained_estimates_are_shown_as_not_sure(teacher, past, people, watch):
    said = words(teacher.get(past(watch(people(5)))))

    assert said.count("not sure") == 4 + 1  # each state, and the legend


def test_a_withdrawn_cell_looks_like_an_empty_one(teacher, past, people, watch):
    five = people(5)
    address = past(watch(five, CONFUSION=0.6))
    forget_member(five[0].code, ["pointer:adapt"])

    said = words(teacher.get(address))

    assert "Nothing to show yet" in said
    assert "ithdrawn" not in said
    assert "What an equation says" not in said


def test_a_lost_grant_is_seen_by_the_page_itself(teacher, past, people, watch):
    five = people(5)
    address = past(watch(five, CONFUSION=0.6))
    five[0].grants.filter(scope="pointer:teach").update(live=False)

    assert "Nothing to show yet" in words(teacher.get(address))
    assert Cell.objects.get().state == "withdrawn"


@pytest.mark.parametrize("quarter", ["x", "20200101T0000"])
def test_only_published_quarters_have_an_address(teacher, course, quarter):
    assert teacher.get(f"{BOARD}?quarter={quarter}").status_code == 404


def test_the_running_picture_shows_the_present_quarter(teacher, people, watch, settings):
    begin = cells.quarter_of(timezone.now())
    watch(people(5, simulated=True), at=begin, cuts=(0,), CONFUSION=0.6)

    said = words(teacher.get(BOARD))

    assert f"So far, since {begin:%H:%M}" in said
    assert "n = 5, simulated" in said


def test_who_refused_leaves_no_trace_on_the_board(teacher, past, course, people, watch, mia, noah):
    """mia is present and refused, noah is absent: the page is as if mia were absent too."""
    twelve = people(12)
    address = past(watch(twelve, CONFUSION=0.6))
    without = words(teacher.get(address))
    Publication.objects.all().delete()

    sitting = sit(mia, twelve[0].sittings.first().unit, TEN)
    tell(sitting, "play", TEN, 0.0)
    cells.publish_due(LATER)

    assert words(teacher.get(address)) == without


def test_the_legend_names_each_way_of_being_held_back(teacher, past, people, watch):
    said = words(teacher.get(past(ask_for_help(watch(people(5), cuts=())))))

    for words_ in ("too few people, never zero", "not sure"):
        assert words_ in said
