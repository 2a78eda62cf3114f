"""The page of states and results: what it says of a week, and to whom."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Course
from estimates.group_figures import weekly_cells
from estimates.models import Cell, Publication
from estimates.models.group_figures import TEACH
from privacy.erasure import erasure
from tests.platform.teaching.state_results.conftest import CONFUSED, INTERESTED, MONDAY

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
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)

    text = page_text(teacher)

    assert "16 November to 22 November" in text
    assert "n = 12 people. Correct on first try, all learners and weeks: 67% (47–86%)." in text
    assert "than otherwise. 30–70 15–60 75–100 −85 to −30" in text
    assert "Fewer correct answers with confusion than otherwise." in text
    assert "More correct answers with interest than otherwise." in text
    assert "Estimated, not checked on people." in text
    assert "does not mean that one causes the other" in text


def test_few_real_people_show_no_difference_and_how_large_it_could_be(teacher, class_):
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)

    text = page_text(teacher)

    assert "n = 10–14 people" in text
    assert text.count("No difference was found. It could be up to 100 points.") == 2
    assert "correct answers with" not in text


def test_the_number_of_queries_does_not_grow_with_people(teacher, question, people, try_question):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            page_text(teacher)
        return len(queries)

    try_question(people(6, simulated=True), question, right=True, **CONFUSED)
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)
    before = count_queries(), count_queries()
    try_question(people(6, simulated=True), question, right=True, **INTERESTED)
    Publication.objects.filter(at__isnull=False).delete()
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)

    assert Cell.objects.get(kind="results", n__isnull=False).n == 12
    assert count_queries() == before[1]


def test_a_withdrawn_week_shows_as_an_empty_one(teacher, simulated_class):
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)
    assert "n = 12" in page_text(teacher, week="20261116")

    erasure.withdraw(simulated_class[0].code, ["pointer:teach"], now=MONDAY)

    text = page_text(teacher, week="20261116")
    assert "n = 12" not in text
    assert "Nothing to show for this week" in text


def test_a_week_without_sure_estimates_says_so(teacher, simulated_class):
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)
    assert "were not sure" not in page_text(teacher)

    Cell.objects.filter(kind="results").update(labels=[], shares=[], right=[], unsure=100)

    text = page_text(teacher)
    assert "n = 12 people." in text
    assert "The estimates of this week were not sure." in text
    assert "Not sure about 100% of people" not in text


def test_figures_published_under_a_lower_floor_are_not_shown(teacher, simulated_class, settings):
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)
    Cell.objects.filter(kind="results").update(simulated=False, n=10, floor=5)
    assert "n = 10–14" in page_text(teacher)

    settings.LEGAL_PROFILE = "eu_education"

    assert "n = 10–14" not in page_text(teacher)


@pytest.mark.parametrize("week", ["", "19700101", "tomorrow", "20261117"])
def test_an_unknown_week_is_not_found(teacher, simulated_class, week):
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)

    status = teacher.get("/teach/algebra/states/", {"week": week}).status_code

    assert status == (404 if week else 200)


@pytest.mark.parametrize(("name", "status"), [("mia", 403), ("mallory", 404), ("amir", 404)])
def test_learners_meet_403_and_strangers_404(request, client_for, course, name, status):
    client = client_for(request.getfixturevalue(name))

    assert client.get("/teach/algebra/states/").status_code == status


def test_a_site_without_class_summaries_says_so(teacher, simulated_class, settings):
    settings.LEGAL_PROFILE = "eu_private_adult"

    assert "rules do not allow a class summary" in page_text(teacher)


def test_the_page_is_linked_from_the_course_navigation(teacher, course):
    pages = ("", "lessons/", "board/", "states/")

    for page, following in pairwise(f"/teach/algebra/{page}" for page in pages):
        assert f'href="{following}"' in teacher.get(page).content.decode()
