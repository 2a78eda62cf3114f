"""The checks of tests/site/pages for the one address of `teacher_page.patch`.

Named in `CHANGES`, and run only in the copy with that page: the whole of tests/site/pages opens
every address of the site and takes minutes.
"""

from __future__ import annotations

from tests.site.pages import test_query_counts as query_counts
from tests.site.pages.test_permission_matrix import clients, world, wrong_at

__all__ = ["clients", "world"]
ADDRESS = "/teach/<slug:slug>/captions/"


def test_every_person_gets_the_listed_answer(clients, world):
    assert list(wrong_at(ADDRESS, clients, world)) == []


def test_the_page_makes_no_more_queries_than_listed(clients, world):
    client = clients[query_counts.reader(ADDRESS)]

    assert query_counts.asked(client, ADDRESS, world) <= query_counts.COUNTS[ADDRESS]
