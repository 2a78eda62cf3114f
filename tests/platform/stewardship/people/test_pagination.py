"""The pages of a long list contain each entry once, in order, and link to one another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stewardship.people.pagination import number_page


@given(st.integers(0, 300), st.integers(1, 60))
def test_the_pages_hold_each_entry_once_and_lead_to_one_another(total, size):
    entries, shown, number = list(range(total)), [], 1
    while number:
        page = number_page(number, total, size)
        part = entries[page.entries]
        assert (page.first, page.last) == ((part[0] + 1, part[-1] + 1) if part else (0, 0))
        assert page.before == number - 1
        shown += part
        number = page.after
    assert shown == entries


@pytest.mark.parametrize(("total", "number"), [(0, 1), (50, 1), (51, 2)])
def test_a_page_beyond_the_last_is_the_last(total, number):
    assert number_page(99, total, 50).number == number
