from __future__ import annotations

import math
import uuid
from datetime import timedelta

import pytest

from telemetry import events, sittings
from telemetry.models import Event
from tests.fixtures.factories import NOW, make_unit, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=30)


@pytest.fixture
def sitting():
    return sittings.open(make_user(), make_unit(), scenario="course", page=uuid.uuid4(), now=NOW)


def test_an_event_is_stored_once_however_often_it_is_sent(sitting):
    code, question = uuid.uuid4(), uuid.uuid4()
    for _ in range(2):
        events.store(sitting, code, 3.5, "answer", 1.0, question, LATER)
    (kept,) = Event.objects.all()
    assert (kept.sitting, kept.t, kept.name, kept.value, kept.ref, kept.at) == (
        sitting, 3.5, "answer", 1.0, question, LATER,
    )  # fmt: skip


def test_an_id_of_another_sitting_is_not_taken_over(sitting):
    other = sittings.open(make_user(), make_unit(), scenario="course", page=uuid.uuid4(), now=NOW)
    code = uuid.uuid4()
    events.store(other, code, 1.0, "play", None, None, LATER)
    with pytest.raises(events.BadEvent, match="taken"):
        events.store(sitting, code, 1.0, "play", None, None, LATER)


@pytest.mark.parametrize(
    ("t", "name", "value"),
    [
        (1.0, "typed: hello", None),
        (-0.1, "play", None),
        (36.0, "play", None),
        (math.nan, "play", None),
        (1.0, "seek", math.inf),
    ],
)
def test_an_invalid_event_is_refused(sitting, t, name, value):
    with pytest.raises(events.BadEvent, match="expected"):
        events.store(sitting, uuid.uuid4(), t, name, value, None, LATER)
    assert not Event.objects.exists()


def test_an_event_may_come_from_an_outbox_long_after_it_happened(sitting):
    events.store(sitting, uuid.uuid4(), 2.0, "pause", None, None, NOW + timedelta(minutes=20))
    assert Event.objects.get().t == 2.0


def test_an_invalid_event_does_not_affect_the_others(sitting, django_assert_num_queries):
    other = sittings.open(make_user(), make_unit(), scenario="course", page=uuid.uuid4(), now=NOW)
    mine, theirs, wrong = (uuid.uuid4() for _ in range(3))
    told = [
        events.SittingEvent(sitting, mine, 1.0, "play", None, None),
        events.SittingEvent(other, theirs, 2.0, "seek", -5.0, None),
        events.SittingEvent(other, mine, 1.0, "play", None, None),
        events.SittingEvent(sitting, wrong, 1.0, "no word", None, None),
    ]
    with django_assert_num_queries(1):
        fates = events.store_each(told, LATER)
    assert [str(fate)[:16] for fate in fates] == [
        "None", "None", "expected an id o", "expected a name ",
    ]  # fmt: skip
    kept = Event.objects.order_by("t").values_list("id", "sitting_id", "value")
    assert list(kept) == [(mine, sitting.id, None), (theirs, other.id, -5.0)]
