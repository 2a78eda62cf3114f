"""noah offers help, mia asks for it, ines suggests the pair, and both accept before names show."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS

QUIZ = "quiz-01"


@pytest.fixture
def pages(site):
    """The address of the Learners' page and of the Teacher's; noah answered a question."""
    return f"/courses/{site.course.slug}/classmates/", f"/teach/{site.course.slug}/classmates/"


def knows(site) -> str:
    """Let noah answer a question of the quiz correctly; return the name of its skill."""
    from tests.fixtures import factories

    question = site.units[QUIZ].questions.filter(position__isnull=False).first()
    factories.make_response(learner=site.people["noah"], question=question)
    return question.skills.first().name


def stuck(site) -> None:
    """Let mia press "I'm stuck" at that question."""
    import uuid
    from datetime import UTC, datetime

    from telemetry import events, sittings

    now = datetime.now(UTC)
    unit = site.units[QUIZ]
    question = unit.questions.filter(position__isnull=False).first()
    page = sittings.open(site.people["mia"], unit, scenario="course", page=uuid.uuid4(), now=now)
    events.store(page, uuid.uuid4(), 0.0, "hint", 1.0, question.code, now)
    events.store(page, uuid.uuid4(), 1.0, "stuck", None, None, now)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_names_show_once_both_have_accepted(visit, site, in_database, pages, width, dark):
    skill = in_database(lambda: knows(site))
    mine, theirs = pages
    look = f"{width}-{'dark' if dark else 'light'}"
    seen = {name: visit(width=width, dark=dark).sign_in(name) for name in ("mia", "noah", "ines")}
    mia, noah, ines = (seen[name].page for name in ("mia", "noah", "ines"))

    seen["ines"].go(theirs)
    expect(ines.get_by_role("heading", name="No requests")).to_be_visible()
    seen["ines"].shot(f"peers-empty-{look}")
    seen["noah"].go(mine)
    noah.get_by_role("checkbox", name=skill).check()
    noah.get_by_role("button", name="Save").click()
    expect(noah.get_by_text("Saved.")).to_be_visible()
    expect(noah.get_by_role("checkbox", name=skill)).to_be_checked()
    seen["noah"].shot(f"peers-offer-{look}")
    seen["mia"].go(mine)
    mia.get_by_role("checkbox", name="A classmate may help me").check()
    mia.get_by_role("button", name="Save").click()
    seen["mia"].shot(f"peers-wish-{look}")
    in_database(lambda: stuck(site))

    seen["mia"].unit("video-01")
    mia.locator("[data-report='stuck']").wait_for(state="visible")
    mia.wait_for_timeout(1500)
    seen["ines"].go(f"/teach/{site.course.slug}/")
    ines.locator("#peer-help").get_by_role("link", name="Peer help").click()
    expect(ines.get_by_text("mia:")).to_be_visible()
    assert seen["ines"].violations() == []
    seen["ines"].shot(f"peers-request-{look}")
    ines.get_by_role("button", name="Suggest noah").click()
    expect(ines.get_by_text("waiting for answers")).to_be_visible()
    seen["ines"].shot(f"peers-suggested-{look}")

    toast = mia.locator(".toast", has_text="There is news about help between classmates.")
    toast.get_by_role("button", name="View").click()
    mia.wait_for_url(f"{site.url}/")
    seen["mia"].shot(f"peers-note-{look}")
    mia.get_by_role("link", name="Accept or say no").click()
    expect(mia.get_by_role("heading", name=f"can help you with {skill}")).to_be_visible()
    assert "noah" not in mia.locator("main").inner_text()
    assert seen["mia"].violations() == []
    assert mia.evaluate(SIDEWAYS) == 0
    seen["mia"].shot(f"peers-asked-{look}")
    mia.get_by_role("button", name="Accept").click()
    expect(mia.get_by_text("we are asking a classmate")).to_be_visible()
    seen["mia"].shot(f"peers-waiting-{look}")

    seen["noah"].go(f"/courses/{site.course.slug}/")
    seen["noah"].shot(f"peers-course-{look}")
    noah.get_by_role("link", name="Accept or say no").click()
    assert "mia" not in noah.locator("main").inner_text()
    noah.get_by_role("button", name="Accept").click()
    expect(noah.get_by_role("heading", name=f"You help mia with {skill}")).to_be_visible()
    seen["mia"].go(mine)
    expect(mia.get_by_role("heading", name=f"noah helps you with {skill}")).to_be_visible()
    assert seen["mia"].violations() == []
    assert mia.evaluate(SIDEWAYS) == 0
    seen["mia"].shot(f"peers-paired-{look}")
    seen["ines"].go(theirs)
    expect(ines.get_by_text("both accepted")).to_be_visible()
    assert ines.evaluate(SIDEWAYS) == 0

    mia.get_by_role("link", name="Start a thread").click()
    expect(mia.get_by_role("heading", name="Start a thread")).to_be_visible()
    seen["mia"].go(mine)
    mia.get_by_role("button", name="End").click()
    expect(mia.get_by_role("heading", name="Your pairs")).to_have_count(0)
