"""Cost of each page with a day, a month or a year of history of its class."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from statistics import median
from typing import Any, Final

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import people as accounts
from accounts.models import User
from courses.models import Course
from demo import class_history, learner_history, seed_data
from demo.learner_history import HistoryProfile
from demo.simulated_learners import people
from demo.simulated_learners.course import list_lessons
from privacy.retention import expiry

LEARNERS: Final = 6
# Sensed data are retained for 30 days at most; older data would not exist.
SENSED_DAYS: Final = 31
NO_OFFERS: Final = HistoryProfile(offers=0)
TIMES: Final = 7
A_DAY: Final = timedelta(days=1)
# The role that requests each page; pages about one person show the first of the class.
PAGES: Final = {
    "/": "learner",
    "/courses/{course}/": "learner",
    "/units/{video}/": "learner",
    "/units/{quiz}/": "learner",
    "/courses/{course}/review/": "learner",
    "/journey/": "learner",
    "/my-data/": "learner",
    "/consents/": "learner",
    "/teach/{course}/": "ines",
    "/teach/{course}/board/": "ines",
    "/teach/{course}/lessons/{video}/": "ines",
    "/teach/{course}/videos/{video}/": "ines",
    "/teach/{course}/topics/": "ines",
    "/teach/{course}/items/": "ines",
    "/teach/{course}/learners/": "ines",
    "/teach/{course}/learners/{learner}/": "ines",
    "/teach/{course}/grades/": "ines",
    "/steward/retention/": "amir",
}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DemoClass:
    """The demo's course, and simulated people who were in it every day."""

    course: Course
    people: Sequence[User]


def make_class(now: datetime) -> DemoClass:
    """Create the demo's course with a class that grants what is simulated."""
    call_command("collectstatic", interactive=False, verbosity=0)
    seed_data.seed(seed_data.COURSE_PACKAGE, now=now)
    course = Course.objects.get()
    found = people.enrol(course, LEARNERS, now=now)
    for person in found:
        people.allow(person, now=now)
    return DemoClass(course, found)


def measure_pages(class_: DemoClass, days: Sequence[int], *, now: datetime) -> Iterator[Row]:
    """Measure each page after each of these numbers of days, fewest first."""
    past = 0
    for until in sorted(days):
        _simulate_days(class_, range(past + 1, until + 1), now)
        past = until
        expiry.delete_expired(now=now)
        _analyse_tables()
        for page, took in _measure_rounds(class_):
            yield {"what": "page", "page": page, "days": until, **took}


def _simulate_days(class_: DemoClass, days: range, now: datetime) -> None:
    """Simulate a unit by each person on each of these days, with its sensed data."""
    writers = [
        learner_history.make_writer(
            person,
            class_.course,
            NO_OFFERS,
            now=now,
            rng=Random(person.pk),  # noqa: S311
        )
        for person in class_.people
    ]
    plan = list_lessons(class_.course)
    videos = list(class_.course.units.filter(kind="video", position__isnull=False))
    for day in days:
        at = now - day * A_DAY
        for writer in writers:
            writer.visit(plan[day % len(plan)], at, offers=False)
        if day <= SENSED_DAYS:
            class_history.simulate_lesson(
                class_.people, videos[day % len(videos)], at, now, seed=day
            )


def _analyse_tables() -> None:
    """Run ANALYZE, as autovacuum does within a minute, so that no plan assumes empty tables."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _measure_rounds(class_: DemoClass) -> Iterator[tuple[str, Row]]:
    """Load all pages in turn, several times: other load of the machine affects all alike."""
    loads = {
        page: partial(_load, _make_client(class_, who), _address(class_, page))
        for page, who in PAGES.items()
    }
    queries = {page: _count_queries(load) for page, load in loads.items()}
    took: dict[str, list[tuple[float, float]]] = {page: [] for page in PAGES}
    for _ in range(TIMES):
        for page, load in loads.items():
            began, used = time.perf_counter(), time.process_time()
            load()
            took[page].append((time.perf_counter() - began, time.process_time() - used))
    for page, times in took.items():
        waited, worked = (round(median(each) * 1e3, 1) for each in zip(*times, strict=True))
        yield page, {"ms": waited, "cpu_ms": worked, "queries": queries[page]}


def _count_queries(load: Callable[[], None]) -> int:
    """Count the queries of a page that was loaded before."""
    load()
    with CaptureQueriesContext(connection) as asked:
        load()
    return len(asked)


def _load(client: Client, address: str) -> None:
    answer = client.get(address, follow=True)
    if answer.status_code != 200:
        raise RuntimeError(f"expected 200 of {address}, got {answer.status_code}")


def _make_client(class_: DemoClass, who: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    person = class_.people[0] if who == "learner" else accounts.find_by_login(who)
    if person is None:
        raise LookupError(f"expected {who} in the demo")
    client.force_login(person)
    return client


def _address(class_: DemoClass, page: str) -> str:
    units = class_.course.units.filter(position__isnull=False, scenario="course")
    first = {kind: units.filter(kind=kind).earliest("position") for kind in ("video", "quiz")}
    return page.format(
        course=class_.course.slug,
        learner=class_.people[0].code,
        **{kind: unit.code for kind, unit in first.items()},
    )
