"""The playhead query agrees with `telemetry.video_position`, which walks one Sitting at a time."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses import completion
from teaching.videos.engagement_stats import load_records
from teaching.videos.time_bins import TimeSpan, count_spans, split_video
from telemetry.models import Event
from telemetry.video_position import second_of, stretches_gone_back_over
from tests.platform.teaching.conftest import TEN, sit, tell

pytestmark = pytest.mark.django_db


def do(sitting, *acts):
    """Store events: (second of the Sitting, name, value) each."""
    for at, name, value in acts:
        tell(sitting, name, TEN + timedelta(seconds=at), value)


def test_going_back_covers_what_lies_between(video, mia):
    do(sit(mia, video, TEN), (1, "play", 0.0), (31, "seek", -12.0), (43, "pause", 30.0))

    found = load_records(video, [mia.pk])

    (back,) = [act for act in found.acts if act.name == "back"]
    assert (back.learner, back.begin, back.end) == (mia.pk, 18.0, 30.0)
    counted = count_spans(found, split_video(100), [])
    assert [place for place, count in enumerate(counted) if count.back] == [3, 4, 5]
    assert [place for place, count in enumerate(counted) if count.paused] == [6]


def test_one_person_who_goes_back_twice_counts_as_one_person_and_two_times(video, mia):
    do(
        sit(mia, video, TEN),
        (1, "play", 0.0), (31, "seek", -12.0), (43, "seek", -12.0), (50, "stuck", None),
        (51, "stuck", None),
    )  # fmt: skip

    (whole,) = count_spans(load_records(video, [mia.pk]), [TimeSpan(0, 100)], [])

    assert (whole.back_people, whole.back, whole.stuck) == (1, 2, 1)


def test_a_forward_seek_does_not_count_as_replay(video, mia):
    do(sit(mia, video, TEN), (1, "play", 0.0), (5, "seek", 40.0))

    assert load_records(video, [mia.pk]).acts == []


def test_the_speed_counts_and_a_pause_stops_the_head(video, mia):
    do(
        sit(mia, video, TEN),
        (0, "play", 0.0), (10, "rate", 2.0), (20, "pause", 30.0), (50, "seek", -5.0),
    )  # fmt: skip

    back = load_records(video, [mia.pk]).acts[-1]

    assert (back.begin, back.end) == (25.0, 30.0)


def test_pauses_made_by_the_page_are_left_out(video, mia):
    do(sit(mia, video, TEN), (0, "play", 0.0), (20, "pause", 20.0), (70, "pause", 70.6))

    counted = count_spans(load_records(video, [mia.pk]), split_video(100), [70.0, 100.0])

    assert [place for place, count in enumerate(counted) if count.paused] == [4]


def test_watching_is_counted_once_a_person(video, mia, noah):
    completion.record_watched(mia, video, [(0, 12), (40, 41)], resume_s=41, now=TEN)
    completion.record_watched(mia, video, [(0, 12)], resume_s=41, now=TEN)
    completion.record_watched(noah, video, [(10, 20)], resume_s=20, now=TEN)

    counted = count_spans(load_records(video, [mia.pk, noah.pk]), split_video(100), [])

    assert [count.watched for count in counted[:9]] == [1, 1, 2, 1, 0, 0, 0, 0, 1]


def test_only_the_requested_learners_are_counted(video, mia, noah):
    for person in (mia, noah):
        do(sit(person, video, TEN), (1, "play", 0.0), (31, "stuck", None))

    found = load_records(video, [noah.pk])

    assert [act.learner for act in found.acts] == [noah.pk]
    (whole,) = count_spans(found, [TimeSpan(0, 100)], [])
    assert whole.stuck == 1


@pytest.mark.parametrize("seed", range(12))
def test_it_agrees_with_the_walk_over_events(video, mia, seed):
    rng = random.Random(seed)
    sitting, at = sit(mia, video, TEN), 0.0
    for _ in range(40):
        at += rng.choice((0.0, 0.4, 3.0, 11.0))
        name = rng.choice(("play", "pause", "seek", "rate", "ended", "stuck", "visibility"))
        value = {"seek": rng.uniform(-30, 30), "rate": rng.choice((0.5, 1.0, 2.0))}.get(
            name, rng.uniform(0, 100)
        )
        do(sitting, (at, name, None if name == "stuck" else value))
    events = list(Event.objects.filter(sitting=sitting).order_by("t", "at", "id"))
    told = load_records(video, [mia.pk]).acts

    at_points = [
        second_of(events[: place + 1], event.t)
        for place, event in enumerate(events)
        if event.name in ("pause", "stuck")
    ]
    gone = [second for pair in stretches_gone_back_over(events, -1) for second in pair]
    assert points(told) == pytest.approx([cut(at) for at in at_points if at is not None])
    assert ends(told) == pytest.approx([cut(at) for at in gone])


def points(told):
    return [act.begin for act in told if act.name != "back"]


def ends(told):
    return [second for act in told if act.name == "back" for second in (act.begin, act.end)]


def cut(second):
    return min(99.99, max(0.0, second))


def test_three_queries_whatever_the_class(video, people):
    persons = people(6)
    for person in persons:
        do(sit(person, video, TEN), (1, "play", 0.0), (31, "seek", -12.0))
        completion.record_watched(person, video, [(0, 12)], resume_s=1, now=TEN)

    def asked(who):
        with CaptureQueriesContext(connection) as queries:
            found = load_records(video, [person.pk for person in who])
            assert len(found.watched) == len(who)
        return len(queries)

    assert asked(persons[:1]) == asked(persons) == 3
