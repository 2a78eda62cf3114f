"""The wearable's estimates on the journey: ranges at their own time, or not sure."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from estimates.models import AffectEstimate
from learner.journey.views import build_journey
from privacy.erasure import erasure
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.models.estimates import make_predictor_row, store_estimate

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HEADING = "From your wearable"
CELLS = r"<time datetime=\"([^\"]+)\">[^<]+</time></th><td class=\"r\">([^<]+)<"


@pytest.fixture
def now():
    """Noon of yesterday: the page reads the clock, and no Window is of the next day or to come."""
    return (timezone.now() - DAY).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def sitting(mia, allow, now):
    allow(mia, "eda:adapt", "pointer:adapt", now=now)
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


def line_of(client):
    page = client.get("/journey/").content.decode()
    return page[page.index(HEADING) : page.index("Show as a table", page.index(HEADING)) + 3000]


def rows(text):
    """Return the rows of the table as (time, text)."""
    return re.findall(CELLS, text)


def test_each_half_minute_is_a_range_or_not_sure_at_its_own_time(client_for, mia, sitting, now):
    arousal = make_predictor_row("arousal", "d", origin="people")
    store_estimate(sitting, 71, arousal, now, streams=("eda",), AROUSAL=0.3)
    store_estimate(sitting, 77, arousal, now, streams=("eda",))

    text = line_of(client_for(mia))

    told = rows(text)
    assert [said for _, said in told] == ["20–40%", "not sure"]
    first = sitting.began_at + timedelta(seconds=360)
    assert told[0][0].startswith(f"{first:%Y-%m-%dT%H:%M:%S}")
    assert "1 of 2 half-minutes have an estimate" in text
    assert 'fill="url(#we-dots)"' in text


def test_a_late_recording_is_shown_and_a_corrected_estimate_is_not(client_for, mia, sitting, now):
    arousal = make_predictor_row("arousal", "d", origin="people")
    for cut in (71, 77):
        store_estimate(sitting, cut, arousal, now, streams=("eda",), AROUSAL=0.3)
    AffectEstimate.objects.filter(cut=71).update(status="late")
    AffectEstimate.objects.filter(cut=77).update(status="disputed")
    assert len(rows(line_of(client_for(mia)))) == 1


def test_without_a_wearable_there_is_no_line_and_no_empty_chart(client_for, mia, sitting, now):
    store_estimate(sitting, 3, make_predictor_row("affect", "a"), now, CONFUSION=0.6)
    assert HEADING not in client_for(mia).get("/journey/").content.decode()


def test_it_disappears_on_withdrawal_and_is_private(client_for, mia, noah, sitting, now):
    store_estimate(
        sitting, 71, make_predictor_row("arousal", "d"), now, streams=("eda",), AROUSAL=0.3
    )
    assert HEADING in client_for(mia).get("/journey/").content.decode()
    assert HEADING not in client_for(noah).get("/journey/").content.decode()
    erasure.withdraw(mia.code, ["eda:adapt"], now=timezone.now())
    assert HEADING not in client_for(mia).get("/journey/").content.decode()


def test_a_sitting_over_midnight_shows_each_half_minute_on_its_own_day(mia, allow, now):
    evening, noon = now.replace(hour=23, minute=57), now + DAY
    allow(mia, "eda:adapt", now=now)
    unit = factories.make_unit()
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=evening)
    model = make_predictor_row("arousal", "d")
    for cut in (29, 71):
        store_estimate(sitting, cut, model, evening, streams=("eda",), AROUSAL=0.3)
    sittings.touch(sitting.id, evening + timedelta(minutes=7))

    today = build_journey(mia, now=noon)
    before = build_journey(mia, now=noon, wanted=now.date())

    assert [day for day, _ in today.days] == [noon.date(), now.date()]
    assert [f"{row.at:%H:%M:%S}" for row in today.wearable.rows] == ["00:03:00"]
    assert [f"{row.at:%H:%M:%S}" for row in before.wearable.rows] == ["23:59:30"]
    assert [(f"{item.at:%H:%M}", item.text) for item in today.items] == [("00:00", "Still open")]
    assert [(f"{item.at:%H:%M}", item.text) for item in before.items] == [("23:57", "Opened")]
