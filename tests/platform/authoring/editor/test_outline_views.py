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
    return author.get(f"/author/courses/{course.slug}/").context["rows"][0].url


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
