"""`/steward/profile/change/`: previewed, approved by two people, and reported afterwards."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from consent.legal_profiles import profiles
from consent.models import ProfileChange
from consent.scopes import GRANT_SCOPES
from privacy.retention import legal_profile_purge
from stewardship.legal_profile import impact

pytestmark = pytest.mark.django_db
HERE = "/steward/profile/change/"


@pytest.fixture
def stewards(client_for, demo, amir, sara):
    return client_for(amir), client_for(sara)


def page_text(client, path=HERE, status=200):
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def name_limits(seen):
    return {limit.name for limit in seen.limits}


def test_the_preview_counts_what_stops_and_for_how_many(mia, noah, allow, now):
    allow(mia, "face:adapt", "face:teach", "activity:adapt")
    allow(noah, "face:adapt")
    seen = impact.compute_impact("eu_education", now=now)
    counted = {stop.stream: stop.people for stop in seen.stops}
    assert counted["face"] == (2, 1, 0)
    assert counted["activity"] == (None, None, 0)
    assert counted["pointer"] == (0, 0, 0)
    assert seen.people == 2
    assert seen.possible == ()
    assert name_limits(seen) >= {"Class summary", "Can decide alone from", "Rules"}
    assert "Minors" in name_limits(impact.compute_impact("us_higher_ed", now=now))
    assert seen.floor.name == "demo"


def test_the_preview_and_the_purge_agree_on_the_people_affected(mia, noah, allow, amir, sara, now):
    from consent.legal_profiles import change_requests

    allow(mia, "face:adapt")
    allow(noah, "activity:adapt")
    seen = impact.compute_impact("eu_education", now=now)
    change = change_requests.request_change(amir, "eu_education", "Why.", now=now)
    change_requests.confirm_change(sara, change.id, now=now)
    assert legal_profile_purge.purge(now=now) == seen.people == 1


def test_every_kind_of_purged_data_has_a_name():
    removed = {
        holding.model.__name__ for holding, _ in legal_profile_purge.rows_under(GRANT_SCOPES)
    }
    assert set(impact.PURGED_NAMES) == removed


def test_newly_possible_scopes_are_named_and_granted_to_no_one(settings, now, db):
    settings.LEGAL_PROFILE = None
    seen = impact.compute_impact("demo", now=now)
    assert "face, Help for me" in seen.possible
    assert seen.floor is None


def test_one_steward_requests_and_another_reads_the_reason_and_confirms(stewards, mia, allow):
    amir, sara = stewards
    assert "No changes requested yet" in page_text(amir)
    shown = page_text(amir, HERE + "?to=eu_education")
    assert "Send to another data steward" in shown
    assert "face" in shown

    answer = amir.post(HERE, {"to": "eu_education", "reason": "We are a school <now>."})
    assert (answer.status_code, answer["Location"]) == (302, HERE)
    waiting = ProfileChange.objects.get()
    own, others = page_text(amir), page_text(sara)
    assert "Withdraw request" in own
    assert "Confirm" not in own
    assert "We are a school &lt;now&gt;." in others
    assert "Confirm and put in force" in others
    assert profiles.current().name == "demo"

    sara.post(f"{HERE}{waiting.id}/", {"act": "confirm"})

    assert profiles.current().name == "eu_education"
    assert ProfileChange.objects.get().state == "confirmed"


def test_a_wrong_answer_is_explained_and_changes_nothing(stewards):
    amir, sara = stewards
    assert amir.post(HERE, {"to": "eu_education", "reason": " "}).status_code == 422
    amir.post(HERE, {"to": "eu_education", "reason": "Why."})
    here = f"{HERE}{ProfileChange.objects.get().id}/"
    own = amir.post(here, {"act": "confirm"})
    assert own.status_code == 422
    assert "another data steward has to confirm it" in own.content.decode()
    assert sara.post(here, {"act": "jump"}).status_code == 422
    assert sara.post(here, {"act": "end"}).status_code == 302
    assert ProfileChange.objects.get().state == "declined"
    assert "declined" in page_text(amir)
    assert sara.post(here, {"act": "confirm"}).status_code == 422


def test_a_request_of_an_erased_steward_has_no_reason_any_more(stewards, amir):
    stewards[0].post(HERE, {"to": "cn", "reason": "Why."})
    User.objects.filter(pk=amir.pk).update(is_active=False)
    ProfileChange.objects.update(asked_by=None, reason=b"", asked_at=timezone.now())
    assert "The reason was deleted with the account" in page_text(stewards[1])


@pytest.mark.parametrize("name", profiles.NAMES)
def test_every_profile_has_its_preview(stewards, name):
    shown = page_text(stewards[0], f"{HERE}?to={name}")
    assert profiles.load_named(name).title in shown
