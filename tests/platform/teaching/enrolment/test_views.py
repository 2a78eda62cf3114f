"""Teachers add a whole list of people or none, remove people, and undo a removal without trace."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import SignInThrottle, User
from accounts.sign_in import lookup_limits
from audit.models import Leaf
from courses.models import Enrolment
from teaching.enrolment import removal
from telemetry.models import Sitting
from tests.fixtures import factories
from tests.fixtures.users import make
from tests.platform.teaching.conftest import answer, sit

pytestmark = pytest.mark.django_db
PEOPLE = "/teach/algebra/people/"


@pytest.fixture
def teacher(client_for, course, ines):
    return client_for(ines)


def submit_list(client, text, role="learner", **more):
    return client.post(f"{PEOPLE}add/", {"people": text, "role": role, **more})


def members_of(course, role="learner"):
    return set(Enrolment.objects.filter(course=course, role=role).values_list("user", flat=True))


def take_out(client, person, role="learner"):
    return client.post(f"{PEOPLE}out/", {"person": str(person.code), "role": role})


def leaves():
    return sorted(Leaf.objects.filter(verb="enrolment.change").values_list("public", flat=True))


def test_a_list_says_first_what_it_would_do_and_then_does_it(teacher, course, mallory, mia):
    before = members_of(course)
    page = submit_list(teacher, "mallory\nmia").content.decode()

    assert members_of(course) == before
    assert "1 person will be added." in page
    assert "Already in the course." in page
    assert submit_list(teacher, "mallory\nmia", act="add")["Location"] == f"{PEOPLE}?added=1"
    assert members_of(course) == {*before, mallory.pk}
    assert leaves() == ["course=algebra role=learner what=in"]
    assert "1 person was added." in teacher.get(f"{PEOPLE}?added=1").content.decode()


def test_one_wrong_line_prevents_all_enrolments(teacher, course, mallory):
    before = members_of(course)
    page = submit_list(teacher, "mallory\nnobody-of-that-name", act="add")

    assert page.status_code == 422
    assert "No learner account has this username." in page.content.decode()
    assert "1 line has a problem." in page.content.decode()
    assert members_of(course) == before


def test_one_failed_enrolment_undoes_all(teacher, course, monkeypatch):
    make("ada"), make("ben")
    before, record, calls = members_of(course), removal.enrolment.audit.record, []

    def second_fails(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("the audit cannot write")
        record(*args, **kwargs)

    monkeypatch.setattr("audit.record", second_fails)
    teacher.raise_request_exception = False
    assert submit_list(teacher, "ada\nben", act="add").status_code == 500
    assert members_of(course) == before


def test_a_file_replaces_the_typed_text_and_is_shown_as_text(teacher, course, mallory):
    sent = SimpleUploadedFile("class.csv", b"login;role\r\nmallory;learner\r\n")
    page = submit_list(teacher, "zacharias", file=sent).content.decode()

    assert "1 person will be added." in page
    assert "mallory;learner" in page
    assert "zacharias" not in page


def test_a_closed_account_another_role_and_no_account_look_the_same(teacher, course, mallory, amir):
    User.objects.filter(pk=mallory.pk).update(is_active=False)
    page = submit_list(teacher, "mallory\namir\nnobody-of-that-name").content.decode()

    rows = re.findall(r'<strong class="wrong">([^<]+)', page)
    assert rows == ["No learner account has this username."] * 3


def test_a_name_is_shown_to_teachers_of_the_course_alone(teacher, course):
    make_named("m17", "Miriam Sandler")
    page = submit_list(teacher, "m17").content.decode()

    assert "m17" in page
    assert "Miriam" not in page


def make_named(login, name):
    from accounts.people import make_person

    return make_person(login, name=name, roles=["learner"], password=None, now=timezone.now())


def test_guessing_names_is_limited_per_day(teacher, course, ines, mallory):
    for part in range(2):
        names = "\n".join(f"guess-{part}-{n}" for n in range(lookup_limits.MAX_MISSES // 2))
        assert (
            "No learner account has this username" in submit_list(teacher, names).content.decode()
        )
    page = submit_list(teacher, "mallory\none-more").content.decode()

    assert "Too many of these names are unknown, so we cannot say which ones." in page
    assert "Will be added as a learner." not in page
    assert "Will be added as a learner." in submit_list(teacher, "mallory").content.decode()
    SignInThrottle.objects.update(forgotten_at=timezone.now() - timedelta(seconds=1))
    assert (
        "No learner account has this username"
        in submit_list(teacher, "mallory\none-more").content.decode()
    )


def test_one_wrong_file_does_not_use_up_the_day(teacher, course):
    wrong = "\n".join(f"column-{n}" for n in range(lookup_limits.MAX_MISSES + 1))
    page = submit_list(teacher, wrong).content.decode()

    assert "Too many of these names are unknown" in page
    assert "column-7</th>" not in page
    assert "No learner account has this username" in submit_list(teacher, "typo").content.decode()


def test_a_person_is_enrolled_as_teacher_or_learner_but_not_both(teacher, course, client_for):
    raul = make("raul")
    raul.roles = ["teacher"]
    raul.save(update_fields=["roles"])

    assert (
        "No teacher account has this username"
        in submit_list(teacher, "mia", "teacher").content.decode()
    )
    assert submit_list(teacher, "raul", "teacher", act="add").status_code == 302
    assert raul.pk in members_of(course, "teacher")
    assert client_for(raul).get(PEOPLE).status_code == 200
    page = submit_list(teacher, "ines,learner").content.decode()
    assert "No learner account has this username" in page


def test_a_restored_person_keeps_the_original_enrolment_date(teacher, course, mia, client_for):
    since = Enrolment.objects.get(course=course, user=mia).since
    page = teacher.get(take_out(teacher, mia)["Location"]).content.decode()

    assert client_for(mia).get("/courses/algebra/").status_code == 404
    assert "mia was removed." in page
    token = re.search(r'name="undo" value="([^"]+)"', page)[1]
    assert teacher.post(f"{PEOPLE}out/", {"undo": token}).status_code == 302
    assert Enrolment.objects.get(course=course, user=mia).since == since
    assert "was removed" not in teacher.get(f"{PEOPLE}?out={token}").content.decode()
    assert leaves() == [
        "course=algebra role=learner what=in",
        "course=algebra role=learner what=out",
    ]


def test_undo_is_for_ten_minutes_for_this_course_and_not_to_be_forged(
    teacher, course, mia, ines, monkeypatch
):
    token = take_out(teacher, mia)["Location"].partition("?out=")[2]
    other = factories.make_course("geometry")
    factories.make_enrolment(ines, other, role="teacher")

    assert teacher.post("/teach/geometry/people/out/", {"undo": token}).status_code == 404
    assert teacher.post(f"{PEOPLE}out/", {"undo": f"{token}x"}).status_code == 404
    monkeypatch.setattr(removal, "UNDO_WITHIN", timedelta(seconds=-1))
    assert teacher.post(f"{PEOPLE}out/", {"undo": token}).status_code == 404
    assert mia.pk not in members_of(course)


def test_removal_deletes_no_data_and_ends_open_sittings(
    teacher, course, video, question, mia, monkeypatch
):
    now, pushed = timezone.now(), []
    monkeypatch.setattr("push.notify", lambda group, message: pushed.append((group, message)))
    sitting = sit(mia, video, now)
    answer(mia, question, now)
    take_out(teacher, mia)

    assert mia.responses.count() == 1
    assert Sitting.objects.get(pk=sitting.pk).ended_at is not None
    assert (f"sitting.{sitting.id}", {"type": "sitting.ended"}) in pushed
    page = teacher.get("/teach/algebra/learners/").content.decode()
    assert "mia" not in page.split("<main", 1)[1]


def test_a_course_keeps_one_teacher(teacher, course, ines):
    page = teacher.get(PEOPLE).content.decode()
    assert "the only teacher" in page

    refused = take_out(teacher, ines, "teacher")
    assert refused.status_code == 422
    assert "A course needs at least one teacher." in refused.content.decode()
    factories.make_enrolment(make("raul"), course, role="teacher")
    assert take_out(teacher, ines, "teacher")["Location"] == "/"
    assert ines.pk not in members_of(course, "teacher")


def test_a_person_outside_the_course_cannot_be_removed(teacher, course, mallory):
    assert take_out(teacher, mallory).status_code == 404
    bad = {"person": "no-code", "role": "learner"}
    assert teacher.post(f"{PEOPLE}out/", bad).status_code == 404
    assert teacher.post(f"{PEOPLE}out/").status_code == 404


@pytest.mark.parametrize("text", ["", "\n\n", "name,role\nmia,learner"])
def test_an_unreadable_list_changes_nothing_and_says_why(teacher, course, text):
    before = members_of(course)
    page = submit_list(teacher, text, act="add")

    assert page.status_code == 422
    assert "Nothing was changed." in page.content.decode()
    assert members_of(course) == before
