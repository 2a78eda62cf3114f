"""A Teacher weights the graded tests; Teachers and Learners read the course total."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import Leaf
from courses.gradebook import course_totals
from courses.gradebook.course_totals import CategorySettings
from courses.models import GradeCategory
from teaching.grades.gradebook import load_gradebook
from tests.fixtures import factories
from tests.fixtures.exams import make_test, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def tests(mia, ines):
    """Return two graded tests of one course, in which Mia got 67 and 33 percent."""
    first = make_test(mia, attempts=1)
    second = make_test(course=first.course, attempts=1)
    factories.make_enrolment(ines, first.course, role="teacher")
    take(mia, first, "5", "5", "4")
    take(mia, second, "5", "4", "4")
    return first, second


def url(course):
    return f"/teach/{course.slug}/grades/total/"


def read_stamp(client, course):
    """Return the stamp of the categories that the page shows."""
    page = client.get(url(course)).content.decode()
    found = re.search(r'name="stamp" value="([0-9a-f]{64})"', page)
    return found[1] if found else ""


def replace_all(course, categories, by):
    stamp = course_totals.stamp_of(
        course_totals.load_categories(course, course_totals.list_graded_tests(course))
    )
    course_totals.replace_categories(course, categories, stamp=stamp, by=by)


def send(client, course, *categories, before=0, stamp=""):
    """Send a form with these categories, of which the first `before` were in it before."""
    fields = {
        "stamp": stamp or read_stamp(client, course),
        "form-TOTAL_FORMS": len(categories),
        "form-INITIAL_FORMS": before,
    }
    for number, each in enumerate(categories):
        fields |= {f"form-{number}-{name}": value for name, value in each.items()}
    return client.post(url(course), fields)


def category(title, weight, *units, **more):
    return {"title": title, "weight": weight, "tests": [unit.pk for unit in units], **more}


def stored(course):
    units = course.units.filter(scenario="graded")
    return [
        (row.title, row.weight, row.drop_lowest, len(row.tests))
        for row in course_totals.load_categories(course, units)
    ]


def test_weighted_categories_give_a_total_to_teacher_and_learner(client_for, mia, ines, tests):
    course = tests[0].course
    answer = send(
        client_for(ines),
        course,
        category("Homework", "25%", tests[0]),
        category("Exam", "75", tests[1], drop_lowest="1"),
    )
    assert answer.status_code == 302
    assert stored(course) == [("Homework", 25, 0, 1), ("Exam", 75, 1, 1)]
    book = client_for(ines).get(f"/teach/{course.slug}/grades/").content.decode()
    assert "Course total" in book
    assert "42%" in book
    learner = client_for(mia).get(f"/courses/{course.slug}/").content.decode()
    for part in ("Course total so far", "42%", "Weight 75%", "the lowest grade is dropped"):
        assert part in learner
    leaf = Leaf.objects.get(verb="course.edit")
    assert leaf.public == f"course={course.slug} what=course_total"


def test_the_csv_has_the_total(client_for, ines, tests):
    course = tests[0].course
    head = f"/teach/{course.slug}/grades/?as=csv"
    assert "course total so far" not in client_for(ines).get(head).content.decode("utf-8-sig")
    send(client_for(ines), course, category("All", "100", *tests))
    rows = list(csv.reader(io.StringIO(client_for(ines).get(head).content.decode("utf-8-sig"))))
    (top,) = [number for number, row in enumerate(rows) if "course total so far" in row]
    assert rows[top + 1][-1] == "50"


def test_a_category_is_changed_and_deleted(client_for, ines, tests):
    course = tests[0].course
    send(client_for(ines), course, category("A", "50", tests[0]), category("B", "50", tests[1]))
    send(
        client_for(ines),
        course,
        category("A", "60", *tests),
        category("B", "50", DELETE="on"),
        before=2,
    )
    assert stored(course) == [("A", 60, 0, 2)]


def test_without_categories_no_page_shows_a_total(client_for, mia, ines, tests):
    course = tests[0].course
    send(client_for(ines), course, category("", ""))
    assert stored(course) == []
    assert (
        "Course total so far"
        not in client_for(mia).get(f"/courses/{course.slug}/").content.decode()
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": "0"}, "Enter a weight from 1 to 100."),
        ({"weight": "101"}, "Enter a weight from 1 to 100."),
        ({"weight": "a lot"}, "Enter a whole number"),
        ({"title": ""}, "Enter a name for each category."),
        ({"title": "EXAM"}, "Give each category a name of its own."),
        ({"drop_lowest": "-1"}, "Enter how many of the lowest grades"),
        ({"tests": ["0"]}, "Select a valid choice"),
    ],
)
def test_a_refused_form_changes_nothing_and_says_what_to_do(
    client_for, ines, tests, changes, message
):
    course = tests[0].course
    send(client_for(ines), course, category("Old", "10", tests[0]))
    answer = send(
        client_for(ines),
        course,
        category("Exam", "50", tests[0]),
        category("Quiz", "50", tests[1]) | changes,
    )
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert stored(course) == [("Old", 10, 0, 1)]


def test_a_test_belongs_to_one_category(client_for, ines, tests):
    answer = send(
        client_for(ines), tests[0].course, category("A", "1", *tests), category("B", "1", tests[1])
    )
    assert answer.status_code == 422
    assert "Select each test in one category only." in answer.content.decode()


def test_a_test_of_another_course_is_refused(client_for, mia, ines, tests):
    other = make_test(mia)
    answer = send(client_for(ines), tests[0].course, category("A", "1", other))
    assert answer.status_code == 422
    other.refresh_from_db()
    assert other.grade_category is None


def test_only_teachers_of_the_course_open_it(client_for, mia, noah, tests):
    assert client_for(mia).get(url(tests[0].course)).status_code in (403, 404)
    assert client_for(noah).get(url(tests[0].course)).status_code in (403, 404)


def test_the_second_of_two_teachers_reads_that_the_categories_changed(client_for, ines, tests):
    course, client = tests[0].course, client_for(ines)
    seen = read_stamp(client, course)
    assert send(client, course, category("Homework", "25", tests[0]), stamp=seen).status_code == 302

    late = send(client, course, category("Exam", "75", tests[1]), stamp=seen)

    assert late.status_code == 409
    page = late.content.decode()
    for part in ("Another person changed the categories", "were not saved", "Homework"):
        assert part in page
    assert stored(course) == [("Homework", 25, 0, 1)]
    again = send(client, course, category("Exam", "75", tests[1]))
    assert (again.status_code, stored(course)) == (302, [("Exam", 75, 0, 1)])


def test_a_test_that_is_no_longer_graded_does_not_count(mia, tests):
    course = tests[0].course
    replace_all(course, [CategorySettings("A", 50, 0, (tests[0].pk, tests[1].pk))], by=mia)
    course.units.filter(pk=tests[1].pk).update(scenario="practice")
    assert stored(course) == [("A", 50, 0, 1)]


def test_the_gradebook_needs_no_more_queries_with_categories(ines, mia, tests):
    def count():
        with CaptureQueriesContext(connection) as queries:
            load_gradebook(tests[0].course)
        return len(queries)

    few = count()
    replace_all(tests[0].course, [CategorySettings("A", 50, 0, (tests[0].pk,))], by=ines)
    assert count() == few


def test_the_database_refuses_a_weight_out_of_range(tests):
    with pytest.raises(IntegrityError), transaction.atomic():
        GradeCategory.objects.create(course=tests[0].course, title="A", weight=0)
