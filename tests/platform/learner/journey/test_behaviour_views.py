"""The journey's line about one Sitting: in words, only from sure states, and disputable."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from consent.models import Grant
from estimates.models import BehaviourEstimate, DisputedSitting
from learner.journey.behaviour_views import describe_steps
from privacy.erasure import erasure
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.models.behaviour import store_step
from tests.fixtures.models.estimates import make_predictor_row

pytestmark = pytest.mark.django_db
ON, TRY, AWAY = "focused", "struggling", "disengaged"
LINE = "Mostly trying hard. Away 2 times."


@pytest.fixture
def now():
    """The current time, because the pages read the clock."""
    return timezone.now()


@pytest.fixture
def model():
    return make_predictor_row("behaviour", "b", hop_s=10.0)


@pytest.fixture
def sitting(mia, allow, now):
    allow(mia, "pointer:adapt", "activity:adapt", now=now)
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


@pytest.fixture
def tried(sitting, model, now):
    """Steps of a Sitting with trying, twice away and one unsure step."""
    for n, state in enumerate([TRY] * 8 + [AWAY, "", TRY, AWAY, AWAY, TRY]):
        store_step(sitting, 2 * n + 1, model, now, state=state, streams=("pointer", "activity"))
    return sitting


def page_of(client):
    return client.get("/journey/").content.decode()


def say(client, sitting, **more):
    return client.post("/journey/behaviour/", {"sitting": sitting.pk, **more}, follow=True)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([ON] * 4, "Mostly on task."),
        ([TRY, TRY, TRY, AWAY], "Mostly trying hard. Away once."),
        ([ON, AWAY, ON, AWAY, AWAY, ON, TRY], "Mostly on task. Trying hard once. Away 2 times."),
        ([AWAY, AWAY, "", AWAY, ON], "Mostly away. On task once."),
        ([ON, ON, AWAY, "", AWAY], "Mostly on task. Away once."),
        ([ON, "", ""], "Mostly not sure."),
        (["", ""], "Mostly not sure."),
        ([], "Mostly not sure."),
    ],
)
def test_steps_in_words(names, said):
    assert describe_steps(names) == said


def test_the_words_in_german():
    with translation.override("de"):
        said = describe_steps([TRY, TRY, AWAY, TRY, AWAY])
    assert said == "Meist mit viel Mühe. 2-mal woanders."


def test_a_line_says_what_was_done_in_which_unit_and_how_that_is_known(client_for, mia, tried):
    page = page_of(client_for(mia))

    assert LINE in page
    assert "This can be wrong." in page
    assert "It has never been checked on people" in page
    assert "whether the page was in view, the pointer." in page
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="r">([^<]+)</td>', page)
    assert ("Trying hard", "2 minutes") in rows
    assert ("Not sure", "less than 1 minute") in rows


def test_without_a_step_there_is_no_line(client_for, mia, sitting):
    page = page_of(client_for(mia))
    assert "Mostly" not in page
    assert "How do you know this?" not in page


def test_it_is_private(client_for, noah, tried):
    assert "Mostly" not in page_of(client_for(noah))


def test_it_is_gone_after_a_withdrawal(client_for, mia, tried, now):
    erasure.withdraw(mia.code, ["activity:adapt"], now=now)
    assert "Mostly" not in page_of(client_for(mia))


def test_it_is_not_read_after_the_consent_expired(client_for, mia, tried, now):
    Grant.objects.filter(learner=mia, scope="pointer:adapt").update(
        granted_at=now - timedelta(days=2), expires_at=now - timedelta(days=1)
    )
    assert BehaviourEstimate.objects.exists()
    assert "Mostly" not in page_of(client_for(mia))


def test_a_late_step_is_not_told(client_for, mia, tried):
    BehaviourEstimate.objects.update(status="late")
    assert "Mostly" not in page_of(client_for(mia))


def test_a_disputed_one_has_no_words_and_can_be_restored_within_ten_minutes(
    client_for, mia, tried, now
):
    client = client_for(mia)

    page = say(client, tried).content.decode()
    assert LINE not in page
    assert "The estimate no longer counts anywhere." in page
    assert not BehaviourEstimate.objects.filter(status="live").exists()

    assert LINE in say(client, tried, undo=1).content.decode()

    say(client, tried)
    DisputedSitting.objects.update(made_at=now - timedelta(minutes=11))
    page = say(client, tried, undo=1).content.decode()
    assert LINE not in page
    assert "Undo" not in page


def test_nobody_else_can_dispute_it(client_for, noah, tried):
    assert say(client_for(noah), tried).status_code == 404
    assert not DisputedSitting.objects.exists()


def test_a_broken_request_is_refused(client_for, mia):
    assert client_for(mia).post("/journey/behaviour/", {"sitting": "x"}).status_code == 400
