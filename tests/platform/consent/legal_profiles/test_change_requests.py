"""Changes of the legal profile need two Stewards and a reason, and never loosen the setting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from accounts.administration.two_steward_requests import OPEN_FOR, InvalidRequest
from audit.models import Leaf
from consent.legal_profiles import change_requests, profiles
from consent.models import ProfileChange
from consent.permits import gate
from consent.scopes import GRANT_SCOPES

pytestmark = pytest.mark.django_db
WHY = "We are a school now. Reason-Canary-77"


@pytest.fixture
def asked(amir, demo, now):
    return change_requests.request_change(amir, "eu_education", WHY, now=now)


def acts():
    leaves = Leaf.objects.filter(verb="profile.change").order_by("at")
    return [leaf.public.split()[0] for leaf in leaves]


def test_nothing_changes_until_another_steward_confirms(asked, amir, sara, mia, allow, now):
    allow(mia, "face:adapt", "activity:adapt")
    assert gate.permit(mia.code, "face:adapt", now=now)

    change_requests.confirm_change(sara, asked.id, now=now)

    with pytest.raises(gate.Refused) as refused:
        gate.permit(mia.code, "face:adapt", now=now)
    assert refused.value.code == "blocked_profile"
    assert refused.value.why.startswith("Blocked by law")
    assert gate.permit(mia.code, "activity:adapt", now=now)
    assert profiles.current().name == "eu_education"
    assert acts() == ["act=ask", "act=confirmed"]


def test_the_requester_cannot_confirm_nor_would_the_database_allow_it(asked, amir, now):
    with pytest.raises(InvalidRequest, match="another data steward"):
        change_requests.confirm_change(amir, asked.id, now=now)
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        ProfileChange.objects.update(state="confirmed", decided_by=amir, decided_at=now)
    assert profiles.current().name == "demo"


@pytest.mark.parametrize("who", ["mia", "ines", "greta", "ravi"])
def test_only_stewards_ask_and_answer(request, asked, who, sara, now):
    person = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        change_requests.confirm_change(person, asked.id, now=now)
    with pytest.raises(PermissionDenied):
        change_requests.end_request(person, asked.id, now=now)
    change_requests.end_request(sara, asked.id, now=now)
    with pytest.raises(PermissionDenied):
        change_requests.request_change(person, "cn", WHY, now=now)


@pytest.mark.parametrize(("who", "state"), [("sara", "declined"), ("amir", "cancelled")])
def test_either_steward_can_end_a_request(request, asked, who, state, sara, amir, now):
    change_requests.end_request(request.getfixturevalue(who), asked.id, now=now)
    assert ProfileChange.objects.get().state == state
    with pytest.raises(InvalidRequest, match="already been answered"):
        change_requests.confirm_change(sara, asked.id, now=now)
    assert profiles.current().name == "demo"
    change_requests.request_change(amir, "cn", WHY, now=now)
    assert acts() == ["act=ask", f"act={state}", "act=ask"]


def test_a_request_is_open_for_seven_days(asked, amir, sara, now):
    late = now + OPEN_FOR
    assert change_requests.find_waiting(late - timedelta(seconds=1)) == asked
    assert change_requests.find_waiting(late) is None
    with pytest.raises(InvalidRequest, match="more than seven days old"):
        change_requests.confirm_change(sara, asked.id, now=late)
    change_requests.request_change(sara, "cn", WHY, now=late)
    assert ProfileChange.objects.get(id=asked.id).state == "lapsed"


@pytest.mark.parametrize(
    ("wanted", "reason", "said"),
    [
        ("narnia", WHY, "one of the profiles"),
        ("demo", WHY, "already in force"),
        ("cn", "  ", "Enter a reason"),
        ("cn", "x" * 2001, "at most 2,000"),
    ],
)
def test_an_invalid_request_is_refused(amir, demo, now, wanted, reason, said):
    with pytest.raises(InvalidRequest, match=said):
        change_requests.request_change(amir, wanted, reason, now=now)
    assert not ProfileChange.objects.exists()
    assert acts() == []


def test_only_one_request_is_open_at_a_time(asked, sara, now):
    with pytest.raises(InvalidRequest, match="waiting for an answer"):
        change_requests.request_change(sara, "cn", WHY, now=now)


def test_the_requester_must_still_be_a_steward(asked, amir, sara, now):
    type(amir).objects.filter(pk=amir.pk).update(roles=["learner"])
    with pytest.raises(PermissionDenied):
        change_requests.confirm_change(sara, asked.id, now=now)
    type(amir).objects.filter(pk=amir.pk).update(is_active=False)
    with pytest.raises(InvalidRequest, match="has left"):
        change_requests.confirm_change(sara, asked.id, now=now)
    assert profiles.current().name == "demo"


def test_the_reason_is_sealed_and_erased_with_the_account(asked, amir, sara, now):
    change_requests.confirm_change(sara, asked.id, now=now)
    assert asked.read_reason() == WHY
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM consent_profilechange c")
        assert "Canary" not in cursor.fetchone()[0]
    from privacy.erasure import erasure

    erasure.erase(amir.code, actor=amir.code, cause="request", now=now)

    kept = ProfileChange.objects.get()
    assert (kept.asked_by, bytes(kept.reason), kept.decided_by) == (None, b"", sara)
    assert kept.read_reason() is None
    assert profiles.current().name == "eu_education"


@pytest.mark.parametrize("wanted", [name for name in profiles.NAMES if name != "eu_education"])
def test_no_two_stewards_can_loosen_what_the_setting_says(settings, amir, sara, now, wanted):
    settings.LEGAL_PROFILE = "eu_education"
    change = change_requests.request_change(amir, wanted, WHY, now=now)
    change_requests.confirm_change(sara, change.id, now=now)
    law, both = profiles.load_named("eu_education"), profiles.current(now=now)
    assert {s for s in GRANT_SCOPES if both.allows(s)} <= {s for s in GRANT_SCOPES if law.allows(s)}
    assert both.rules_use == "self_report_only"
    assert both.floor_people == 10


def test_the_chosen_profile_holds_without_the_setting(settings, asked, sara, now):
    change_requests.confirm_change(sara, asked.id, now=now)
    settings.LEGAL_PROFILE = None
    assert profiles.current().name == "eu_education"


def test_the_last_confirmed_change_is_in_force(asked, amir, sara, now):
    change_requests.confirm_change(sara, asked.id, now=now)
    later = now + timedelta(hours=1)
    back = change_requests.request_change(sara, "demo", "It was a mistake.", now=later)
    assert back.before == "eu_education"
    change_requests.confirm_change(amir, back.id, now=later)
    assert profiles.current().name == "demo"
    assert profiles.current().allows("face:adapt")
