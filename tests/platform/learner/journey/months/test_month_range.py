"""Twelve calendar months, chosen in the URL."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.journey.months.month_range import MonthRange, month_of, parse_months, shift_month

TODAY = date(2026, 11, 20)
NOVEMBER = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("asked", "last"),
    [
        ({}, NOVEMBER),
        ({"to": "2026-02"}, date(2026, 2, 1)),
        ({"to": "2031-01"}, NOVEMBER),
        ({"to": "2026-13"}, NOVEMBER),
        ({"to": "2026-02-03"}, NOVEMBER),
        ({"to": "last year"}, NOVEMBER),
        ({"to": "0001-01"}, date(2001, 1, 1)),
    ],
)
def test_the_url_chooses_the_last_month_and_never_the_future(asked, last):
    span = parse_months(asked, TODAY)
    assert span.last == last
    assert len(span.months) == 12
    assert span.months[-1] == last


def test_earlier_and_later_lead_to_adjacent_months_up_to_this_one():
    now = MonthRange(NOVEMBER, TODAY)
    assert (now.months[0], now.later, now.earlier) == (date(2025, 12, 1), "", "?to=2025-11")
    assert MonthRange(date(2025, 11, 1), TODAY).later == now.query
    assert MonthRange(date(2026, 5, 1), TODAY).later == now.query


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-600, 600))
def test_shifting_there_and_back_returns_the_same_month(day, n):
    first = month_of(day)
    assert shift_month(shift_month(first, n), -n) == first
    assert shift_month(first, n).day == 1
