"""Which unit another may open after, and what the acts of the outline do to that."""

from __future__ import annotations

import pytest

from authoring.versions import drafts, publication_checks
from courses.models import Course
from tests.fixtures import factories
from tests.fixtures.users import client_for_person
from tests.platform.authoring.editor.test_outline_views import save

pytestmark = pytest.mark.django_db
PAGE = "/author/courses/fractions/"
VERSIONS = PAGE + "versions/"


@pytest.fixture
def author(ines, media):
    return client_for_person(ines)


@pytest.fixture
def course(author):
    """Return a course of ines: Halves, Thirds and Quarters in one section, Fifths in another."""
    author.post("/author/new/", {"title": "Fractions", "description": "Parts of a whole."})
    for title in ("Halves", "Thirds", "Quarters"):
        save(author, PAGE, act="add", kind="reading", title=title)
    save(author, PAGE, act="add-section", heading="More")
    save(author, PAGE, act="add", kind="reading", title="Fifths", section=sections(author)[1].id)
    for title in ("Halves", "Thirds", "Quarters", "Fifths"):
        save(author, row(author, title).url, act="save", title=title, body=f"About {title}.")
    return Course.objects.get(slug="fractions")


def sections(author):
    return author.get(PAGE).context["sections"]


def row(author, title):
    return next(
        unit for section in sections(author) for unit in section.units if unit.title == title
    )


def wait(author, title, needed):
    """Let a unit open after another one."""
    ref = row(author, needed).id if needed else ""
    fields = {"title": title, "body": f"About {title}.", "opens_after": ref}
    return save(author, row(author, title).url, act="save", **fields)


def waiting(author):
    return {
        unit.title: unit.opens_after
        for section in sections(author)
        for unit in section.units
        if unit.opens_after
    }


def refuse(author, act, **fields):
    stamp = author.get(PAGE).context["author"].working.stamp
    answer = author.post(PAGE, {"stamp": stamp, "act": act, **fields})
    assert answer.status_code == 422
    return answer.context["errors"]["form"]


def test_the_settings_of_a_unit_list_those_before_it_by_section(author, course):
    page = author.get(row(author, "Fifths").url)
    groups = [(s.title, [u["title"] for u in s.units]) for s in page.context["earlier"]]
    assert groups == [("Halves", ["Halves", "Thirds", "Quarters"])]
    first = author.get(row(author, "Halves").url).content.decode()
    assert "opens_after" not in first


def test_a_condition_is_saved_published_and_shown_to_learners(author, course, mia):
    wait(author, "Quarters", "Halves")
    assert waiting(author) == {"Quarters": "Halves"}
    assert "opens after “Halves”" in author.get(PAGE).content.decode()
    save(author, VERSIONS, act="publish", note="")
    assert course.units.get(title="Quarters").opens_after.title == "Halves"
    factories.make_enrolment(mia, course)
    learner = client_for_person(mia)
    assert "opens after “Halves”" in learner.get("/courses/fractions/").content.decode()


def test_an_empty_choice_removes_the_condition(author, course):
    wait(author, "Quarters", "Halves")
    save(author, VERSIONS, act="publish", note="")
    wait(author, "Quarters", "")
    save(author, VERSIONS, act="publish", note="")
    assert course.units.get(title="Quarters").opens_after is None


@pytest.mark.parametrize("needed", ["Quarters", "Fifths", "gone"])
def test_only_an_earlier_unit_may_be_chosen(author, course, needed):
    page = row(author, "Quarters").url
    ref = needed if needed == "gone" else row(author, needed).id
    stamp = author.get(page).context["author"].working.stamp
    fields = {"title": "Quarters", "body": "A quarter.", "opens_after": ref}
    answer = author.post(page, {"stamp": stamp, "act": "save", **fields})
    assert answer.status_code == 422
    assert "comes before this one" in answer.context["errors"]["opens_after"]


def test_a_quiz_without_questions_cannot_be_chosen(author, course):
    save(author, PAGE, act="add", kind="quiz", title="Quiz", section=sections(author)[0].id)
    page = row(author, "Fifths").url
    stamp = author.get(page).context["author"].working.stamp
    fields = {"title": "Fifths", "body": "A fifth.", "opens_after": row(author, "Quiz").id}
    answer = author.post(page, {"stamp": stamp, "act": "save", **fields})
    assert "no questions yet" in answer.context["errors"]["opens_after"]


def test_a_move_before_the_needed_unit_is_refused_with_what_to_do(author, course):
    wait(author, "Thirds", "Halves")
    error = refuse(author, f"up:{row(author, 'Thirds').id}")
    assert error.startswith("“Thirds” opens after “Halves”, so it has to come after it.")
    refuse(author, f"down:{row(author, 'Halves').id}")
    more = sections(author)[1]
    refuse(author, f"place:{row(author, 'Halves').id}", section=more.id)
    assert [unit.title for unit in sections(author)[0].units] == ["Halves", "Thirds", "Quarters"]


def test_a_section_cannot_be_moved_before_what_it_opens_after(author, course):
    wait(author, "Fifths", "Halves")
    assert "“Fifths” opens after" in refuse(author, f"up-section:{sections(author)[1].id}")


def test_a_move_that_keeps_the_order_is_saved(author, course):
    wait(author, "Thirds", "Halves")
    save(author, PAGE, act=f"down:{row(author, 'Thirds').id}")
    assert waiting(author) == {"Thirds": "Halves"}


def test_removing_the_needed_unit_drops_the_condition_and_says_so(author, course):
    wait(author, "Thirds", "Halves")
    answer = save(author, PAGE, act=f"remove:{row(author, 'Halves').id}")
    assert "no longer wait for it" in author.get(answer.url).content.decode()
    assert waiting(author) == {}
    stamp = author.get(PAGE).context["author"].working.stamp
    author.post(PAGE + "undo/", {"stamp": stamp})
    assert waiting(author) == {"Thirds": "Halves"}


def test_a_copy_of_a_unit_opens_after_the_same_unit(author, course):
    wait(author, "Thirds", "Halves")
    save(author, PAGE, act=f"copy:{row(author, 'Thirds').id}")
    save(author, PAGE, act=f"copy:{row(author, 'Halves').id}")
    assert waiting(author) == {"Thirds": "Halves", "Thirds (copy)": "Halves"}


def test_a_draft_whose_needed_quiz_has_no_questions_says_so_at_the_unit():
    units = [
        {"id": "q", "kind": "quiz", "title": "Quiz", "skills": [], "questions": []},
        {
            "id": "r", "kind": "reading", "title": "R", "skills": [], "opens_after": "q",
            "format": "markdown", "body": "",
        },
    ]  # fmt: skip
    head = {"format": "attune-course", "format_version": "1.1", "slug": "c", "title": "C"}
    package = {**head, "language": "en", "skills": [], "units": units}
    (flaw,) = publication_checks.find_flaws(package)
    assert (flaw.at, flaw.ref) == ("unit", "r")
    assert "quiz without questions" in flaw.text


def test_an_earlier_version_brings_its_condition_back(author, course):
    wait(author, "Thirds", "Halves")
    save(author, VERSIONS, act="publish", note="")
    save(author, PAGE, act=f"remove:{row(author, 'Halves').id}")
    save(author, VERSIONS, act="publish", note="")
    assert course.units.get(title="Thirds").opens_after is None
    number = course.versions.filter(state="published").order_by("number")[1].number
    author.post(VERSIONS, {"act": f"back:{number}"})
    assert course.units.get(title="Thirds").opens_after.title == "Halves"


def test_a_draft_that_is_already_out_of_order_can_still_be_edited(author, course, ines, now):
    working = drafts.working_copy_of(course)
    first, *others = working.package["units"]
    first |= {"opens_after": others[0]["id"]}
    package = working.package | {"units": [first, *others]}
    drafts.save(course, package, stamp=working.stamp, by=ines, now=now)
    save(author, PAGE, act=f"down:{first['id']}")
    assert waiting(author) == {"Halves": "Thirds"}
