"""A user's own data by the API: no one else's, and no consent by token."""

from __future__ import annotations

import json
import uuid

import pytest
from django.utils import timezone

from consent.models import Grant
from consent.permits import gate
from estimates import self_reports
from estimates.models import AffectEstimate, Dispute
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.models.estimates import make_predictor_row, store_estimate

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    """The current time: the Grant must also be valid by the database's clock."""
    return timezone.now()


@pytest.fixture
def guess(mia, allow, course, video, now):
    allow(mia, "pointer:adapt")
    sitting = sittings.open(mia, video, scenario="course", page=uuid.uuid4(), now=now)
    return store_estimate(sitting, 1, make_predictor_row("affect", "a"), now, CONFUSION=0.8)


def test_a_guess_about_oneself_is_read_and_corrected(api, mia, guess):
    asked = api(mia)
    (told,) = asked.get("me/estimates/").json()
    assert (told["id"], told["label"], told["said"]) == (str(guess.id), "confusion", "")
    assert 0 <= told["low"] < told["high"] <= 1

    path = f"me/estimates/{guess.id}/dispute/"
    assert asked.send("post", path, {"said": "INTEREST"}).status_code == 204
    assert AffectEstimate.objects.get().status == "disputed"
    assert asked.get("me/estimates/").json()[0]["said"] == "interest"
    assert asked.send("delete", path).status_code == 204
    assert not Dispute.objects.exists()


def test_own_reports_are_read_with_levels_and_occasion(api, mia, video, now):
    sitting = sittings.open(mia, video, scenario="course", page=uuid.uuid4(), now=now)
    permit = gate.permit(mia.code, "course", now=now)
    told = {"levels": {"valence": 7, "arousal": 2}, "occasion": "random"}
    self_reports.store(sitting, uuid.uuid4(), 1.0, "", permit, now=now, **told)
    (said,) = api(mia).get("me/reports/").json()
    assert {name: said[name] for name in ("label", "levels", "occasion")} == {"label": "", **told}


@pytest.mark.parametrize("who", ["noah", "ines", "mallory", "amir", "ravi"])
def test_no_one_reads_or_corrects_the_estimate_of_another(request, api, guess, who):
    asked = api(request.getfixturevalue(who))
    told = asked.get("me/estimates/")
    assert told.status_code == 404 or told.json() == []
    path = f"me/estimates/{guess.id}/dispute/"
    assert asked.send("post", path, {"said": "INTEREST"}).status_code == 404
    assert not Dispute.objects.exists()


def test_what_was_withdrawn_is_not_read(api, mia, guess):
    asked = api(mia)
    told = asked.send("post", "me/consents/withdraw/", {"off": []})
    assert told.status_code == 200
    assert not Grant.objects.filter(learner=mia, live=True).exists()
    assert asked.get("me/estimates/").json() == []


def test_a_token_can_withdraw_and_cannot_grant(api, mia, guess, client_for):
    asked = api(mia)
    groups = asked.get("me/consents/").json()
    shown = {one["group"]: one["shown"] for one in groups}
    notices = {one["group"]: one["notice"] for one in groups}
    wish = {"on": ["activity.adapt"], "notices": notices, "shown": shown}

    refused = asked.send("put", "me/consents/", wish)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_by_token")
    assert not Grant.objects.filter(learner=mia, scope="activity:adapt", live=True).exists()

    session = client_for(mia)
    done = session.put("/api/v1/me/consents/", json.dumps(wish), content_type="application/json")
    assert done.status_code == 200
    live = set(Grant.objects.filter(learner=mia, live=True).values_list("scope", flat=True))
    assert "activity:adapt" in live
    assert "pointer:adapt" not in live


def test_a_grant_for_a_different_text_is_refused(api, mia, guess, client_for):
    wish = {"on": ["activity.adapt"], "notices": {"typing": ""}, "shown": {"typing": ""}}
    told = client_for(mia).put(
        "/api/v1/me/consents/", json.dumps(wish), content_type="application/json"
    )
    assert (told.status_code, told.json()["code"]) == (409, "refused")


def test_mastery_comes_with_its_range(api, mia, course):
    factories.make_skill(slug="factoring", course=course).units.add(course.units.get(kind="quiz"))
    (told,) = api(mia).get("courses/algebra/mastery/").json()
    assert told["answers"] == 0
    assert told["lo"] < told["p"] < told["hi"]
