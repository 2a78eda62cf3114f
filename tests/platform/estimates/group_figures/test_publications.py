"""One Publication per course and time span: counted again while it is open, closed once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from estimates.group_figures import publications
from estimates.group_figures.proportions import Floor
from estimates.group_figures.publications import QUARTER, Span
from estimates.models import Publication
from estimates.models.group_figures import RESEARCH
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
FLOOR = Floor(people=5, biometric=10, simulated=5)
RECOUNT = timedelta(seconds=30)
END = TEN + QUARTER


@pytest.fixture
def counted():
    """The time of each count so far."""
    return []


@pytest.fixture
def count(counted):
    def note_time(publication, floor, now):
        counted.append(now)

    return note_time


def test_an_open_publication_is_counted_again_only_after_a_while(course, count, counted):
    times = [TEN, TEN + RECOUNT / 2, TEN + RECOUNT]

    made = [publications.refresh(Span(course, TEN), count, FLOOR, now, RECOUNT) for now in times]

    assert counted == [times[0], times[2]]
    assert len({each.pk for each in made}) == 1


def test_the_first_of_two_workers_publishes_it(course, count, counted):
    span = Span(course, TEN)

    assert [publications.publish(span, count, FLOOR, END) for _ in range(2)] == [True, False]
    assert counted == [END]


def test_a_closed_publication_is_never_counted_again(course, count, counted):
    span = Span(course, TEN)
    publications.publish(span, count, FLOOR, END)

    made = publications.refresh(span, count, FLOOR, END + timedelta(days=1), RECOUNT)

    assert (made.at, counted) == (END, [END])


def test_each_span_and_each_audience_has_its_own(course, count):
    spans = [
        Span(course, TEN),
        Span(course, END),
        Span(course, TEN, since=TEN - timedelta(days=7)),
        Span(course, TEN, since=TEN - timedelta(days=7), audience=RESEARCH),
    ]

    assert [publications.publish(span, count, FLOOR, END) for span in spans] == [True] * 4
    assert len({span.find().pk for span in spans}) == 4


def test_a_failed_count_leaves_nothing_and_is_logged(course, caplog):
    def fail(publication, floor, now):
        raise ArithmeticError

    done = publications.publish_or_log(Span(course, TEN), fail, FLOOR, END, "picture.unpublished")

    assert (done, Publication.objects.exists()) == (False, False)
    assert "picture.unpublished" in caplog.text
