"""Import of a OneRoster export: people, guardians, courses, and its limits."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.people import find_by_login, name_of
from courses.models import Enrolment
from stewardship.people.imports.files.csv_table import UnreadableFile
from stewardship.people.imports.files.oneroster import archive, reader
from stewardship.people.imports.models import ImportRow, ImportRun
from stewardship.people.imports.preview.course_names import CourseNames
from stewardship.people.imports.row_view_model import LABELS
from tests.fixtures import factories
from tests.fixtures.accounts.people_imports import import_file, press, preview, text_of, upload

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)
NO_COURSES = CourseNames({}, {})
USERS = """\
sourcedId,status,enabledUser,username,givenName,familyName,preferredGivenName,email,password,agentSourcedIds
s1,,true,ada,Adelheid,Lee,Ada,ada@school.example,secret,"g1,g2"
s2,,true,bo,Bo,Ek,,bo@school.example,,
t1,,true,tom,Tom,Fox,,tom@school.example,,
g1,,true,gus,Gus,Lee,,gus@home.example,,
g2,,true,gil,Gil,Lee,,,,
a1,,true,pat,Pat,Roy,,pat@school.example,,
d1,tobedeleted,true,dee,Dee,Orr,,dee@school.example,,
x1,,false,kim,Kim,Orr,,kim@school.example,,
n1,,true,nan,Nan,Orr,,nan@school.example,,
"""
ROLES = """\
sourcedId,status,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId
r1,,s1,primary,student,,,o1
r2,,s2,primary,student,,,o1
r3,,t1,primary,teacher,,,o1
r4,,t1,secondary,siteAdministrator,,,o1
r5,,g1,primary,parent,,,o1
r6,,g2,primary,guardian,,,o1
r7,,a1,primary,principal,,,o1
r8,,d1,primary,student,,,o1
r9,,x1,primary,student,,,o1
r10,,n1,primary,teacher,2020-08-01,2021-07-31,o1
"""
FILES = {
    "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n",
    "orgs.csv": "sourcedId,status,name,type\no1,,Northfield,school\n",
    "users.csv": USERS,
    "roles.csv": ROLES,
    "courses.csv": "sourcedId,status,title,courseCode\nc1,,Algebra I,algebra\nc2,,Latin,LAT\n",
    "classes.csv": (
        "sourcedId,status,title,classCode,courseSourcedId\n"
        'k1,,"Maths, set 1",9M1,c1\nk2,,Latin for all,9L,c2\nk3,tobedeleted,Old,algebra,c1\n'
    ),
    "enrollments.csv": (
        "sourcedId,status,classSourcedId,userSourcedId,role,beginDate,endDate\n"
        "e1,,k1,s1,student,,\ne2,,k1,t1,teacher,,\ne3,,k2,s1,student,,\n"
        "e4,,k1,s2,student,2020-08-01,2021-07-31\ne5,tobedeleted,k1,s2,student,,\n"
        "e6,,k3,s2,student,,\n"
    ),
}


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def packed(files=FILES, **changed) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in {**files, **changed}.items():
            if text is not None:
                made.writestr(name, text)
    return out.getvalue()


def kinds() -> dict[int, str]:
    rows = ImportRow.objects.values_list("number", "kind", "noted")
    return {number: kind + "*" * noted for number, kind, noted in rows}


def test_the_page_of_a_row_names_every_column_but_the_notes():
    assert list(LABELS) == [name for name in reader.COLUMNS if name != "notes"]


def test_people_are_imported_with_roles_guardians_and_courses(client):
    algebra = factories.make_course("algebra")
    import_file(client, packed())

    ada, tom = find_by_login("ada"), find_by_login("tom")
    assert (name_of(ada), ada.roles, ada.age_band) == ("Ada Lee", ["learner"], "teen")
    assert tom.roles == ["teacher"]
    assert [bond.guardian for bond in ada.guardianships.all()] == [find_by_login("gus")]
    enrolled = Enrolment.objects.filter(course=algebra).values_list("user", "role")
    assert set(enrolled) == {(ada.pk, "learner"), (tom.pk, "teacher")}
    assert not User.objects.exclude(pk__in=[each.pk for each in (ada, tom)]).filter(
        roles__overlap=["steward", "teacher", "author"], created_at__gte=ada.created_at
    )


def test_what_is_not_imported_is_listed_with_its_reason(client):
    factories.make_course("algebra")
    address = preview(client, packed())

    assert kinds() == {
        2: "new*", 3: "new", 4: "new*", 5: "new", 6: "new",
        7: "left*", 8: "left*", 9: "left*", 10: "left*",
    }  # fmt: skip
    text = text_of(client.get(f"{address}?tab=note"))
    for note in (
        "The role “principal” is not imported.",
        "The role “siteAdministrator” is not imported.",
        "The file marks this person as deleted. The account is not changed",
        "The file marks this person as disabled.",
        "The file gives this person no role.",
        "No course has the address or title “Latin for all”.",
        "A guardian without an email is not linked.",
        "Columns that will not be imported: password.",
    ):
        assert note in text
    assert "4 Not imported" in text


def test_a_known_person_marked_as_deleted_is_not_changed(client):
    import_file(client, "number;name;email;username;role\nd1;Dee;dee@s.example;dee;learner\n")
    before = User.objects.get(pk=find_by_login("dee").pk)
    import_file(client, packed())
    after = User.objects.get(pk=before.pk)
    assert (after.is_active, after.name_sealed) == (True, before.name_sealed)


def test_no_file_can_create_a_steward(client):
    roles = ROLES.replace("principal", "steward").replace("siteAdministrator", "steward")
    import_file(client, packed(**{"roles.csv": roles}))
    assert User.objects.filter(roles__contains=["steward"]).count() == 1
    assert find_by_login("pat") is None


def test_a_student_of_a_class_never_joins_as_its_teacher(client):
    factories.make_course("algebra")
    lines = FILES["enrollments.csv"] + "e7,,k1,t1,student,,\n"
    lines = lines.replace("e2,,k1,t1,teacher,,\n", "")
    import_file(client, packed(**{"enrollments.csv": lines}))
    assert not find_by_login("tom").enrolments.exists()


def test_the_same_export_again_changes_nothing(client):
    factories.make_course("algebra")
    import_file(client, packed())
    preview(client, packed())
    run = ImportRow.objects.latest("run__sent_at").run
    assert set(run.rows.values_list("kind", flat=True)) == {"same", "left"}


def test_an_undo_removes_the_people_and_their_courses(client):
    factories.make_course("algebra")
    address = import_file(client, packed())
    press(client, address, "undo")
    assert not Enrolment.objects.exists()
    assert User.objects.count() == 1


def test_version_1_1_has_the_role_in_the_row_of_the_user(client):
    manifest = FILES["manifest.csv"].replace("1.2", "1.1")
    users = (
        "sourcedId,role,username,givenName,familyName,email\ns1,student,ada,Ada,Lee,a@s.example\n"
    )
    import_file(client, packed({"manifest.csv": manifest, "users.csv": users}))
    assert find_by_login("ada").roles == ["learner"]


def test_a_guardian_may_name_the_child_and_files_may_lie_in_a_folder(client):
    users = USERS.replace('"g1,g2"', "").replace("gus@home.example,,", "gus@home.example,,s1")
    files = {f"export/{name}": text for name, text in FILES.items()} | {"export/users.csv": users}
    import_file(client, packed(files))
    assert [bond.guardian for bond in find_by_login("ada").guardianships.all()] == [
        find_by_login("gus")
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"manifest.csv": None}, "it has no manifest.csv"),
        ({"users.csv": None}, "it has no users.csv"),
        ({"roles.csv": None}, "it has no roles.csv"),
        ({"manifest.csv": "propertyName,value\noneroster.version,2.0\n"}, "version 1.1 or 1.2"),
        ({"users.csv": "sourcedId,username\n"}, "The list is empty"),
        ({"users.csv": "username\nada\n"}, "row 2 has no sourcedId"),
        ({"users.csv": USERS + 'z,"'}, "users.csv is not a CSV file in UTF-8"),
        ({"users.csv": b"sourcedId\n\xff\xfe\xfa\n"}, "users.csv is not a CSV file in UTF-8"),
        ({"users.csv": USERS + "x" * 6000}, "Row 11 is too long."),
        ({"more/users.csv": USERS}, "is damaged or encrypted"),
    ],
)
def test_an_invalid_export_is_refused_with_instructions(client, changed, sentence):
    answer = upload(client, packed(**changed))
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_a_zip_of_too_many_files_is_refused(client):
    many = {f"{number}.csv": "a\n" for number in range(archive.MOST_FILES)}
    assert "more than 100 files" in text_of(upload(client, packed(**many)))


def test_unpacked_bytes_are_counted_whatever_the_zip_declares(client, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 50_000)
    bomb = "a" * 100 + "\n"
    answer = upload(client, packed(**{"enrollments.csv": bomb * 1_000}))
    assert "unpacks to more than" in text_of(answer)


def test_a_zip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "ALWAYS_ALLOWED", 1000)
    sent = packed({"users.csv": "sourcedId\n" + "0\n" * 1_000_000})
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        list(archive.open_archive(sent).read_rows("users.csv"))


@given(st.data())
def test_no_bytes_cause_an_exception(data):
    sent = bytearray(packed())
    for place in data.draw(st.lists(st.integers(0, len(sent) - 1), max_size=5)):
        sent[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(sent)))
    for each in (bytes(sent), bytes(sent[:cut])):
        try:
            found = reader.read_oneroster(archive.open_archive(each), NO_COURSES, TODAY)
        except UnreadableFile:
            continue
        assert all(len(cells) == len(found.columns) for _number, cells in found.rows)


@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=8)] * 4), max_size=5))
def test_any_users_are_rows_or_refused(rows):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("sourcedId", "givenName", "username", "role"), *rows])
    manifest = FILES["manifest.csv"].replace("1.2", "1.1")
    sent = packed({"manifest.csv": manifest, "users.csv": out.getvalue()})
    try:
        found = reader.read_oneroster(archive.open_archive(sent), NO_COURSES, TODAY)
    except UnreadableFile:
        return
    assert all(cells[0] for _number, cells in found.rows)


def test_a_row_names_its_file_and_can_be_corrected(client):
    users = USERS.replace("bo@school.example", "broken")
    address = preview(client, packed(**{"users.csv": users}))
    assert "Row 3 users.csv" in text_of(client.get(address))
    shown = client.get(f"{address}rows/3/")
    assert "The row is in users.csv." in text_of(shown)
    page = shown.content.decode()
    assert 'for="id_guardian">Guardian’s email</label>' in page
    assert 'name="notes"' not in page

    seen = page.split('name="seen" value="')[1][:64]
    typed = {"number": "s2", "name": "Bo Ek", "email": "bo@school.example", "roles": "learner"}
    client.post(f"{address}rows/3/", {"act": "save", "seen": seen, **typed})

    assert ImportRun.objects.get().tally.get("error", 0) == 0
