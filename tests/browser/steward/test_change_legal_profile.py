"""Journey 10: the site becomes a school of the EU.

One Steward requests it, another confirms. Then nothing of a body is sensed, the collected data is
deleted, and the course works as before.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_LOOKS
from tests.browser.consent.test_withdrawal import HEARD, OWN_SOCKET, SEND, numeric_place
from tests.fixtures.sockets.socket_client import block
from tests.fixtures.users import make

REASON = "We are a school now."
SCOPES = ("pointer:adapt", "typing:adapt", "face:adapt", "activity:adapt", "layout:adapt")
CHANGE = "/steward/profile/change/"


@pytest.fixture
def demo_site(site):
    """mia with sensing under the demo's rules, and two Stewards."""
    from consent.grants import grants
    from consent.notices import notices
    from consent.stream_groups import group_of
    from telemetry.blocks import partitions

    now = datetime.now(UTC) - timedelta(minutes=1)
    partitions.open_days()
    notices.publish(now)
    mia = site.people["mia"]
    for scope in SCOPES:
        notice = notices.current(group_of(scope.partition(":")[0]), "adult", now=now)
        grants.grant(mia.code, [scope], notice=notice, now=now, actor=mia.code)
    for name in ("amir", "sara"):
        site.people[name] = make(name, now=now)
    return site


def sweep():
    """Run what the worker runs every five seconds."""
    from privacy.retention import legal_profile_purge

    return legal_profile_purge.purge(now=datetime.now(UTC))


def stored():
    from telemetry.models import Block

    return set(Block.objects.values_list("stream", flat=True))


def live():
    from consent.models import Grant

    return set(Grant.objects.filter(live=True).values_list("scope", flat=True))


def knowledge():
    from estimates.models import MasteryEstimate

    return MasteryEstimate.objects.count()


def test_two_stewards_change_the_profile_and_body_streams_are_blocked(
    demo_site, visit, in_database
):
    learner = visit()
    page = learner.log_in("mia").page
    unit = str(demo_site.units["quiz-01"].code)
    page.evaluate(OWN_SOCKET, unit)
    learner.until(HEARD.format("welcome") + " !== undefined")
    page.evaluate(SEND, list(block("face", 0, t0=0.1) + block("activity", 0, t0=0.1)))
    learner.until("own.heard.filter((message) => message.type === 'ack').length >= 2")
    assert in_database(stored) == {"face", "activity"}

    asks = (steward := visit().log_in("amir", CHANGE)).page
    asks.get_by_label("Legal profile").select_option("eu_education")
    asks.get_by_role("button", name="Preview the effects").click()
    stops = asks.get_by_role("region", name="Will stop, table")
    expect(stops.get_by_role("row", name="face 1 0 0")).to_be_visible()
    expect(asks.get_by_text("seconds of sensor data")).to_be_visible()
    steward.shot("profile-change-preview")
    asks.get_by_label("Reason").fill(REASON)
    asks.get_by_role("button", name="Send to another data steward").click()
    expect(asks.get_by_role("button", name="Withdraw request")).to_be_visible()
    expect(asks.get_by_role("button", name="Confirm")).to_have_count(0)

    confirms = (other := visit().log_in("sara", CHANGE)).page
    expect(confirms.get_by_text(REASON)).to_be_visible()
    other.shot("profile-change-confirm")
    confirms.get_by_role("button", name="Confirm and put in force").click()
    confirms.wait_for_load_state()

    page.evaluate(SEND, list(block("face", 1, t0=0.2) + block("activity", 1, t0=0.2)))
    learner.until(HEARD.format("error") + "?.code === 'no_grant'")
    assert page.evaluate(HEARD.format("error") + ".stream") == "face"
    assert in_database(sweep) == 1
    learner.until("own.heard.some((m) => m.type === 'consent.changed' && m.scope === 'face:adapt')")
    assert in_database(stored) == {"activity"}
    assert in_database(live) == {"activity:adapt", "layout:adapt"}

    learner.go("/consents/")
    expect(page.get_by_text("Article 5(1)(f)").first).to_be_visible()
    for group in ("Camera", "Wearable", "Pointer and typing"):
        expect(page.get_by_role("switch", name=f"{group}, help for me")).to_have_count(0)
    expect(page.get_by_role("switch", name="Activity on this page, help for me")).to_be_visible()
    expect(page.get_by_text("the rules of this site changed").first).to_be_visible()
    learner.shot("profile-change-consents")

    before = in_database(knowledge)
    learner.unit("quiz-01", f"?question={in_database(numeric_place)}")
    page.get_by_role("textbox").first.fill("9999")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not yet. Try again").first).to_be_visible()
    assert in_database(knowledge) > before


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_the_page_of_the_change_has_no_violation_wide_or_narrow(demo_site, visit, width, dark):
    seen = visit(width=width, dark=dark)
    seen.log_in("amir", CHANGE)
    for query in ("", "?to=eu_education", "?to=us_higher_ed"):
        seen.go(CHANGE + query)
        tail = f"{query[4:] or 'start'}-{'dark' if dark else 'light'}-{width}"
        seen.shot(f"profile-change-{tail}")
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert seen.page.evaluate(wide) <= 0, (query, width)
        assert seen.violations() == [], (query, width)
