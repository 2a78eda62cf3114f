"""A Teacher's pages for 500 Learners after a year of the course, on a quiet machine."""

from __future__ import annotations

import gc
import time
import uuid
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses.models import Completion, Response
from estimates.models import Cell, Publication
from messaging.models import Conversation
from teaching.models import Handled
from telemetry.models import Event, Sitting
from tests.fixtures import class_activity, factories
from tests.fixtures.messages import write_message

pytestmark = [pytest.mark.django_db, pytest.mark.long]
LEARNERS, AT_WORK, LESSONS, BATCH = 500, 50, 20, 20_000
A_YEAR = timedelta(days=365)
# What one Learner did in one video: it was played, replayed twice and paused; some were stuck.
TAPE = (
    (0.0, "play", 0.0), (30.0, "pause", 30.0), (31.0, "seek", -20.0), (32.0, "play", 10.0),
    (60.0, "pause", 38.0), (61.0, "play", 38.0), (90.0, "seek", -15.0), (95.0, "play", 50.0),
)  # fmt: skip
MAIN = ("", "queue/", "week/", "lessons/", "messages/", "effects/", "board/", "items/", "topics/")
MOST_S, ROUNDS = 0.2, 5


def store(rows):
    """Store rows of one model, and return them."""
    rows = list(rows)
    for first in range(0, len(rows), BATCH):
        rows[0]._meta.model.objects.bulk_create(rows[first : first + BATCH])
    return rows


def sat(people, units, now):
    """Each opened each unit once, within a week of the others; some are at work just now."""
    step = A_YEAR / len(units)
    for (place, unit), (number, person) in product(enumerate(reversed(units)), enumerate(people)):
        at = now - place * step - timedelta(minutes=40) - waited(number)
        yield Sitting(
            id=uuid.uuid4(), learner=person, unit=unit, page=uuid.uuid4(), began_at=at,
            active_at=at, ended_at=at + timedelta(minutes=30),
        )  # fmt: skip


def waited(number):
    """Return how much later than the first the Learner at this place opens a unit."""
    return number // AT_WORK * timedelta(days=6) / (LEARNERS // AT_WORK)


def events_in(sitting, is_stuck):
    for t, name, value in (*TAPE, *([(96.0, "stuck", None)] if is_stuck else [])):
        yield Event(
            id=uuid.uuid4(), sitting=sitting, t=t, name=name, value=value,
            at=sitting.began_at + timedelta(seconds=t),
        )  # fmt: skip


def answers_of(sitting, questions, place):
    for number, question in enumerate(questions):
        yield Response(
            learner=sitting.learner, question=question, given_sealed=b"\x01",
            correct=(place + number) % 3 > 0, elapsed_ms=9000, sitting=sitting.id,
            answered_at=sitting.began_at + timedelta(minutes=number),
        )  # fmt: skip


def cells_of(course, videos, now):
    """Four published quarters a week, each with the cells of one video."""
    for number in range(4 * 52):
        quarter = now - timedelta(days=1.75 * number + 1)
        made = Publication.objects.create(course=course, quarter=quarter, at=quarter)
        for chapter in range(2):
            yield Cell(
                publication=made, unit=videos[number % len(videos)], chapter=chapter, at=quarter,
                floor=5, n=60, labels=["CONFUSION"], shares=[20], unsure=5,
            )  # fmt: skip


@pytest.fixture
def year(course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    now = timezone.now()
    units = [
        unit
        for _ in range(LESSONS)
        for unit in (factories.make_video_unit(course), factories.make_quiz_unit(course))
    ]
    videos = units[::2]
    people = class_activity.class_of(course, LEARNERS, now=now - A_YEAR, since=now - A_YEAR)
    sittings = store(sat(people, units, now))
    watched = [each for each in sittings if each.unit.kind == "video"]
    store(event for at, each in enumerate(watched) for event in events_in(each, at % 10 == 0))
    questions = {unit: list(unit.questions.filter(position__isnull=False)) for unit in units[1::2]}
    *earlier, latest = units[1::2]
    tried = [each for each in sittings if each.unit in earlier]
    store(
        response
        for place, each in enumerate(tried)
        for response in answers_of(each, questions[each.unit], place)
    )
    # The map of a lesson opens the answers to one question.
    for question, number in product(questions[latest], range(0, LEARNERS, AT_WORK)):
        class_activity.answer(
            people[number : number + AT_WORK], question, given=lambda at: "5" if at % 3 else "7",
            at=now - timedelta(minutes=20) - waited(number),
        )  # fmt: skip
    store(
        Completion(
            learner=each.learner, unit=each.unit, updated_at=each.ended_at, done_at=each.ended_at,
            watched=[0.0, 100.0] if each.unit.kind == "video" else [],
        )
        for each in sittings
        if each.unit != latest
    )  # fmt: skip
    store(cells_of(course, videos, now))
    store(
        Handled(
            course=course, learner=person, about=unit.code, by=ines,
            at=now - timedelta(days=3 + place % 300), until=None,
        )
        for place, (person, unit) in enumerate(product(people[::5], videos))
    )  # fmt: skip
    for week in range(30):
        write_message(course, ines, people, now=now - timedelta(days=7 * week + 1))
    assert Conversation.objects.count() == 30 * LEARNERS
    # As autovacuum does, so that no plan assumes empty tables.
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    # A server's garbage collector does not walk the objects of a test session.
    gc.collect()
    gc.freeze()
    yield videos[-1]
    gc.unfreeze()


def measure(teacher, path):
    """Return the number of queries, and the least time of a few requests."""
    teacher.get(path)
    with CaptureQueriesContext(connection) as asked:
        response = teacher.get(path)
    queries = len(asked)
    assert response.status_code == 200, path
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        teacher.get(path)
        spent.append(time.perf_counter() - began)
    return queries, min(spent)


def test_the_pages_of_a_year_take_at_most_200_ms(client_for, ines, year, mia):
    teacher, slow = client_for(ines), {}
    one = (f"lessons/{year.code}/", f"videos/{year.code}/")
    for name in (*MAIN, *one, "videos/", "states/", "compare/", "learners/", "grades/"):
        queries, spent = measure(teacher, f"/teach/algebra/{name}")
        print(f"{name or 'today'}: {queries} queries, {1000 * spent:.0f} ms")
        if spent > MOST_S:
            slow[name or "today"] = round(1000 * spent)
    assert slow == {}
