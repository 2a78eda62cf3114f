"""The lesson map: which part most needs work and why, and what it holds back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Completion
from estimates.models import Cell, Publication
from teaching.lessons import part_texts
from teaching.lessons.lesson_list import find_lesson, list_lessons
from teaching.lessons.lesson_map import load_lesson_map
from telemetry.models import Event, Sitting
from tests.fixtures import class_activity, factories
from tests.platform.teaching.conftest import TEN, sit, tell

pytestmark = pytest.mark.django_db
LESSONS = "/teach/algebra/lessons/"


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


@pytest.fixture
def lesson(video, quiz):
    """Five chapters of 20 s, then a quiz of three questions."""
    titles = ("Begin", "Find the pair", "Signs", "Solve", "Recap")
    video.video.chapters = [
        {"start": 20 * at, "end": 20 * at + 20, "title": title} for at, title in enumerate(titles)
    ]
    video.video.save(update_fields=["chapters"])
    cues = [{"start": 20.0, "end": 30.0, "text": "Look for two numbers."}]
    video.video.captions.update(cues=cues)
    return video


@pytest.fixture
def class_(course, lesson):
    """40 learners: 28 replayed "Find the pair", where 16 were stuck; 5 replayed each other part."""
    people = class_activity.class_of(course, 40, now=TEN)
    class_activity.watch(people[:16], lesson, at=TEN, back=(22, 38), stuck_at=30)
    class_activity.watch(people[16:28], lesson, at=TEN, back=(23, 39))
    for at, begin in enumerate((2, 42)):
        some = people[28 + 5 * at : 33 + 5 * at]
        class_activity.watch(some, lesson, at=TEN, back=(begin, begin + 15))
    class_activity.watch(people[38:], lesson, at=TEN)
    return people


def text_of(response) -> str:
    assert response.status_code == 200
    text = re.sub(r"<(style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def page(teacher, unit, **query) -> str:
    return text_of(teacher.get(f"{LESSONS}{unit.code}/", query))


def test_a_lesson_is_a_video_with_the_next_quiz(course, video, quiz):
    factories.make_video_unit(course)
    factories.make_unit(course, kind="reading")
    alone = factories.make_quiz_unit(course)
    other = factories.make_quiz_unit(course)

    found = [(lesson.number, lesson.video, lesson.quiz) for lesson in list_lessons(course)]

    assert found[0] == (1, video, quiz)
    assert found[1][2] == alone
    assert found[2] == (3, None, other)


def test_the_hardest_part_is_named_with_its_range_what_is_usual_and_n(teacher, lesson, class_):
    said = page(teacher, lesson)

    assert "Work on this part first “Find the pair” (0:20–0:40) was harder than usual" in said
    assert re.search(r"Replayed by \d+–\d+ of 100 learners\. Usual here is \d+–\d+\.", said)
    assert "80% interval, n = 40." in said
    assert "28 of 40 learners replayed it" in said
    assert "16 of 40 learners pressed “I\u2019m stuck”" in said
    assert "It describes the lesson. It does not rate any person or your teaching." in said


def test_a_count_below_the_floor_reads_as_usual(teacher, course, lesson):
    """Four replayed a chapter and were stuck: the page is the same as if nobody did."""
    people = class_activity.class_of(course, 20, now=TEN)
    class_activity.watch(people, lesson, at=TEN)
    quiet = page(teacher, lesson)
    Event.objects.all().delete()
    Sitting.objects.all().delete()
    Completion.objects.all().delete()
    class_activity.watch(people[:4], lesson, at=TEN, back=(22, 38), stuck_at=30)
    class_activity.watch(people[4:], lesson, at=TEN)

    said = page(teacher, lesson)

    assert "No difference seen between the parts of this lesson" in quiet
    assert said == quiet
    assert "Look for two numbers. replayed by &lt;5 people" in said


def test_no_count_exceeds_the_people_it_is_of(teacher, lesson, quiz):
    """25 jumped back across a chapter that 20 watched; 16 were stuck on a question that 6 tried."""
    people = class_activity.class_of(lesson.course, 25, now=TEN)
    class_activity.watch(people[:20], lesson, at=TEN, back=(22, 38))
    class_activity.watch(people[20:], lesson, at=TEN, until=20, back=(22, 38))
    for question in quiz.questions.filter(position__isnull=False):
        class_activity.answer(
            people[:6], question, at=TEN, given=lambda _, right=question.answer: right
        )
    first, later = quiz.questions.get(position=1), TEN + timedelta(seconds=10)
    for place, person in enumerate(people[:20]):
        sitting = sit(person, quiz, TEN)
        if place < 16:
            tell(sitting, "stuck", later)
            tell(sitting, "hint", later, 1.0, first.code)
    found = load_lesson_map(lesson.course, find_lesson(lesson.course, lesson.code), now=TEN)
    said = {
        (part.title, line.title): line.text
        for part in found.parts
        for line in part_texts.list_evidence(found, part)
    }

    assert said["Find the pair", "Replayed"] == "20 of 20 learners replayed it"
    assert (
        said["Quiz question 1", "“I\u2019m stuck”"] == "16 of 20 learners pressed “I\u2019m stuck”"
    )


def test_too_few_people_is_said_and_nothing_is_drawn(teacher, lesson):
    response = teacher.get(f"{LESSONS}{lesson.code}/")

    assert "Too few people" in text_of(response)
    assert '<svg class="chart map"' not in response.content.decode()


@pytest.mark.parametrize(("helped", "words"), [(0, "Add a hint"), (20, "Edit this question")])
def test_the_map_offers_the_change_that_today_suggests(
    teacher, course, lesson, quiz, helped, words
):
    """Where a hint was used by more than usual, another hint would not help."""
    at = timezone.now() - timedelta(hours=20)
    people = class_activity.class_of(course, 30, now=at)
    class_activity.watch(people, lesson, at=at)
    for number, question in enumerate(quiz.questions.filter(position__isnull=False), 1):
        wrong = 24 if number == 2 else 6
        for some, hints in ((people[:helped], number == 2), (people[helped:], 0)):
            class_activity.answer(
                some, question, at=at, hints=int(hints),
                given=lambda n, wrong=wrong, some=some, right=question.answer: (
                    "77" if people.index(some[n]) < wrong else right
                ),
            )  # fmt: skip
    for path in (f"{LESSONS}{quiz.code}/", "/teach/algebra/"):
        response = teacher.get(path)
        assert response.status_code == 200
        assert words in response.content.decode(), path


def test_a_hard_question_shows_its_most_frequent_wrong_answer(teacher, course, lesson, quiz):
    people = class_activity.class_of(course, 30, now=TEN)
    class_activity.watch(people, lesson, at=TEN)
    for number, question in enumerate(quiz.questions.filter(position__isnull=False), 1):
        wrong = 24 if number == 2 else 6
        class_activity.answer(
            people, question, at=TEN,
            given=lambda at, wrong=wrong, right=question.answer: "77" if at < wrong else right,
        )  # fmt: skip

    said = page(teacher, quiz)

    assert "Quiz question 2 was harder than usual" in said
    assert "24 of 30 learners were wrong at the first try" in said
    assert "24 learners gave the same wrong answer: 77" in said
    assert "the same wrong answer" not in page(teacher, quiz, part="c0")


@pytest.fixture
def confusing_chapter(course, lesson):
    """Eight published quarters, in which "Find the pair" confused more than the other chapters."""
    for quarter in range(8):
        made = Publication.objects.create(
            course=course, quarter=TEN - timedelta(hours=quarter + 1), at=TEN
        )
        for chapter, share in enumerate((15, 60, 15, 15, 15)):
            Cell.objects.create(
                publication=made, unit=lesson, chapter=chapter, at=TEN, floor=5, n=60,
                labels=["CONFUSION"], shares=[share], unsure=5,
            )  # fmt: skip


def test_estimates_are_beside_the_order_and_marked_where_they_differ(
    teacher, lesson, class_, confusing_chapter
):
    said = page(teacher, lesson)

    assert re.search(r"Confusion, estimated \d+–\d+% of the time, n = 60–\d+", said)
    assert "Whether estimates add anything has not been shown on this site" in said


def test_a_profile_without_class_summaries_shows_deeds_and_reports_alone(
    client_for, ines, lesson, class_, confusing_chapter, settings
):
    settings.LEGAL_PROFILE = "eu_education"

    said = page(client_for(ines), lesson)

    assert "“Find the pair” (0:20–0:40) was harder than usual" in said
    assert "estimated" not in said
    assert "Everything here comes from what learners did and said." in said


def test_the_file_has_the_same_figures(teacher, lesson, class_):
    rows = teacher.get(f"{LESSONS}{lesson.code}/?as=csv").content.decode().splitlines()

    assert rows[1].startswith('"Find the pair","0:20–0:40",')
    assert rows[1].endswith('"1","1","1","40"')
    assert '"Quiz question 1","1","too few people"' in rows


def test_a_unit_of_another_course_is_not_found(teacher, lesson):
    other = factories.make_video_unit(factories.make_course("other"))

    assert teacher.get(f"{LESSONS}{other.code}/").status_code == 404


def test_the_list_marks_the_lesson_that_most_opened_this_week(teacher, course, lesson):
    people = class_activity.class_of(course, 6, now=timezone.now())
    class_activity.watch(people, lesson, at=timezone.now() - timedelta(days=1))

    assert "opened most this week" in text_of(teacher.get(LESSONS))


def test_one_learner_does_not_decide_which_lesson_is_marked(teacher, course, lesson):
    people = class_activity.class_of(course, 6, now=timezone.now())
    class_activity.watch(people[:1], lesson, at=timezone.now() - timedelta(days=1))

    assert "opened by most learners this week" not in text_of(teacher.get(LESSONS))
