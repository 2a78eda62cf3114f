"""What raters see beside the lines: deeds and questions of those seconds, and nothing written."""

from __future__ import annotations

import uuid
from datetime import timedelta
from random import Random

import pytest
from django.urls import reverse

from consent.permits import gate
from courses.answers import responses
from estimates.inference.context_inputs import COURSE, ContextRequest
from research.labels import course_strip, signal_plots
from research.labels.time_axis import WIDTH, TimeAxis
from telemetry import events
from telemetry.models import Sitting
from tests.fixtures import factories

pytestmark = pytest.mark.django_db

WRITTEN = "the learner's own words"


@pytest.fixture
def sitting(task, mia):
    return Sitting.objects.select_related("learner").get(learner=mia)


def act(sitting, t, name, value=None):
    at = sitting.began_at + timedelta(seconds=t)
    events.store(sitting, uuid.uuid4(), t, name, value, None, at)


def answer(sitting, t, *, given, took=4.0, **fields):
    question = factories.make_question(
        factories.make_unit(sitting.unit.course, kind="quiz"), **fields
    )
    return responses.record(
        learner=sitting.learner,
        question=question,
        given=given,
        sitting=sitting.id,
        hints_used=0,
        elapsed_ms=round(took * 1000),
        draw=None,
        now=sitting.began_at + timedelta(seconds=t),
    )


def load(sitting, t0, t1, now, scopes=(COURSE,)):
    permits = gate.permits(sitting.learner.code, scopes, now=now).granted
    return course_strip.load_strip(ContextRequest(sitting, permits, t0, t1), TimeAxis(t0, t1))


def test_each_deed_of_the_span_is_marked_once_where_it_was(sitting, now):
    rng = Random(4)
    deeds = [
        (
            round(rng.uniform(0, 60), 2),
            *rng.choice([("pause", None), ("seek", -9.0), ("hint", 1.0)]),
        )
        for _ in range(40)
    ]
    for each in deeds:
        act(sitting, *each)
    names = {"pause": "Video paused", "seek": "Video rewound", "hint": "Hint opened"}
    for t0, t1 in ((0, 15), (5, 35), (20, 60)):
        expected = {
            (names[name], round((t - t0) / (t1 - t0) * WIDTH, 1))
            for t, name, _ in deeds
            if t0 <= t < t1
        }
        rows = load(sitting, t0, t1, now).deeds
        assert {(row.name, place) for row in rows for place in row.places} == expected
        assert sum(len(row.seconds) for row in rows) == sum(t0 <= t < t1 for t, *_ in deeds)


def test_an_answer_is_right_or_wrong_and_its_question_was_on_screen_before(sitting, now):
    answer(sitting, 12, given="5", took=4)
    answer(sitting, 14, given="7", took=1, linear="What is 2 + 2?")
    strip = load(sitting, 10, 20, now)
    assert [(row.name, row.seconds) for row in strip.deeds] == [
        ("Answered correctly", (2.0,)),
        ("Answered incorrectly", (4.0,)),
    ]
    first, second = strip.questions
    assert (first.text, first.begin, first.width) == ("Solve x + 9 = 14. What is x?", 0, 128)
    assert (second.text, second.begin, second.width) == ("What is 2 + 2?", 192, 64)


def test_a_question_answered_later_is_on_screen_already_and_an_earlier_one_no_more(sitting, now):
    answer(sitting, 9, given="5", took=4, linear="Before")
    answer(sitting, 50, given="5", took=35, linear="During")
    answer(sitting, 90, given="5", took=5, linear="After")
    strip = load(sitting, 10, 20, now)
    assert [row.text for row in strip.questions] == ["During"]
    assert strip.deeds == ()


def test_without_a_permit_for_the_course_nothing_is_read(sitting, mia, noah, now):
    act(sitting, 12, "pause")
    answer(sitting, 12, given="5")
    assert load(sitting, 0, 30, now, scopes=("pointer:adapt",)) == course_strip.CourseStrip((), ())
    other = gate.permits(noah.code, [COURSE], now=now).granted
    request = ContextRequest(sitting, other, 0, 30)
    assert course_strip.load_strip(request, TimeAxis(0, 30)).deeds == ()


def test_the_moment_shows_deeds_and_question_but_nothing_written(client_for, task, ravi, sitting):
    item = task.items.order_by("cut").last()
    answer(sitting, 22, given=WRITTEN, kind="text", answer="no")
    act(sitting, 21, "pause")
    page = client_for(ravi).get(reverse("research:label-item", args=[item.id])).content.decode()
    main = page.split("<main", 1)[1].split("</main>")[0]
    assert "Video paused" in main
    assert "Answered incorrectly" in main
    assert "Solve x + 9 = 14. What is x?" in main
    assert WRITTEN not in main
    assert sitting.unit.title not in main


def test_a_moment_without_deeds_says_so(client_for, task, ravi):
    item = task.items.first()
    page = client_for(ravi).get(reverse("research:label-item", args=[item.id])).content.decode()
    assert "Nothing was paused, rewound, answered or opened" in page
    assert "The page</h2>" not in page


def test_a_withdrawal_hides_the_strip_with_the_lines(task, ravi, sitting, mia, now):
    from consent.permits.errors import Refused
    from privacy.erasure import erasure

    item = task.items.select_related("learner", "sitting__learner", "task").first()
    act(sitting, 12, "pause")
    erasure.withdraw(mia.code, ["pointer:research"], now=now)
    with pytest.raises(Refused):
        signal_plots.open_moment(item, ravi, now=now)
