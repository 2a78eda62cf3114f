"""The page of states and results: what it says of a week, and to whom."""

from __future__ import annotations

import re

import pytest

from teaching.state_results import weekly_cells
from tests.platform.teaching.state_results.conftest import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


def page_text(teacher, **query):
    response = teacher.get("/teach/algebra/states/", query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_before_the_first_week_has_ended_it_says_when_figures_appear(teacher, class_):
    text = page_text(teacher)

    assert "Nothing to show for this week" in text
    assert "A week appears here on Monday" in text
    assert "slope" not in text.split("Nothing to show")[1]


def test_a_week_has_each_state_with_intervals_and_words(teacher, simulated_class):
    weekly_cells.publish_due(MONDAY)

    text = page_text(teacher)

    assert "16 November to 22 November" in text
    assert "n = 12 people. Correct on first try, all learners and weeks: 67% (47–86%)." in text
    assert "than otherwise. 30–70 15–60 75–100 −85 to −30" in text
    assert "Fewer correct answers with confusion than otherwise." in text
    assert "More correct answers with interest than otherwise." in text
    assert "Estimated, not checked on people." in text
    assert "does not mean that one causes the other" in text


def test_few_real_people_show_no_difference_and_how_large_it_could_be(teacher, class_):
    weekly_cells.publish_due(MONDAY)

    text = page_text(teacher)

    assert "n = 10–14 people" in text
    assert text.count("No difference was found. It could be up to 100 points.") == 2
    assert "correct answers with" not in text
