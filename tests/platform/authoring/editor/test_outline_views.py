"""A new course: created, filled, published, and visible to Learners only then."""

from __future__ import annotations

import pytest

from authoring.models import Version
from courses.models import Attempt, Course
from tests.fixtures import factories
from tests.fixtures.users import NOW, client_for_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(ines):
    return client_for_person(ines)


@pytest.fixture
def begun(author, media):
    """Return a course of ines with one reading in its draft."""
    author.post("/author/new/", {"title": "Fractions", "description": "Parts of a whole."})
    course = Course.objects.get(slug="fractions")
    save(author, f"/author/courses/{course.slug}/", act="add", kind="reading", title="Halves")
    return course


def save(client, url, **fields):
    """Post with the stamp that the page shows."""
    page = client.get(url)
    assert page.status_code == 200
    answer = client.post(url, {"stamp": page.context["author"].working.stamp, **fields})
    assert answer.status_code == 302, answer.context and answer.context.get("errors")
    return answer


def unit_url(author, course):
    return author.get(f"/author/courses/{course.slug}/").context["sections"][0].units[0].url


@pytest.mark.parametrize("page", ["/author/", "/author/courses/fractions/"])
def test_course_name_is_marked_with_its_language(author, begun, page):
    marked = '<span lang="en" dir="auto">Fractions</span>'

    assert marked in author.get(page, headers={"accept-language": "de"}).content.decode()
    assert marked not in author.get(page).content.decode()


def test_learners_see_a_draft_only_after_publication(author, begun, mia):
    factories.make_enrolment(mia, begun)
    learner = client_for_person(mia)
    save(
        author,
        unit_url(author, begun),
        act="save",
        title="Halves",
        body="A **half** is $\\frac12$.",
    )
    assert "Halves" not in learner.get("/courses/fractions/").content.decode()
    save(author, "/author/courses/fractions/versions/", act="publish", note="The beginning")
    assert "Halves" in learner.get("/courses/fractions/").content.decode()
    unit = begun.units.get()
    assert "<strong>half</strong>" in learner.get(f"/units/{unit.code}/").content.decode()
    last = Version.objects.filter(state="published").latest("number")
    assert (last.number, last.cause, last.note) == (2, "edited", "The beginning")


def test_versions_page_counts_running_attempts(author, begun, mia, noah):
    page = "/author/courses/fractions/versions/"
    unit = factories.make_quiz_unit(begun)
    save(author, unit_url(author, begun), act="save", title="Thirds", body="A third.")
    assert "test attempt" not in author.get(page).content.decode()
    for learner in (mia, noah):
        factories.make_enrolment(learner, begun)
        Attempt.objects.create(
            learner=learner, unit=unit, number=1, scenario="practice", began_at=NOW
        )
    assert (
        "2 test attempts are in progress. They keep the questions they started with and are graded"
        in author.get(page).content.decode()
    )


NAMES = ("代数", "Ελληνικά", "عربي", "हिन्दी", "🙂", "—", "代数 二", "ß")


def test_skills_and_misconceptions_in_any_script_get_own_slugs(author, begun):
    typed = {f"skills-{n}-name": name for n, name in enumerate(NAMES)}
    typed |= {f"ideas-{n}-description": name for n, name in enumerate(NAMES)}
    url = "/author/courses/fractions/skills/"
    save(author, url, act="save", **typed)
    seen = author.get(url).context
    for kind, field in (("skills", "name"), ("ideas", "description")):
        assert [row[field] for row in seen[kind]] == list(NAMES)
        assert len({row["slug"] for row in seen[kind]}) == len(NAMES)
    save(author, "/author/courses/fractions/versions/", act="publish", note="")
    assert set(begun.skills.values_list("name", flat=True)) >= set(NAMES)


PAGE = "/author/courses/fractions/"


def outline(author):
    return [
        (section.title, [unit.title for unit in section.units])
        for section in author.get(PAGE).context["sections"]
    ]


def sections(author):
    return {section.title: section for section in author.get(PAGE).context["sections"]}


def test_learners_see_the_sections_as_lessons_in_their_order(author, begun, mia):
    factories.make_enrolment(mia, begun)
    save(author, unit_url(author, begun), act="save", title="Halves", body="A half.")
    save(author, PAGE, act="add-section", heading="Thirds and more")
    made = sections(author)["Thirds and more"]
    save(author, PAGE, act="add", kind="reading", title="Thirds", section=made.id)
    save(
        author,
        sections(author)["Thirds and more"].units[0].url,
        act="save",
        title="Thirds",
        body="A third.",
    )
    save(author, PAGE, act=f"up-section:{made.id}")
    assert outline(author) == [("Thirds and more", ["Thirds"]), ("Halves", ["Halves"])]
    save(author, PAGE + "versions/", act="publish", note="")

    lessons = client_for_person(mia).get("/courses/fractions/").context["card"].lessons

    assert [(each.title, [row.title for row in each.rows]) for each in lessons] == outline(author)


def test_each_act_of_the_outline_is_undone_by_the_offer_on_the_page(author, begun):
    save(author, PAGE, act="add-section", heading="More")
    more, first = sections(author)["More"], sections(author)["Halves"]
    unit = first.units[0].id
    before = outline(author)
    acts = [
        {"act": f"place:{unit}", "section": more.id},
        {"act": f"down:{unit}"},
        {"act": f"copy:{unit}"},
        {"act": f"remove:{unit}"},
        {"act": f"rename:{unit}", f"title-{unit}": "Half"},
        {"act": f"rename-section:{more.id}", f"title-{more.id}": "Most"},
        {"act": f"up-section:{more.id}"},
        {"act": f"place-section:{more.id}", "before": first.id},
        {"act": f"remove-section:{first.id}"},
        {"act": f"dissolve-section:{first.id}"},
    ]
    for fields in acts:
        answer = save(author, PAGE, **fields)
        assert outline(author) != before, fields
        toast = author.get(answer.url).content.decode()
        assert f'action="{PAGE}undo/"' in toast
        save_undo(author)
        assert outline(author) == before, fields


def save_undo(author):
    stamp = author.get(PAGE).context["author"].working.stamp
    assert author.post(PAGE + "undo/", {"stamp": stamp}).status_code == 302


def test_a_form_without_a_name_says_so_in_its_section(author, begun):
    stamp = author.get(PAGE).context["author"].working.stamp
    first = sections(author)["Halves"]
    answer = author.post(PAGE, {"stamp": stamp, "act": "add", "kind": "quiz", "section": first.id})

    assert answer.status_code == 422
    assert answer.context["into"] == first.id
    assert "Enter a name." in answer.content.decode()
    assert outline(author) == [("Halves", ["Halves"])]


@pytest.mark.parametrize("kind", ["reading", "quiz"])
def test_a_preview_stores_nothing(author, begun, kind):
    save(author, PAGE, act="add", kind="quiz", title="Check")
    reading, quiz = (unit.url for section in sections(author).values() for unit in section.units)
    code = quiz.rstrip("/").rpartition("/")[2]
    url = reading if kind == "reading" else f"{PAGE}questions/new/?unit={code}&kind=single"
    before = list(Version.objects.values_list("pk", "package"))
    fields = {"title": "Half", "body": "Unsaved $x$", "prompt": "Unsaved $x$", "kind": "single"}
    stamp = author.get(url).context["author"].working.stamp

    answer = author.post(url, {"stamp": stamp, "act": "check", **fields})

    assert answer.status_code == 200
    assert "Unsaved <math" in answer.content.decode()
    assert list(Version.objects.values_list("pk", "package")) == before
    assert "Unsaved" not in author.get(url).content.decode()
