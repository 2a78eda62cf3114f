"""Each leaf gets one position, without gaps, whatever wrote it and however many sequencers run."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from audit import leaves, sequencer, tree_heads
from audit.models import Leaf, Position, TreeHead, Waiting
from tests.platform.audit.conftest import START, act


def order():
    return list(Position.objects.order_by("seq").values_list("seq", "leaf"))


@pytest.mark.django_db
def test_leaves_of_one_pass_are_ordered_by_time():
    act(5)
    assert sequencer.assign_positions() == 5
    by_time = Leaf.objects.order_by("at", "id").values_list("id", flat=True)
    assert order() == list(enumerate(by_time))
    assert not Waiting.objects.exists()


@pytest.mark.django_db
def test_a_second_pass_goes_on_where_the_first_one_ended():
    act(3)
    sequencer.assign_positions()
    first = order()
    assert sequencer.assign_positions() == 0
    act(2)
    assert sequencer.assign_positions() == 2
    assert order()[:3] == first
    assert [seq for seq, _ in order()] == [0, 1, 2, 3, 4]


@pytest.mark.django_db
def test_a_leaf_with_an_old_time_or_a_small_number_is_not_passed_over():
    act(3)
    sequencer.assign_positions()
    leaf = leaves.make_leaf(
        UUID(int=0), "demo.seed", actor=None, subject=None, public={}, private={},
        at=datetime(2001, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    leaf.save(force_insert=True)
    assert sequencer.assign_positions() == 1
    assert order()[3] == (3, leaf.id)


@pytest.mark.django_db
def test_more_leaves_than_a_batch_are_placed_in_one_pass(monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH", 4)
    act(11)
    assert sequencer.assign_positions() == 11
    assert [seq for seq, _ in order()] == list(range(11))


@pytest.mark.django_db
def test_what_waits_twice_is_placed_once():
    act(2)
    sequencer.assign_positions()
    Waiting.objects.bulk_create([Waiting(leaf=id) for _, id in order()] + [Waiting(leaf=uuid4())])
    assert sequencer.assign_positions() == 0
    assert not Waiting.objects.exists()
    act()
    assert sequencer.assign_positions() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["audit_position", "audit_treehead", "audit_witnessed"])
def test_the_site_cannot_change_or_remove_what_was_placed_or_signed(table):
    act()
    sequencer.sweep(now=START)
    with connection.cursor() as cursor:
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_leaf_that_commits_late_is_placed_late_and_not_lost():
    """A query "after the last number" would lose it: it began first and commits last."""
    begun, go = threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            act(public={"late": 1})
            begun.set()
            go.wait(20)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(late)
        assert begun.wait(20)
        act(4)
        assert sequencer.assign_positions() == 4
        go.set()
        slow.result(20)
    assert sequencer.assign_positions() == 1
    assert Leaf.objects.get(position__seq=4).public == "late=1"


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_many_sequencers_give_each_leaf_one_position():
    writing = threading.Event()
    writing.set()

    def write(_):
        for size in (1, 3, 2) * 5:
            act(size)
        connections.close_all()

    def place(_):
        while writing.is_set():
            sequencer.assign_positions()
        connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        sequencers = [pool.submit(place, n) for n in range(4)]
        try:
            list(pool.map(write, range(4)))
        finally:
            writing.clear()
        for each in sequencers:
            each.result(30)
    sequencer.assign_positions()
    placed = order()
    assert [seq for seq, _ in placed] == list(range(120))
    assert {id for _, id in placed} == set(Leaf.objects.values_list("id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_second_sequencer_does_not_wait_for_the_first():
    act(2)
    held, go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sequencer.LOCK])
            held.set()
            go.wait(20)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(hold)
        assert held.wait(20)
        assert sequencer.sweep(now=START) == 0
        assert not TreeHead.objects.exists()
        go.set()
        other.result(20)
    assert sequencer.sweep(now=START) == 2


@pytest.mark.django_db
def test_a_broken_head_stops_the_signing_and_neither_the_order_nor_the_sweep(caplog):
    act(2)
    sequencer.sweep(now=START)
    with connection.as_owner():
        TreeHead.objects.update(root=b"x" * 32)
    act(2)
    assert sequencer.sweep(now=START + timedelta(minutes=2)) == 2
    assert "audit.no_head" in caplog.text
    assert TreeHead.objects.count() == 1
    with pytest.raises(tree_heads.BrokenHead, match="not the one that was signed"):
        sequencer.sign_head(now=START + timedelta(minutes=2))


@pytest.mark.django_db
def test_the_sweep_of_the_worker_orders_signs_and_hands_over(settings):
    from pipeline import tasks

    act(3)
    for chore in tasks.CHORES:
        chore(START)
    assert Position.objects.count() == 3
    assert tree_heads.load_latest().size == 3
    assert settings.AUDIT_WITNESS_FILE.read_text().count("\n") == 1
