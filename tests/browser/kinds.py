"""The course of every kind of question on the running site, and hands for its rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import factories

EVERY = Path(__file__).parents[1] / "data/every-kind"


@pytest.fixture
def every(site):
    """The course of every kind on the site, with mia in it: its questions by ref."""
    from authoring.importing import import_package

    now = datetime.now(UTC)
    course = import_package(EVERY, now=now, tell=lambda *_: None).course
    factories.make_enrolment(site.people["mia"], course, role="learner")
    rows = course.questions.select_related("unit").prefetch_related("hints")
    return {row.ref: row for row in rows}


@pytest.fixture
def opened(every, visit):
    """`opened("ordered")` shows mia the question, in a window like `visit`."""

    def run(ref, **options):
        seen = visit(**options).sign_in("mia")
        question = every[ref]
        seen.go(f"/units/{question.unit.code}/?question={question.code}")
        return seen

    return run


def in_order_now(page, rows):
    """Presses the rows into this order, by keyboard."""
    for place, row in enumerate(rows):
        up = page.locator(f"[data-row]:has(select[name=given-{row}]) [data-move='-1']")
        for _ in range(rows_of(page).index(row) - place):
            up.press("Enter")
    assert rows_of(page) == rows


def rows_of(page):
    names = page.locator("[data-row] select").evaluate_all("rows => rows.map(row => row.name)")
    return [name.removeprefix("given-") for name in names]
