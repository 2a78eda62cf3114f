"""What readiness reports about the audit: late, or at odds with its witness (I-30)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audit import health_check, sequencer, tree_heads, witness_publisher
from audit.models import Leaf, Position, TreeHead, Waiting, Witnessed
from audit.verification import LAG
from health import readiness
from tests.platform.audit.conftest import act

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=5)
SOME_TIME = tree_heads.NEW_AFTER + 2 * LAG


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def file(settings):
    return settings.AUDIT_WITNESS_FILE


def grow(now, count=2):
    """Record some acts, and give them positions, a head and a witness, as a sweep does."""
    act(count)
    sequencer.assign_positions()
    tree_heads.make_head(now=now)
    witness_publisher.publish_to_file(now=now)


def trouble(*, now):
    return health_check.find_disagreement() or health_check.find_overdue(now=now)


def owner(*statements):
    with connection.as_owner(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_an_audit_that_keeps_up_is_no_trouble_now_and_later(now):
    assert trouble(now=now) == ""
    grow(now)
    grow(now + tree_heads.NEW_AFTER)
    assert TreeHead.objects.count() == 2
    for later in (timedelta(0), SOME_TIME, timedelta(days=300)):
        assert trouble(now=now + later) == ""


def test_leaves_without_a_position_are_reported_after_a_while(now):
    grow(now)
    act()
    assert trouble(now=now + SOON) == ""
    assert "does the worker run" in trouble(now=now + LAG + SOON)
    sequencer.assign_positions()
    assert trouble(now=now + LAG + SOON) == ""


@pytest.mark.parametrize("first", [True, False])
def test_leaves_under_no_head_are_reported_after_a_while(now, first):
    if not first:
        grow(now)
    act()
    sequencer.assign_positions()
    assert trouble(now=now + LAG) == ""
    assert "no tree head" in health_check.find_overdue(now=now + SOME_TIME)


def test_a_broken_head_stops_new_heads_and_is_reported(now):
    """The sequencer does not extend it, and its log may go unread."""
    grow(now)
    owner("UPDATE audit_treehead SET signature = decode(repeat('00', 64), 'hex')")
    act()
    sequencer.sweep(now=now + tree_heads.NEW_AFTER)
    assert "no tree head" in health_check.find_overdue(now=now + SOME_TIME)


def test_an_unwritable_witness_file_is_reported(now, settings, tmp_path):
    settings.AUDIT_WITNESS_FILE = tmp_path
    grow(now)
    assert trouble(now=now + SOON) == ""
    assert "did not get the head over 2 leaves" in trouble(now=now + LAG + SOON)


def test_a_site_of_several_hosts_without_a_file_is_no_trouble(now, settings, file):
    grow(now)
    settings.AUDIT_WITNESS_FILE = None
    grow(now + tree_heads.NEW_AFTER)
    assert TreeHead.objects.count() == 2
    assert file.read_text().count("\n") == 1
    assert trouble(now=now + timedelta(days=1)) == ""


@pytest.mark.parametrize("with_file", [True, False])
def test_an_address_that_got_no_head_for_a_day_is_reported(now, settings, with_file):
    settings.AUDIT_WITNESS_URL = "https://witness.example/attune"
    if not with_file:
        settings.AUDIT_WITNESS_FILE = None
    grow(now)
    assert trouble(now=now + timedelta(hours=23)) == ""
    late = now + timedelta(days=1, minutes=1)
    assert "the witness address did not get the head over 2 leaves" in trouble(now=late)
    Witnessed.objects.create(head=TreeHead.objects.get(), by="web", at=now)
    assert trouble(now=late) == ""


@pytest.mark.parametrize("left", [None, "", "half"])
def test_a_file_that_lost_heads_is_reported(now, file, left):
    grow(now)
    whole = file.read_text()
    if left is None:
        file.unlink()
    else:
        file.write_text(whole[:40] if left else "")
    assert "lacks the head over 2 leaves" in trouble(now=now)
    file.write_text(whole)
    assert trouble(now=now) == ""


def test_half_a_line_of_a_killed_process_is_no_trouble(now, file):
    grow(now)
    file.write_text(file.read_text() + file.read_text()[:50])
    assert trouble(now=now) == ""


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit_treehead SET at = at + interval '1 second'", "another one in the database"),
        ("UPDATE audit_treehead SET root = sha256(root)", "another one in the database"),
        ("DELETE FROM audit_witnessed; DELETE FROM audit_treehead", "the database lacks"),
    ],
)
def test_a_head_that_differs_from_the_witness_is_reported(now, statement, told):
    """The last case is a database restored from a backup."""
    grow(now)
    owner("SET CONSTRAINTS ALL IMMEDIATE", *statement.split("; "))
    found = trouble(now=now)
    assert told in found
    assert "verify_audit" in found


def test_a_history_rewritten_with_the_signing_key_is_reported(now):
    grow(now)
    owner("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.as_owner():
        for model in (Witnessed, TreeHead, Position, Waiting, Leaf):
            model.objects.all().delete()
        act(2)
        sequencer.assign_positions()
        tree_heads.make_head(now=now)
        Witnessed.objects.create(head=TreeHead.objects.get(), by="file", at=now)
    assert "another one in the database" in trouble(now=now)


def test_only_the_end_of_a_long_file_is_read(now, file, django_assert_max_num_queries):
    grow(now)
    line = file.read_text()
    file.write_text(line * (3 * health_check.TAIL_BYTES // len(line)))
    with django_assert_max_num_queries(9):
        assert trouble(now=now) == ""


def test_the_site_is_not_ready_while_the_audit_is_not_sound(now, file, client):
    grow(now)
    file.unlink()
    parts = readiness.check_components(now=now, started=now)
    assert "lacks the head" in {part.name: part.trouble for part in parts}["audit"]
    assert client.get("/health/ready").status_code == 503
