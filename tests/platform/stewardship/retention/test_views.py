"""The Steward's retention page: classes, the quarterly review, legal holds."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Session
from audit import sequencer
from audit.models import Leaf
from privacy.retention import expiry, legal_holds
from privacy.retention.legal_holds import Hold
from stewardship.retention import review
from teaching.models import Handled
from telemetry.blocks import partitions
from tests.fixtures import factories
from tests.platform.audit.conftest import act

pytestmark = pytest.mark.django_db
PAGE, REVIEW, HOLDS = (
    "/steward/retention/",
    "/steward/retention/review/",
    "/steward/retention/holds/",
)
DAY = timedelta(days=1)
# Retention of needs that a Teacher handled.
KEPT = timedelta(days=8)
WHY = "A complaint is before the court."


@pytest.fixture
def steward(amir, demo, client_for):
    return client_for(amir)


@pytest.fixture(autouse=True)
def _only_days_of_now(db):
    """Delete partitions of the tests' fixed date, which are overdue by the real clock."""
    partitions.drop_before(timezone.now().date())


@pytest.fixture
def make_overdue_row(mia, ines):
    """Make an overdue row about mia: its retention is eight days, and the job runs hourly."""

    def make(age):
        return Handled.objects.create(
            course=factories.make_course(),
            learner=mia,
            about=uuid.uuid4(),
            by=ines,
            at=timezone.now() - age,
        )

    return make


def line(table):
    return next(
        each for each in review.load_review(1, now=timezone.now()).lines if each.table == table
    )


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_overdue_data_is_shown_until_it_is_deleted(steward, make_overdue_row):
    make_overdue_row(KEPT + timedelta(minutes=59))
    assert (line("teaching_handled").overdue, line("teaching_handled").soon) == (0, True)
    assert "Nothing overdue" in text(steward.get(PAGE))
    make_overdue_row(KEPT + timedelta(minutes=61))
    assert line("teaching_handled").overdue == 1
    assert "1 records" in text(steward.get(PAGE))

    expiry.delete_expired(now=timezone.now())

    assert line("teaching_handled").overdue == 0
    assert line("teaching_handled").next_at is None


def test_data_under_a_hold_is_not_overdue(demo, make_overdue_row, mia, amir, sara):
    now = timezone.now()
    make_overdue_row(2 * KEPT)
    hold = legal_holds.ask(amir, mia, "course record", WHY, days=30, now=now)
    assert line("teaching_handled").overdue == 1
    legal_holds.confirm(sara, hold.id, now=now)
    assert (line("teaching_handled").overdue, line("teaching_handled").next_at) == (0, None)


def test_the_next_deletion_is_shown(demo, make_overdue_row):
    row = make_overdue_row(timedelta(hours=3))
    assert line("teaching_handled").next_at == row.at + KEPT
    blocks = line("telemetry_block")
    assert blocks.unit == "days"


def test_the_same_seed_draws_the_same_leaves_and_another_seed_others(steward):
    act(60)
    sequencer.sweep(now=timezone.now())

    drawn = review.draw_sample(7)

    assert len(drawn) == 12 == len({leaf.place for leaf in drawn})
    assert all(leaf.sound for leaf in drawn)
    assert review.draw_sample(7) == drawn
    assert review.draw_sample(8) != drawn
    page = text(steward.get(f"{PAGE}?seed=7"))
    assert "seed 7" in page
    assert all(str(leaf.place) in page for leaf in drawn)


def test_signing_off_is_a_leaf_with_the_figures_and_sets_the_next_date(steward):
    act(20)
    sequencer.sweep(now=timezone.now())
    assert "review due" in text(steward.get(PAGE))

    assert steward.post(REVIEW, {"seed": "7"}).status_code == 302

    leaf = Leaf.objects.get(verb="retention.review")
    told = dict(pair.split("=") for pair in leaf.public.split())
    assert told["overdue"] == "0"
    assert (told["leaves"], told["seed"], told["holds"]) == ("12", "7", "0")
    assert "review due" not in text(steward.get(PAGE))


def test_a_review_is_late_after_ninety_two_days(demo, steward):
    steward.post(REVIEW, {"seed": "7"})
    now = timezone.now()
    assert not review.load_review_state(now + 91 * DAY).late
    assert review.load_review_state(now + 93 * DAY).late


def test_overdue_or_unverified_data_cannot_be_signed_off(steward, make_overdue_row):
    make_overdue_row(2 * KEPT)
    response = steward.post(REVIEW, {"seed": "7"})
    assert (response.status_code, "Run manage.py expire" in text(response)) == (422, True)

    expiry.delete_expired(now=timezone.now())
    act(12)
    sequencer.sweep(now=timezone.now())
    with connection.as_owner():
        Leaf.objects.update(public="changed=1")
    response = steward.post(REVIEW, {"seed": "7"})

    assert (response.status_code, "verify_audit" in text(response)) == (422, True)
    assert not Leaf.objects.filter(verb="retention.review").exists()


def test_signing_and_holding_require_a_recent_confirmation(steward, demo, amir, mia):
    hold = legal_holds.ask(amir, mia, "identity", WHY, days=1, now=timezone.now())
    Session.objects.filter(user=amir).update(confirmed_at=None, factor_at=None)
    Session.objects.filter(user=amir).update(began_at=timezone.now() - timedelta(hours=1))
    assert steward.post(REVIEW).status_code == 403
    assert steward.post(HOLDS).status_code == 403
    assert steward.get(f"{HOLDS}{hold.id}/").status_code == 302
    assert not Leaf.objects.filter(verb="retention.review").exists()


def test_a_hold_is_asked_for_by_one_and_confirmed_by_another(steward, client_for, mia, sara):
    fields = {"code": str(mia.code), "category": "identity", "days": "30", "reason": WHY}
    response = steward.post(HOLDS, fields)
    hold = Hold.objects.get()
    there = f"{HOLDS}{hold.id}/"
    assert response["Location"] == there
    assert "waiting for another data steward" in text(steward.get(PAGE))

    assert steward.post(there, {"act": "confirm"}).status_code == 422
    other = client_for(sara)
    assert WHY in text(other.get(there))
    assert Leaf.objects.filter(verb="steward.view", public="what=hold").exists()
    assert other.post(there, {"act": "confirm"}).status_code == 302

    hold.refresh_from_db()
    assert (hold.state, hold.decided_by) == ("confirmed", sara)
    assert "in force" in text(steward.get(PAGE))
    assert steward.post(there, {"act": "end"}).status_code == 302
    assert "No legal holds" in text(steward.get(PAGE))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"code": "mia"}, "Enter the person code"),
        ({"category": "sensed"}, "can never be held"),
        ({"days": "366"}, "1 to 365 days"),
        ({"days": "a few"}, "1 to 365 days"),
        ({"reason": ""}, "Enter a reason of at most"),
    ],
)
def test_an_invalid_request_says_what_to_do(steward, mia, changed, said):
    fields = {"code": str(mia.code), "category": "identity", "days": "30", "reason": WHY}
    response = steward.post(HOLDS, {**fields, **changed})
    assert (response.status_code, said in text(response)) == (422, True)
    assert not Hold.objects.exists()
