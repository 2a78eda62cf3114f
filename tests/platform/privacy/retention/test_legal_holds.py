"""A legal hold needs two Stewards, lasts at most a year and never covers sensed data."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

import data_inventory
from accounts.administration.two_steward_requests import InvalidRequest
from audit.models import Leaf
from data_inventory import SEALED
from learner.privacy import views
from privacy.erasure import erasure
from privacy.retention import expiry, legal_holds
from privacy.retention.legal_holds import HOLDABLE, Hold
from teaching.models import Handled
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHY = "A complaint is before the court; CANARY-4711."


@pytest.fixture
def seen_to(mia, ines, now):
    """A row that expires after eight days, of mia and of another person."""

    def make(learner):
        course = factories.make_course()
        return Handled.objects.create(
            course=course, learner=learner, about=uuid.uuid4(), by=ines, at=now
        )

    make(mia)
    return make


@pytest.fixture
def asked(amir, mia, demo, now):
    return legal_holds.ask(amir, mia, "course record", WHY, days=30, now=now)


def kept(now):
    expiry.delete_expired(now=now)
    return set(Handled.objects.values_list("learner__code", flat=True))


def test_a_confirmed_hold_keeps_only_its_person_s_rows(asked, seen_to, mia, noah, sara, now):
    seen_to(noah)
    legal_holds.confirm(sara, asked.id, now=now)
    assert kept(now + 9 * DAY) == {mia.code}
    assert kept(now + 30 * DAY - timedelta(seconds=1)) == {mia.code}
    assert kept(now + 30 * DAY) == set()


def test_an_unconfirmed_hold_keeps_nothing(asked, seen_to, now):
    assert kept(now + 9 * DAY) == set()


def test_an_ended_hold_keeps_nothing(asked, seen_to, amir, sara, now):
    legal_holds.confirm(sara, asked.id, now=now)
    assert legal_holds.end(amir, asked.id, now=now).state == "ended"
    assert kept(now + 9 * DAY) == set()


def test_the_requester_cannot_confirm(asked, amir, now):
    with pytest.raises(InvalidRequest, match="another data steward"):
        legal_holds.confirm(amir, asked.id, now=now)
    with pytest.raises(IntegrityError, match="privacy_hold_two_people"), transaction.atomic():
        Hold.objects.update(state="confirmed", decided_by=amir, decided_at=now)


@pytest.mark.parametrize(
    "category", ["sensed", "estimate", "dispute", "class picture", "intervention", "mastery"]
)
def test_sensed_and_estimated_data_cannot_be_held(amir, mia, demo, now, category):
    with pytest.raises(InvalidRequest, match="never be held"):
        legal_holds.ask(amir, mia, category, WHY, days=1, now=now)
    fields = {"asked_by": amir, "asked_at": now, "ends_at": now, "days": 1, "reason": b""}
    with pytest.raises(IntegrityError, match="privacy_hold_category"), transaction.atomic():
        Hold.objects.create(person=mia, category=category, **fields)


def test_no_holdable_kind_includes_sensed_tables():
    held = [each for each in data_inventory.all() if each.category in HOLDABLE]
    assert {each.category for each in held if each.lifetime is not None} == set(HOLDABLE)
    assert [each.label for each in held if each.scope in ("adapt", "teach", "research")] == []
    assert [each.label for each in held if "scopes" in each.columns] == []
    sealed = {each.label for each in held if SEALED in each.columns.values()}
    # Names, secrets of a second factor, and the id of a person at a learning platform.
    assert sealed <= {
        "accounts.User",
        "accounts.SecondFactor",
        "lti.PlatformAccount",
        "stewardship.ImportRow",
    }


@pytest.mark.parametrize(("days", "reason"), [(0, WHY), (366, WHY), (30, " "), (30, "x" * 2001)])
def test_a_hold_without_end_or_reason_is_refused(amir, mia, demo, now, days, reason):
    with pytest.raises(InvalidRequest):
        legal_holds.ask(amir, mia, "identity", reason, days=days, now=now)


def test_the_database_refuses_more_than_a_year(asked, now):
    with pytest.raises(IntegrityError, match="privacy_hold_ends"), transaction.atomic():
        Hold.objects.update(ends_at=now + 366 * DAY)


def test_only_stewards_request_holds(asked, mia, ines, now):
    for act in (
        lambda: legal_holds.ask(ines, mia, "identity", WHY, days=1, now=now),
        lambda: legal_holds.confirm(ines, asked.id, now=now),
        lambda: legal_holds.end(mia, asked.id, now=now),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_one_hold_of_a_kind_and_lapsed_requests_are_replaced(asked, amir, mia, now):
    with pytest.raises(InvalidRequest, match="already"):
        legal_holds.ask(amir, mia, "course record", WHY, days=30, now=now)
    later = now + 8 * DAY
    assert legal_holds.ask(amir, mia, "course record", WHY, days=30, now=later).state == "asked"


def test_a_request_is_open_for_seven_days(asked, sara, now):
    with pytest.raises(InvalidRequest, match="seven days"):
        legal_holds.confirm(sara, asked.id, now=now + 7 * DAY)


def test_each_act_records_a_leaf_and_the_reason_is_sealed(asked, sara, now):
    legal_holds.confirm(sara, asked.id, now=now)
    told = Leaf.objects.filter(verb="retention.hold").order_by("at")
    acts = [dict(p.split("=") for p in leaf.public.split())["act"] for leaf in told]
    assert acts == ["ask", "confirmed"]
    asked.refresh_from_db()
    assert b"CANARY" not in bytes(asked.reason)
    assert asked.read_reason() == WHY


def test_an_erasure_overrides_and_deletes_the_hold(asked, seen_to, mia, sara, now):
    legal_holds.confirm(sara, asked.id, now=now)

    erasure.erase(mia.code, actor=mia.code, cause="request", now=now)

    assert not Hold.objects.exists()
    assert not Handled.objects.exists()


def test_my_data_has_a_label_for_each_holdable_kind():
    assert set(views.HOLD_WORDS) == set(HOLDABLE)


def test_the_person_sees_what_is_held_and_until_when(asked, client_for, mia, noah, sara):
    page = client_for(mia).get("/my-data/").content.decode()
    assert "Kept for a legal reason" not in page
    at = timezone.now()
    Hold.objects.update(asked_at=at, ends_at=at + 30 * DAY)
    legal_holds.confirm(sara, asked.id, now=at)

    page = client_for(mia).get("/my-data/").content.decode()
    assert "Kept for a legal reason until" in page
    assert f"{at + 30 * DAY:%B %Y}" in page
    assert WHY not in page
    assert "Kept for a legal reason" not in client_for(noah).get("/my-data/").content.decode()
