"""The storage measurement measures what is stored, and a year of it is erased whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from attune_client.blocks import HEAD, encode_block
from consent.legal_profiles import profiles
from telemetry.blocks import partitions
from telemetry.models import Block
from tools.loadtest.storage import disk_usage, fixtures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unit_and_people(settings):
    """A unit, and two simulated people who grant."""
    settings.LEGAL_PROFILE = "demo"
    assert profiles.current() is not None
    now = timezone.now()
    unit, people = fixtures.make_people(2, now=now)
    partitions.open_days()
    yield unit, people, now
    # Partitions are not emptied after a test as tables are.
    partitions.drop_before(now.date() - timedelta(days=1))


def test_simulated_rows_have_every_stream_and_a_pulse_of_128_hz():
    cuts = list(fixtures._cuts(fixtures.simulate_rows(0, 20)))
    assert {cut.stream for cut in cuts} == set(fixtures.STREAMS)
    pulse = [cut for cut in cuts if cut.stream == "ppg"]
    sizes = {len(encode_block(cut, epoch=1, seq=0)) - HEAD.size for cut in pulse}
    assert {(len(cut.values), cut.rate_hz) for cut in pulse} == {(128, 128.0)}
    assert sizes == {256}


def test_compacted_data_take_fewer_rows_and_less_space(unit_and_people):
    unit, people, now = unit_and_people
    came, packed, anew = disk_usage.measure_space(people[:1], unit, 120, now=now)
    assert [row["what"] for row in (came, packed, anew)] == ["as it came", "packed", "written anew"]
    assert came["rows"] > 30 * 300
    assert packed["rows"] == anew["rows"] == 30 * len(fixtures.STREAMS)
    assert packed["face_mb"] < came["face_mb"] / 3
    assert anew["mb_a_learner_hour"] < came["mb_a_learner_hour"] / 2


def test_some_days_are_read_erased_and_dropped(unit_and_people):
    unit, (one, other), now = unit_and_people
    found = list(
        disk_usage.measure_year(one, other, unit, 3, fixtures.simulate_rows(0, 30), now=now)
    )
    assert [row["what"] for row in found] == [
        "read a Window", "read a Window", "erase a learner", "drop what expired",
    ]  # fmt: skip
    erased = found[2]
    assert erased["rows"] == 3 * len(fixtures.STREAMS)
    assert erased["keys"] == len(fixtures.STREAMS)
    assert 0 <= erased["unreadable_s"] <= erased["rows_gone_s"]
    assert set(Block.objects.values_list("learner", flat=True)) == {other.pk}


def test_a_year_has_one_key_per_week(unit_and_people):
    unit, (one, other), now = unit_and_people
    found = list(
        disk_usage.measure_year(one, other, unit, 15, fixtures.simulate_rows(0, 5), now=now)
    )
    assert found[2]["keys"] == 2 * len(fixtures.STREAMS)
