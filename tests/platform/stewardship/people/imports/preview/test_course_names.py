"""A list with courses: enrolments, notes, and their undo."""

from __future__ import annotations

import pytest

from accounts.people import find_by_login
from audit.queries import leaves_about
from courses import enrolment
from courses.models import Enrolment
from stewardship.people.imports.models import ImportRow, ImportRun
from tests.fixtures import factories
from tests.fixtures.accounts.people_imports import import_file, press, preview, text_of

pytestmark = pytest.mark.django_db
HEAD = "number;name;email;role;class;teaches\n"
ADA = "1;Ada;ada@school.example;learner;algebra;\n"
TOM = "2;Tom;tom@school.example;teacher;;algebra\n"


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


@pytest.fixture
def algebra(db):
    return factories.make_course("algebra", title="Elementary algebra")


def enrolled(course) -> set[tuple[str, str]]:
    rows = Enrolment.objects.filter(course=course).select_related("user")
    known = {find_by_login(f"{name}@school.example"): name for name in ("ada", "tom", "kim")}
    return {(known.get(row.user, "other"), row.role) for row in rows}


def kinds() -> list[tuple[int, str, bool]]:
    rows = ImportRow.objects.order_by("run__sent_at", "number")
    return list(rows.values_list("number", "kind", "noted"))


def test_people_join_the_courses_of_their_row_with_a_leaf_for_each(client, algebra):
    text = text_of(client.get(preview(client, HEAD + ADA + TOM)))
    assert "2 Enrolments in courses" in text
    assert "Joins Elementary algebra" in text
    assert not Enrolment.objects.exists()

    import_file(client, HEAD + ADA + TOM)

    assert enrolled(algebra) == {("ada", "learner"), ("tom", "teacher")}
    ada = find_by_login("ada@school.example")
    assert leaves_about(ada.code).filter(verb="enrolment.change").count() == 1


@pytest.mark.parametrize(
    "cell", ["ALGEBRA", "Elementary Algebra", "elementary-algebra", "algebra, geometry", "{code}"]
)
def test_a_course_is_found_by_address_title_or_code(client, algebra, cell):
    factories.make_course("geometry", title="Lines, planes")
    cell = cell.format(code=algebra.code)
    import_file(client, HEAD + f"1;Ada;ada@school.example;learner;{cell};\n")
    assert enrolled(algebra) == {("ada", "learner")}


def test_a_title_with_a_comma_is_one_course(client):
    planes = factories.make_course("geometry", title="Lines, planes")
    import_file(client, HEAD + "1;Ada;ada@school.example;learner;Lines, Planes;\n")
    assert enrolled(planes) == {("ada", "learner")}
    assert kinds() == [(2, "new", False)]


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ("1;Ada;ada@school.example;learner;9A;\n", "No course has the address or title “9A”."),
        ("1;Ada;ada@school.example;guardian;algebra;\n", "Only learners and teachers can join"),
        ("1;Ada;ada@school.example;learner;;algebra\n", "Only learners and teachers can join"),
        ("1;Ada;ada@school.example;learner;Twins;\n", "Several courses have the title “Twins”"),
    ],
)
def test_an_unknown_course_is_noted_and_the_person_is_imported(client, algebra, row, note):
    for slug in ("twin-1", "twin-2"):
        factories.make_course(slug, title="Twins")
    address = preview(client, HEAD + row)
    assert kinds() == [(2, "new", True)]
    assert note in text_of(client.get(f"{address}?tab=note"))

    press(client, address, "start")

    assert find_by_login("ada@school.example") is not None
    assert not Enrolment.objects.exists()


def test_a_person_already_in_the_course_is_unchanged(client, algebra):
    import_file(client, HEAD + ADA)
    preview(client, HEAD + ADA)
    assert kinds()[-1][1:] == ("same", False)


def test_a_course_alone_makes_a_known_person_an_update(client, algebra):
    import_file(client, "number;name;email\n1;Ada;ada@school.example\n")
    text = text_of(client.get(preview(client, "number;class\n1;algebra\n")))
    assert "Updated courses: 1" in text


def test_an_undo_removes_only_enrolments_made_by_the_import(client, amir, algebra, now):
    geometry = factories.make_course("geometry")
    kim = "3;Kim;kim@school.example;learner;;\n"
    import_file(client, HEAD + kim)
    person = find_by_login("kim@school.example")
    enrolment.enrol(geometry, [person], "learner", by=amir, since=now)
    address = import_file(client, HEAD + ADA + "3;;;;algebra, geometry;\n")
    assert enrolled(algebra) == {("ada", "learner"), ("kim", "learner")}

    press(client, address, "undo")

    assert enrolled(algebra) == set()
    assert enrolled(geometry) == {("kim", "learner")}
    assert find_by_login("ada@school.example") is None
    assert set(ImportRow.objects.filter(run=run_of(address)).values_list("state", flat=True)) == {
        "undone"
    }


def run_of(address) -> ImportRun:
    return ImportRun.objects.get(pk=address.rstrip("/").rsplit("/", 1)[1])


def test_a_person_enrolled_again_stays(client, amir, algebra, now):
    address = import_file(client, HEAD + ADA)
    ada = find_by_login("ada@school.example")
    enrolment.remove(algebra, ada, "learner", by=amir)
    enrolment.enrol(algebra, [ada], "learner", by=amir, since=now)

    press(client, address, "undo")

    assert enrolled(algebra) == {("ada", "learner")}


def test_the_only_teacher_of_a_course_stays_and_the_page_says_why(client, amir, algebra):
    import_file(client, "number;name;email;role\n2;Tom;tom@school.example;teacher\n")
    address = import_file(client, HEAD + TOM)
    press(client, address, "undo")
    assert enrolled(algebra) == {("tom", "teacher")}
    assert "is now the only teacher of a course" in text_of(client.get(address))


def test_a_deleted_course_is_skipped(client, algebra):
    address = preview(client, HEAD + ADA)
    algebra.delete()
    press(client, address, "start")
    assert find_by_login("ada@school.example") is not None
