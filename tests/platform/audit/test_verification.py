"""Verification reports nothing for a sound audit, and every change of a tampered one (I-20)."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from audit import leaves, sequencer, tree_heads, witness_publisher
from audit.models import Leaf, Position, TreeHead, Waiting
from audit.verification import UnknownHead, check_heads, verify
from tests.platform.audit import tampering
from tests.platform.audit.conftest import START, act
from tests.platform.audit.tampering import KINDS, after, judged
from vault import signing

pytestmark = pytest.mark.django_db
COUNTS = (9, 1, 16, 7, 20)


@pytest.fixture
def grown(people, settings):
    """Acts by and about people, and five heads, all published to the witness."""
    for minute, count in enumerate(COUNTS):
        actor, subject = people[minute % 3], people[(minute + 1) % 3]
        act(count, verb="steward.view", actor=actor, subject=subject)
        sequencer.sweep(now=START + timedelta(minutes=minute))
        witness_publisher.publish_to_file(now=START)
    return settings.AUDIT_WITNESS_FILE


@pytest.fixture
def tampered(grown):
    tampering.free_hands()
    return grown


def test_a_sound_audit_is_sound_with_and_without_its_witness(grown):
    for file in (grown, None):
        report = judged(file)
        assert not report.findings, report.findings.listed
        assert (report.leaves, report.size, report.heads) == (sum(COUNTS), sum(COUNTS), 5)
    assert judged(grown).lines == 5


def test_an_audit_without_a_leaf_is_sound():
    assert not judged(None).findings


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_change_is_found(tampered, kind):
    for seed in range(5):
        told, counts = after(KINDS[kind], seed, tampered)
        assert counts, (kind, told)
    assert not judged(tampered).findings


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_changes_are_all_found(tampered, kind):
    missed = [
        (seed, told)
        for seed in range(1000, 1125)
        for told, counts in [after(KINDS[kind], seed, tampered)]
        if not counts
    ]
    assert missed == []


@pytest.mark.parametrize("column", tampering.COLUMNS)
def test_a_bit_of_any_column_makes_the_leaf_unsound_at_its_place(tampered, column, monkeypatch):
    monkeypatch.setattr(tampering, "COLUMNS", (column,))
    _, counts = after(KINDS["flip"], 1, tampered)
    assert ("leaf_gone" if column == "id" else "unsound") in counts


def test_without_the_witness_a_re_signed_history_is_not_found(tampered):
    """This is why a witness is needed: an intruder with database and key contradicts no other
    record.
    """
    _, with_witness = after(KINDS["resign"], 1, tampered)
    _, alone = after(KINDS["resign"], 1, None)
    assert with_witness.keys() == {"root", "head_changed"}
    assert not alone


def test_a_cut_tail_without_the_witness_is_not_found_and_with_it_is(tampered):
    _, with_witness = after(KINDS["truncate"], 2, tampered)
    _, alone = after(KINDS["truncate"], 2, None)
    assert {"head_gone", "truncated"} <= with_witness.keys()
    assert "head_gone" not in alone


def test_another_key_is_not_the_key_of_the_site(grown):
    counts = judged(grown, key=b"k" * 32).findings.counts
    assert counts == {"signature": 5, "witness_key": 5, "witness_signature": 5}


def test_a_line_taken_out_of_the_witness_is_a_gap_in_it(grown):
    kept = grown.read_text().splitlines(keepends=True)
    grown.write_text("".join(kept[:2] + kept[3:]))
    assert judged(grown).findings.counts == {"witness_gap": 1, "witness_lost": 1}


def test_a_copy_of_the_witness_may_be_older_than_the_audit_and_the_own_file_may_not(grown):
    kept = grown.read_text().splitlines(keepends=True)
    grown.write_text("".join(kept[:3]))
    assert not judged(grown, own=False).findings
    assert judged(grown).findings.counts == {"witness_lost": 2}


@pytest.mark.parametrize("text", ["no head\n", "{}\n", '{"size": 3}\n', "[1]\n"])
def test_an_unreadable_witness_line_is_reported_by_number(grown, text):
    grown.write_text(text + grown.read_text())
    (finding,) = judged(grown).findings.listed
    assert (finding.kind, finding.where) == ("unreadable", "line 1")


def test_a_witness_with_false_proofs_is_reported_without_any_leaf(grown):
    text = grown.read_text()
    lines = text.splitlines(keepends=True)
    old = lines[3].split('"consistency": ["')[1][:64]
    grown.write_text(text.replace(old, "0" * 64))
    assert judged(grown).findings.counts["witness_history"] >= 1


def test_since_begins_at_that_head_and_finds_what_comes_after_it(tampered):
    size = COUNTS[0] + COUNTS[1]
    report = judged(tampered, since=size)
    assert not report.findings
    assert report.leaves == sum(COUNTS) - size
    with connection.as_owner():
        Leaf.objects.filter(position__seq=size).update(public="n=99")
        Leaf.objects.filter(position__seq=size - 1).update(public="n=99")
    assert judged(tampered, since=size).findings.counts == {"unsound": 1}
    assert judged(tampered).findings.counts == {"unsound": 2}


def test_since_a_size_without_a_head_is_refused(grown):
    with pytest.raises(UnknownHead, match="no tree head over 4 leaves"):
        judged(grown, since=4)


def test_a_leaf_without_a_position_is_reported_after_a_while(grown):
    act()
    assert not judged(grown, now=timezone.now()).findings
    assert judged(grown).findings.counts == {"unplaced": 1}
    sequencer.assign_positions()
    assert judged(grown).findings.counts == {"uncovered": 1}


def test_a_leaf_kept_from_the_sequencer_is_found(grown):
    act()
    Waiting.objects.all().delete()
    sequencer.sweep(now=START + timedelta(hours=1))
    assert judged(grown).findings.counts == {"unplaced": 1}


def test_a_hole_in_the_order_is_found_before_any_head_covers_it(grown):
    act(3)
    sequencer.assign_positions()
    with connection.as_owner():
        Position.objects.filter(seq=sum(COUNTS) + 1).delete()
    report = judged(grown, now=timezone.now())
    assert report.findings.counts == {"gap": 1}
    assert report.findings.listed[0].where == f"position {sum(COUNTS) + 1}"


def test_a_leaf_at_two_places_is_found(tampered):
    Position.objects.create(seq=sum(COUNTS), leaf_id=Position.objects.get(seq=3).leaf_id)
    assert "twice" in judged(tampered).findings.counts


def test_a_head_older_than_the_one_before_is_found(grown):
    size = max(check_heads(judged(grown).findings, signing.public_key()))
    act()
    sequencer.assign_positions()
    sequencer.sign_head(now=START + timedelta(hours=1))
    with connection.as_owner():
        row = TreeHead.objects.get(size=size + 1)
        row.at = START - timedelta(days=1)
        said = tree_heads.signed_message(row.size, bytes(row.root), row.at)
        row.signature = signing.sign(signing.TREE_HEAD, said)
        row.save()
    assert judged(None).findings.counts == {"head_time": 1}


def test_verifying_a_leaf_costs_little():
    """CPU time of this process only, which a busy machine does not stretch. The goal is 50,000
    leaves a second, measured by the long form below.
    """
    _, worked = spent(5_000)
    assert 5_000 / worked > 15_000


@pytest.mark.long
def test_the_speed_over_a_large_audit(capsys):
    waited, worked = spent(150_000)
    with capsys.disabled():
        print(f"\nverify_audit: {150_000 / waited:,.0f} leaves/s over 150,000 leaves")
    assert 150_000 / worked > 15_000


def spent(count):
    """Return wall and CPU seconds to verify so many leaves, with a head for each thousand."""
    now = timezone.now()
    made = [
        leaves.make_leaf(
            UUID(int=n), "demo.seed", actor=None, subject=None, public={"n": n}, private={}, at=now
        )
        for n in range(count)
    ]
    for begin in range(0, count, 1000):
        Leaf.objects.bulk_create(made[begin : begin + 1000])
        sequencer.sweep(now=now)
    began, worked = time.perf_counter(), time.process_time()
    report = verify(key=signing.public_key(), now=now)
    clocks = time.perf_counter() - began, time.process_time() - worked
    assert (report.leaves, report.heads, bool(report.findings)) == (count, count // 1000, False)
    return clocks
