"""What stays the same when a Teacher's page is in another language: drawings, files and drafts."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from interventions.signals import SIGNALS
from teaching.class_picture.published_summary import EstimatedRange
from teaching.effects import interval_chart
from teaching.rules.sentence_builder import SIGNAL_TEXTS
from teaching.videos.time_bins import SpanCounts, TimeSpan
from teaching.videos.timeline_svg import ChapterPart, ChartInput, draw_timeline
from tests.fixtures import class_activity
from tests.platform.teaching.conftest import TEN
from tests.platform.teaching.rules.studio_forms import R2, R2_FIELDS, post

GERMAN = {"accept-language": "de"}
PLACES = re.compile(r'\b(?:x|y|width|height|d|cx|cy|value|data-\w+)="([^"]*)"')


def draw_chart():
    """Draw a video with two chapters, activity and estimates, at fractional positions."""
    count = SpanCounts(watched=7, back_people=5, back=9, paused=3, stuck=6)
    first, second = TimeSpan(0, 33.3), TimeSpan(33.3, 100)
    guess = EstimatedRange("range", low=15, high=45, pictures=2, n=5)
    parts = [
        ChapterPart("One", first, count, True, guess),
        ChapterPart("Two", second, count, False, None),
    ]
    return draw_timeline(
        ChartInput(100, [(first, count), (second, count)], [TimeSpan(90, 97.7)], parts, first)
    )


@pytest.mark.parametrize(
    ("page", "context"),
    [
        ("teaching/_timeline.html", {"chart": draw_chart()}),
        (
            "teaching/_effect_band.html",
            {"c": interval_chart.draw_interval(-3.3, 17.7), "so_far": True},
        ),
    ],
)
def test_a_drawing_has_no_decimal_commas(page, context):
    with translation.override("de"):
        html = render_to_string(page, context)

    places = PLACES.findall(html)
    assert any("." in place for place in places)
    assert not [place for place in places if "," in place]


def test_each_signal_of_a_rule_has_its_words_in_the_sentence():
    assert set(SIGNAL_TEXTS) == set(SIGNALS)


@pytest.mark.django_db
def test_a_share_is_sent_back_as_a_number(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    teacher = client_for(ines)
    post(teacher, R2, "half", **R2_FIELDS, dwell="30")

    html = teacher.get(R2, headers=GERMAN).content.decode()

    assert '<input type="hidden" name="share" value="0.5">' in html


@pytest.mark.django_db
def test_the_name_of_the_course_says_that_it_is_in_another_language(client_for, course, ines):
    teacher = client_for(ines)
    marked = f'<p><span lang="en" dir="auto">{course.title}</span></p>'

    assert marked in teacher.get("/teach/algebra/units/", headers=GERMAN).content.decode()
    assert f"<p>{course.title}</p>" in teacher.get("/teach/algebra/units/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["grades/", "items/", "topics/"])
def test_a_file_is_the_same_in_every_language(client_for, course, quiz, ines, settings, page):
    settings.LEGAL_PROFILE = "demo"
    people = class_activity.class_of(course, 6, now=TEN)
    question = quiz.questions.get(position=1)
    class_activity.answer(people, question, at=TEN, given=lambda at: "5" if at < 3 else "998")
    teacher = client_for(ines)

    files = [
        teacher.get(f"/teach/algebra/{page}?as=csv", headers={"accept-language": name}).content
        for name in ("en", "de")
    ]

    assert files[0] == files[1] != b""
