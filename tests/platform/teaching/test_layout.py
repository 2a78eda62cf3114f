"""The Teacher's navigation: five tabs, and every earlier page behind one of them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from teaching.layout import NAV_TABS, frame_of

pytestmark = pytest.mark.django_db
BEFORE = (
    "", "board/", "videos/", "topics/", "states/", "items/", "compare/", "learners/", "grades/",
    "marking/", "units/", "rules/", "level/", "effects/", "announcements/", "discussion/",
    "classmates/", "people/", "groups/",
)  # fmt: skip


def test_there_are_five_tabs(course):
    tabs = [item.label for item in frame_of(course, "now").places]

    assert tabs == ["Today", "Lessons", "Learners", "Rules", "Settings"]


@pytest.mark.parametrize("page", BEFORE)
def test_every_earlier_page_answers_and_is_linked_from_its_tab(client_for, course, ines, page):
    address = f"/teach/{course.slug}/{page}"
    seen = client_for(ines).get(address)

    assert seen.status_code == 200
    assert f'<a href="{address}" aria-current="page">' in seen.content.decode()


def test_each_page_is_behind_one_tab_and_its_address_exists(course):
    names = [name for tab in NAV_TABS for name in tab.names()]

    assert len(names) == len(set(names))
    for name in names:
        assert reverse(name if ":" in name else f"teaching:{name}", args=[course.slug])


def test_the_open_tab_shows_the_pages_behind_it(course):
    frame = frame_of(course, "videos")

    assert [row.label for row in frame.below] == ["Lessons", "All figures"]
    (tab,) = (item for item in frame.places if item.current)
    assert (tab.label, tab.inside) == ("Lessons", True)
    assert [item.label for item in frame.below[1].places if item.current] == ["Videos"]


def test_a_page_without_others_behind_it_has_one_row(course):
    assert frame_of(course, "now").below == ()
