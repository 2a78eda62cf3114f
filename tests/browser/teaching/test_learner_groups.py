"""ines makes a group by keyboard, finds people in a long list, and undoes a move."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.fixtures import factories
from tests.fixtures.users import make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NAMES = ("Zoë", "Anton", "Berta", "Carla")


@pytest.fixture
def crowd(site):
    for name in NAMES:
        factories.make_enrolment(make(name), site.course)
    return site


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_group_is_made_and_filled_by_keyboard(crowd, visit, width, dark):
    teacher, look = visit(width=width, dark=dark).sign_in("ines"), f"{width}-{dark}"
    page = teacher.page
    teacher.go(f"/teach/{crowd.course.slug}/learners/")
    page.get_by_role("link", name="Groups").click()
    page.get_by_label("Name of the group").focus()
    page.keyboard.type("Tuesday")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Tuesday")).to_be_visible()
    add_found(page, "zoe", others="Anton")
    teacher.shot(f"group-chosen-{look}")
    with page.expect_request("**/groups/move/") as sent:
        page.get_by_role("button", name="Add to group").press("Enter")
    # One field holds all people: the server refuses a form of more than a thousand fields.
    assert sent.value.post_data.count("person=") == 0
    assert sent.value.post_data.count("people=") == 1
    expect(page.get_by_text("1 learner was added to “Tuesday”.")).to_be_visible()
    members = page.get_by_role("region", name="Learners in this group")
    expect(members.get_by_text("Zoë")).to_be_visible()
    assert page.evaluate(SIDEWAYS) <= 0
    assert teacher.violations() == []
    teacher.shot(f"group-{look}")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("No one is in this group yet.")).to_be_visible()
    expect(page.get_by_text("1 learner was moved back.")).to_be_visible()
    teacher.shot(f"group-undone-{look}")


def add_found(page, typed, *, others):
    """Show only the names with a text, and select all that are shown."""
    form = page.get_by_role("region", name="Add learners")
    # The script shows the field; before that, it takes no focus.
    expect(form.get_by_label("Show only names with")).to_be_visible()
    form.get_by_label("Show only names with").focus()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(form.get_by_label(others)).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(form.get_by_text("Selected: 1")).to_be_visible()


@pytest.fixture
def unit(crowd):
    """Return a unit of the course; mia is in a group."""
    factories.make_group(crowd.course, crowd.people["mia"])
    return crowd.course.units.filter(position__isnull=False).first()


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_dates_of_a_group_are_set_on_the_page_of_the_unit(crowd, unit, visit, width, dark):
    teacher, look = visit(width=width, dark=dark).sign_in("ines"), f"{width}-{dark}"
    page = teacher.page
    teacher.go(f"/teach/{crowd.course.slug}/units/{unit.code}/")
    page.get_by_role("link", name="Tuesday").press("Enter")
    page.get_by_label("Opens").fill("2027-01-12T08:00")
    assert teacher.violations() == []
    teacher.shot(f"group-dates-{look}")
    page.get_by_label("Opens").press("Enter")
    expect(page.get_by_text("opens 12 Jan 2027, 08:00")).to_be_visible()
    teacher.shot(f"group-dates-unit-{look}")
    teacher.go(f"/teach/{crowd.course.slug}/groups/")
    teacher.shot(f"groups-{look}")
    assert teacher.violations() == []
    assert page.evaluate(SIDEWAYS) <= 0

    learner = visit(width=width, dark=dark).sign_in("mia")
    learner.go(f"/units/{unit.code}/")
    expect(learner.page.get_by_text("This opens on")).to_be_visible()
    learner.go(f"/courses/{crowd.course.slug}/")
    expect(learner.page.get_by_text("Your group: Tuesday")).to_be_visible()
    learner.shot(f"group-learner-{look}")
    assert learner.violations() == []
