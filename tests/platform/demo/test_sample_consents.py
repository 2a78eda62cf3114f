"""The demo's child: greta agreed to one group with her, and is asked about another."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts import people
from consent.grants import grants
from consent.legal_profiles import profiles
from consent.models import ConsentEvent
from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from consent.stream_groups import scopes_of
from demo import sample_consents, seed_data
from tests.fixtures.consent import give_consent
from tests.fixtures.users import client_for_person, read_body

pytestmark = pytest.mark.django_db

AGREED = set(scopes_of(sample_consents.AGREED, "adapt"))
WAITING = set(scopes_of(sample_consents.WAITING, "adapt"))


def seed(settings, tmp_path, profile="demo"):
    settings.VAR, settings.LEGAL_PROFILE = tmp_path, profile
    seed_data.seed(tmp_path / "no-course", now=timezone.now())
    return people.find_by_login("lena"), people.find_by_login("greta")


def find_allowed(person):
    granted = gate.permits(person.code, ADAPT_SCOPES, now=timezone.now()).granted
    return {name for name in granted if name in AGREED | WAITING}


def test_one_group_is_agreed_by_both_and_the_other_waits_for_greta(settings, tmp_path):
    lena, greta = seed(settings, tmp_path)
    assert find_allowed(lena) == AGREED
    page = read_body(client_for_person(greta).get("/consents/")).decode()
    assert "lena agreed to 1 thing" in page
    assert "Read and decide" in page


def test_greta_can_approve_what_waits_and_then_it_is_on(settings, tmp_path):
    lena, greta = seed(settings, tmp_path)
    give_consent(lena, *WAITING, now=timezone.now(), by=greta)
    assert find_allowed(lena) == AGREED | WAITING
    grants.freeze(lena.code, AGREED, now=timezone.now(), verb="guardian_withdraw", actor=greta.code)
    assert find_allowed(lena) == WAITING


@pytest.mark.parametrize("profile", [None, *profiles.NAMES])
def test_under_any_profile_only_what_two_decide_there_is_recorded(settings, tmp_path, profile):
    lena, _ = seed(settings, tmp_path, profile)
    found = set(ConsentEvent.objects.values_list("scope", flat=True))
    law = profiles.load_named(profile) if profile else None
    two = bool(law) and law.minors == "guardian"
    offered = {name for name in AGREED | WAITING if two and law.allows(name)}
    if profile == "research_study":  # Its study has not begun: nothing may be asked.
        offered = set()
    assert found == offered
    assert find_allowed(lena) <= AGREED
