"""Journey 7, its end: ines asks to see mia's estimates.

mia shares them for seven days, sees each access, and ends the share.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.fixtures.users import make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
GUESS = "A pattern that often goes with confusion"
ASKS = "ines has asked to see the estimates about you"


def felt(site) -> None:
    """mia with help and class summary on, some estimates of today, and one corrected."""
    from consent.grants import grants
    from consent.notices import notices
    from consent.permits import gate
    from consent.stream_groups import group_of
    from estimates import disputes
    from estimates.models import Predictor
    from tests.fixtures import factories
    from tests.platform.teaching import conftest as acts

    now = datetime.now(UTC)
    notices.publish(now - timedelta(days=1))
    mia = site.people["mia"]
    for streams in (("pointer",), ("activity",)):
        notice = notices.current(group_of(streams[0]), "adult", now=now)
        names = [f"{stream}:{purpose}" for stream in streams for purpose in ("adapt", "teach")]
        grants.grant(mia.code, names, notice=notice, now=now - timedelta(hours=1), actor=mia.code)
    predictor = Predictor.objects.create(
        name="prior", digest="0123456789ab", kind="affect", origin="simulated", active=True,
        card={"title": "theory prior that has seen simulated people only"},
    )  # fmt: skip
    feel = acts.feel.__wrapped__(predictor)
    sitting = acts.sit(mia, site.units["video-04"], now - timedelta(minutes=5))
    for cut in range(2, 14):
        feel(sitting, cut, streams=("pointer", "activity"), CONFUSION=0.6, INTEREST=0.2)
    wrong = [feel(sitting, cut, BOREDOM=0.7, INTEREST=0.1) for cut in range(14, 18)]
    for cut in range(18, 22):
        feel(sitting, cut)
    for cut in range(22, 30):
        feel(sitting, cut, INTEREST=0.5, CONFUSION=0.3)
    permit = gate.permit(mia.code, "course", now=now)
    for row in wrong:
        disputes.dispute(row.id, "HAPPINESS", permit, now=now)
    factories.make_enrolment(make("zoe", now=now), site.course)


@pytest.fixture
def story(site, in_database):
    in_database(lambda: felt(site))
    return f"/teach/{site.course.slug}/learners/"


def test_mia_shares_with_ines_for_seven_days_and_ends_it(story, visit, site):
    ines, mia = visit().sign_in("ines"), visit().sign_in("mia")
    lesson = mia.unit("video-04")
    lesson.locator("[data-report='stuck']").wait_for(state="visible")
    lesson.wait_for_timeout(1500)

    page = ines.go(story)
    page.get_by_role("link", name="mia").click()
    expect(page.get_by_text("Not shared.")).to_be_visible()
    expect(page.get_by_text(GUESS)).to_have_count(0)
    page.get_by_role("button", name="Request access").click()
    expect(page.get_by_text("You asked on")).to_be_visible()
    expect(page.get_by_role("button", name="Request access")).to_have_count(0)
    one = page.url.removeprefix(site.url)

    toast = lesson.locator(".toast", has_text="A teacher has asked to see the estimates about you.")
    toast.get_by_role("button", name="Read and decide").click()
    lesson.wait_for_url("**/journey/#shares")
    card = lesson.locator(".share", has_text=ASKS)
    no, yes = (
        card.get_by_role("button", name=name).bounding_box()
        for name in ("Do not share", "Share for 7 days")
    )
    assert abs(no["height"] - yes["height"]) < 1
    mia.shot("share-asked")
    card.get_by_role("button", name="Share for 7 days").click()
    expect(lesson.get_by_text("ines can see the estimates about you")).to_be_visible()
    mia.shot("share-given")

    page = ines.go(one)
    expect(page.get_by_text("Shared with you until")).to_be_visible()
    expect(page.get_by_text(GUESS)).to_be_visible()
    expect(page.get_by_text("Corrected by mia: happy")).to_be_visible()
    assert "boredom" not in page.content()
    ines.shot("share-seen")

    looked = mia.go("/my-data/looked/")
    expect(looked.get_by_text("opened the estimates you share")).to_have_count(1)
    mia.shot("share-looked")
    mia.go("/journey/").get_by_role("button", name="Stop sharing now").click()
    expect(lesson.locator(".share")).to_have_count(0)

    page = ines.go(one)
    expect(page.get_by_text("Not shared.")).to_be_visible()
    expect(page.get_by_text(GUESS)).to_have_count(0)
    ines.shot("share-ended")


def test_it_can_be_declined_without_scripts(story, visit, site):
    ines, mia = visit(scripts=False).sign_in("ines"), visit(scripts=False).sign_in("mia")
    page = ines.go(story)
    page.get_by_role("link", name="mia").click()
    page.get_by_role("button", name="Request access").click()
    hers = mia.go("/")
    hers.get_by_role("link", name="Read and decide").click()
    hers.get_by_role("button", name="Do not share").click()
    expect(hers.get_by_text(ASKS)).to_have_count(0)
    before = page.inner_text("main")
    page.reload()
    assert page.inner_text("main") == before


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_share_pages_pass_axe(story, visit, site, in_database, width, dark):
    from estimates import share_access
    from estimates.models import Share

    def ask():
        people, now = site.people, datetime.now(UTC)
        share_access.ask(site.course, people["mia"], people["ines"], now=now)
        return Share.objects.get().id

    tail = f"{'dark' if dark else 'light'}-{width}"
    ines = visit(width=width, dark=dark).sign_in("ines")
    mia = visit(width=width, dark=dark).sign_in("mia")
    one = f"{story}{site.people['mia'].code}/"

    def pleases(seen, path, name):
        seen.go(path)
        seen.shot(f"share-{name}-{tail}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert seen.violations() == [], (name, tail)

    pleases(ines, story, "learners")
    pleases(ines, one, "not-shared")
    id = in_database(ask)
    pleases(ines, one, "asked")
    pleases(mia, "/", "home")
    pleases(mia, "/journey/", "journey-asked")
    in_database(lambda: share_access.give(id, site.people["mia"], days=7, now=datetime.now(UTC)))
    pleases(mia, "/journey/", "journey-given")
    pleases(ines, one, "shared")
