"""The cells withdrawn when someone leaves do not reveal in which cells they were (ADR 0031)."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from estimates.group_figures import disclosure
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell, Publication
from estimates.models.group_figures import forget_member
from teaching.class_picture import cells
from tests.fixtures import factories
from tests.fixtures.users import make
from tests.platform.teaching.class_picture.test_cells import dispute
from tests.platform.teaching.conftest import BOTH, TEN, answer, sit, tell

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
THEN = TEN + 2 * QUARTER + 2 * MINUTE


def view():
    """Return all that a Teacher can see of every cell, by section and quarter."""
    withdraw_gone()
    found = list(Cell.objects.select_related("publication"))
    seen = disclosure.read_cells(found)
    return {(c.publication.quarter, c.unit_id, c.skill_id): seen[c.pk] for c in found}


def figures(seen):
    return {part for part, cell in seen.items() if (cell.picture, cell.stuck) != (None, None)}


@pytest.fixture
def groups(course, quiz, question, people, watch, feel):
    """Return groups who watched and answered, only answered, or came later; one is simulated."""
    both, quizzed, later = people(5), people(5), people(5)
    watch(both, CONFUSION=0.6)
    watch(later, at=TEN + QUARTER, CONFUSION=0.6)
    for person in (*both, *quizzed):
        sitting = sit(person, quiz, TEN)
        answer(person, question, TEN + timedelta(seconds=30), sitting=sitting)
        feel(sitting, 3, CONFUSION=0.6)
    watch(people(1, simulated=True), at=TEN + QUARTER, CONFUSION=0.2)
    for quarter in (1, 2):
        cells.publish_due(TEN + quarter * QUARTER + 2 * MINUTE)
    assert len(figures(view())) == 3
    return both, quizzed, later


def test_the_view_is_the_same_whichever_learner_leaves(groups):
    """An attacker who knows where everyone was sees the same view, whoever of them leaves."""
    seen = []
    for person in (each for group in groups for each in group):
        with transaction.atomic():
            assert forget_member(person.code, ["pointer:adapt"]) > 0
            seen.append(view())
            transaction.set_rollback(True)

    assert all(each == seen[0] for each in seen)
    assert figures(seen[0]) == set()


def test_a_correction_withdraws_its_quarter_and_no_other(groups, course):
    both, _, _ = groups
    dispute(both[0].sittings.order_by("began_at").first(), THEN)

    assert {quarter for quarter, *_ in figures(view())} == {TEN + QUARTER}


@pytest.fixture
def watch_elsewhere(allow, feel):
    """Let five people of another course play its video from then on; return the video."""

    def made(at, **labels):
        video = factories.make_video_unit(factories.make_course("geometry"))
        for number in range(5):
            person = make(f"elsewhere-{number}")
            factories.make_enrolment(person, video.course)
            allow(person, *BOTH)
            sitting = sit(person, video, at)
            tell(sitting, "play", at, 0.0)
            for cut in (2, 3):
                feel(sitting, cut, **labels)
        return video

    return made


def test_cells_of_other_courses_and_simulated_people_remain(people, watch, video, watch_elsewhere):
    watch(people(2, simulated=True), CONFUSION=0.6)
    cells.publish_due(TEN + QUARTER + 2 * MINUTE)
    watch(real := people(5), at=TEN + QUARTER, CONFUSION=0.6)
    other = watch_elsewhere(TEN + QUARTER, CONFUSION=0.6)
    cells.publish_due(THEN)
    simulated, elsewhere = (TEN, video.pk), (TEN + QUARTER, other.pk)
    seen = {(quarter, unit) for quarter, unit, _ in figures(view())}
    assert seen == {simulated, elsewhere, (TEN + QUARTER, video.pk)}

    forget_member(real[0].code, list(BOTH))

    assert {(quarter, unit) for quarter, unit, _ in figures(view())} == {simulated, elsewhere}


@pytest.mark.django_db(transaction=True)
def test_a_cell_filled_by_a_concurrent_snapshot_is_withdrawn_too(course, people, watch):
    """The withdrawal waits for the snapshot, and only then reads the cells."""
    watch(five := people(5), CONFUSION=0.6)
    watch(people(1), at=TEN + QUARTER, CONFUSION=0.6)
    for quarter in (1, 2):
        cells.publish_due(TEN + quarter * QUARTER + 2 * MINUTE)
    filled, go_on = threading.Event(), threading.Event()
    threads = [
        threading.Thread(target=fill_later, args=(TEN + QUARTER, filled, go_on)),
        threading.Thread(target=leave, args=(five[0],)),
    ]
    threads[0].start()
    assert filled.wait(20)
    threads[1].start()
    while threads[1].is_alive() and not is_one_waiting():
        time.sleep(0.01)
    go_on.set()
    for thread in threads:
        thread.join(20)

    assert {cell.state for cell in Cell.objects.all()} == {"withdrawn"}


def fill_later(quarter, filled, go_on):
    """Store figures in a cell as a snapshot does: with its Publication locked."""
    with transaction.atomic():
        made = Publication.objects.select_for_update().get(quarter=quarter)
        assert made.cells.filter(n=None).update(n=5) == 1
        filled.set()
        go_on.wait(20)
    connection.close()


def leave(person):
    forget_member(person.code, ["pointer:adapt"])
    connection.close()


def is_one_waiting():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone() is not None
