"""A Learner's answers to an offer over HTTP: for themselves only, and undone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from adaptation.models import CourseVeto, Intervention, LetGo, RuleState
from estimates.models import AffectEstimate
from tests.fixtures import factories
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.fixtures.offers import answer, make_affect_fact, make_stuck, until_offered
from tests.fixtures.users import client_for_person

pytestmark = pytest.mark.django_db
SCOPE = "pointer:adapt"


@pytest.fixture
def now():
    """A time far enough back that every offer is past; the database has its own clock."""
    return timezone.now() - timedelta(minutes=2)


@pytest.fixture
def sitting(mia, allow, now):
    allow(mia, SCOPE)
    return make_stuck(mia, now)


@pytest.fixture
def offer(sitting, now):
    predictor = make_predictor_row("affect", "a")
    for cut in range(1, 6):
        store_estimate(sitting, cut, predictor, now, CONFUSION=0.9)
    return until_offered(sitting, make_affect_fact("confusion", scopes=(SCOPE,)))[0]


@pytest.fixture
def page(mia):
    return client_for_person(mia)


def say(client, offer, word, **headers):
    return client.post(f"/offers/{offer.code}/", {"do": word}, **headers)


def test_a_form_goes_back_to_the_journey_and_a_script_gets_no_page(page, offer):
    assert say(page, offer, "wrong")["Location"] == "/journey/#wishes"
    assert say(page, offer, "undo", headers={"Accept": "application/json"}).status_code == 204
    assert say(page, offer, "shout").status_code == 400


def test_an_estimate_is_rejected_and_the_rejection_undone(page, offer):
    say(page, offer, "wrong")
    assert set(AffectEstimate.objects.values_list("status", flat=True)) == {"disputed"}
    say(page, offer, "undo")
    assert set(AffectEstimate.objects.values_list("status", flat=True)) == {"live"}


def test_undo_after_ten_minutes_says_that_it_is_too_late(page, offer):
    say(page, offer, "wrong")
    Intervention.objects.update(outcome_at=timezone.now() - timedelta(minutes=11))
    assert say(page, offer, "undo").status_code == 409


def test_switching_offers_off_and_on_shows_on_the_journey(page, offer):
    say(page, offer, "off")
    told = page.get("/journey/").content.decode()
    assert "No suggestions from estimates here" in told
    slug = offer.sitting.unit.course.slug
    page.post("/journey/offers/", {"course": slug, "on": "1"})
    assert not CourseVeto.objects.exists()
    assert "As each rule describes." in page.get("/journey/").content.decode()


def test_a_course_without_enrolment_is_a_404(page, mia):
    slug = factories.make_course().slug
    assert page.post("/journey/offers/", {"course": slug, "on": "0"}).status_code == 404


def test_a_dismissed_offer_can_be_undone_on_the_journey_for_ten_minutes(page, offer):
    undo = f'action="/offers/{offer.code}/"'
    assert undo not in page.get("/journey/").content.decode()
    Intervention.objects.update(outcome="later", outcome_at=timezone.now())
    assert undo in page.get("/journey/").content.decode()
    Intervention.objects.update(outcome_at=timezone.now() - timedelta(minutes=11))
    assert undo not in page.get("/journey/").content.decode()


def test_a_raised_rule_is_shown_with_a_way_to_reset_it(page, offer, mia):
    RuleState.objects.filter(rule="R2").update(dismissals=2, dismissed_at=timezone.now())
    told = page.get("/journey/").content.decode()
    assert "“A part that stays unclear” now needs a clearer sign, 5 in 100 more" in told
    page.post("/journey/offers/", {"rule": "R2"})
    assert RuleState.objects.get(rule="R2").dismissals == 0


def test_a_rule_that_passed_is_a_line_of_the_day(page, sitting, mia, now):
    LetGo.objects.create(
        sitting=sitting, learner=mia, rule="R1", version=1, armed_at=now,
        at=now + timedelta(seconds=7),
    )  # fmt: skip
    told = page.get("/journey/").content.decode()
    assert "A rule was about to act, but the signs passed after 7 seconds" in told
    assert "Stuck on a question." in told


def test_the_worked_step_opens_only_with_its_offer(page, sitting, mia):
    question = sitting.unit.questions.get(position=1)
    for second in (1, 2):
        answer(sitting, question, "999", second)
    found, _ = until_offered(sitting, make_affect_fact("frustration", scopes=(SCOPE,)))
    assert found.kind == "worked_step"
    address = f"/units/{sitting.unit.code}/?question={question.code}&open="
    assert page.get(f"{address}{uuid.uuid4()}").content.decode().count("hint-text") == 1
    assert page.get(f"{address}{found.code}").content.decode().count("hint-text") == 3


def test_hints_wait_longer_for_a_while_after_very_quick_ones(page, sitting, mia, now):
    question = sitting.unit.questions.get(position=1)
    address = f"/units/{sitting.unit.code}/?question={question.code}&open=1"
    assert 'data-wait="8"' in page.get(address).content.decode()
    Intervention.objects.create(
        sitting=sitting, learner=mia, rule="R8", version=1, cut=1, kind="message",
        probability=1, delivered=True, sealed=b"", decided_at=now,
    )  # fmt: skip
    assert 'data-wait="15"' in page.get(address).content.decode()
