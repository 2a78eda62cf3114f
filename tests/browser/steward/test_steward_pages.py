"""A Steward's pages: no axe violation, no sideways scroll; and an erasure without scripts."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audit import sequencer
from consent.grants import grants
from consent.notices import notices
from consent.stream_groups import group_of
from privacy.erasure import erasure, erasure_completion
from privacy.retention import legal_holds
from research.studies import study_approval, study_setup
from tests.browser.conftest import LONG_LOOKS
from tests.fixtures.users import make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def register(site):
    """Create Grants of mia and noah, a withdrawal of mia's, and amir's views of them."""
    now = timezone.now()
    notices.publish(now)
    wanted = {"mia": ("pointer:adapt", "pointer:teach", "face:adapt"), "noah": ("activity:adapt",)}
    for name, scopes in wanted.items():
        person, by_group = site.people[name], defaultdict(list)
        for scope in scopes:
            by_group[group_of(scope.split(":")[0])].append(scope)
        for group, names in by_group.items():
            notice = notices.current(group, person.age_band, now=now)
            grants.grant(person.code, names, notice=notice, now=now, actor=person.code)
    done = erasure.withdraw(site.people["mia"].code, ["face:adapt"], now=now)
    erasure_completion.finish(clock=timezone.now, wait=timedelta(0))
    site.people["amir"] = make("amir", now=now)
    last_day = timezone.localdate(now) + timedelta(days=200)
    ravi = make("ravi", now=now)
    for title in ("Confusion in algebra", "Tricky fractions"):
        study = study_setup.begin_study(title, "EK 2026-N-12", last_day, ravi, now=now)
    study_approval.answer(study.id, "approved", site.people["amir"], now=now)
    mia, why = site.people["mia"], "A complaint is before the court."
    hold = legal_holds.ask(site.people["amir"], mia, "course record", why, days=90, now=now)
    sequencer.sweep(now=now)
    return SimpleNamespace(id=done.id, hold=hold.id)


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_no_page_has_a_violation_wide_or_narrow(register, visit, site, width, dark):
    paths = {
        "profile": "/steward/",
        "consents": "/steward/consents/",
        "person": f"/steward/people/{site.people['mia'].code}/",
        "erasures": "/steward/erasures/",
        "erasure": f"/steward/erasures/{register.id}/",
        "audit": "/steward/audit/",
        "retention": "/steward/retention/",
        "studies": "/steward/studies/",
        "status": "/health/",
        "hold": f"/steward/retention/holds/{register.hold}/",
    }
    tail = f"{'dark' if dark else 'light'}-{width}"
    seen = visit(width=width, dark=dark).log_in("amir", "/steward/")
    for name, path in paths.items():
        seen.go(path)
        seen.shot(f"steward-{name}-{tail}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert seen.violations() == [], (name, tail)


def test_a_person_is_erased_by_code_without_scripts(register, visit, site):
    page = (seen := visit(scripts=False).log_in("amir", "/steward/")).page
    seen.go("/steward/consents/")
    page.get_by_role("textbox", name="Person code").fill(str(site.people["noah"].code))
    page.get_by_role("button", name="Show the history").click()
    expect(page.get_by_text("Switched on")).to_be_visible()
    page.get_by_role("textbox", name="Type the word").fill("erase")
    page.get_by_role("button", name="Erase permanently").click()
    expect(page.get_by_role("heading", name="Erasure of a person")).to_be_visible()
    expect(page.get_by_text("Claim code", exact=True)).to_be_visible()
    expect(page.get_by_text("pending").first).to_be_visible()
    seen.shot("steward-erased")
