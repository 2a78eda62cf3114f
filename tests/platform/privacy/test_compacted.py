"""Compacted Blocks are erased, resealed and exported like any Block."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from consent.permits import gate
from privacy import recent_deletion
from privacy.erasure import erasure
from privacy.export.row_decryption import UNREADABLE, copy_for
from privacy.export.tables import tables_of
from telemetry.blocks import compaction, partitions, tracks
from telemetry.blocks.group_commit import place
from telemetry.models import Block, Sitting
from vault.encryption import unseal
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
STREAMS = ("pointer", "face", "heart")
SCOPES = tuple(f"{stream}:adapt" for stream in STREAMS)
ENDS = 150.0


@pytest.fixture(autouse=True)
def _own_keystore(own_keystore):
    partitions.open_days()


@pytest.fixture
def over(sat_before):
    """Return `over("mia")`: a closed Sitting of three hours ago, compacted unless said not."""
    now = timezone.now()

    def was(login, *, packed=True):
        sitting = sat_before(login, STREAMS, ENDS)
        person = sitting.learner
        raw = lines(person)
        if packed:
            assert compaction.compact(sitting, now=now) > 300
        return SimpleNamespace(person=person, code=person.code, sitting=sitting, lines=raw, now=now)

    return was


def lines(person):
    (table,) = [t for t in tables_of(copy_for(person, now=timezone.now())) if t.name == BLOCKS]
    return list(table.rows(copy_for(person, now=timezone.now())))


BLOCKS = "telemetry_block"


def values(who):
    granted = gate.permits(who.code, SCOPES, now=timezone.now()).granted
    sitting = Sitting.objects.get(pk=who.sitting.pk)
    found = tracks.read(sitting, granted.values(), 40.0, 60.0)
    return {name: track.values.tolist() for name, track in found.items()}


def stored(who):
    return list(Block.objects.filter(learner=who.person))


def opens(who, stream, seq, sealed):
    try:
        return bool(unseal(sealed, place=place(who.sitting.id, stream, seq, who.code)))
    except KeyDestroyed:
        return False


def test_an_export_has_a_line_for_each_compacted_block(over):
    mia = over("mia")
    assert Block.objects.count() == len(STREAMS)
    assert len(mia.lines) > 300
    now_told = lines(mia.person)
    # The row has only the time its newest Block was received.
    none = {"received_at": None}
    assert [{**line, **none} for line in now_told] == [{**line, **none} for line in mia.lines]


def test_the_index_page_shows_a_limited_number_of_lines(over):
    mia = over("mia")
    copy = copy_for(mia.person, now=timezone.now())
    (table,) = [each for each in tables_of(copy) if each.name == BLOCKS]
    assert [line["seq"] for line in table.rows(copy, most=5)] == [0, 1, 2, 3, 4]


def test_a_row_with_a_destroyed_key_is_one_unreadable_line(over):
    mia = over("mia")
    open_keystore().destroy(mia.code, SCOPES)
    assert [(line["sealed"], line[UNREADABLE]) for line in lines(mia.person)] == [
        (None, {"sealed": "key_destroyed"})
    ] * len(STREAMS)


def test_a_withdrawal_erases_compacted_blocks(over):
    mia, noah = over("mia"), over("noah")
    copies = [(row.stream, row.seq, bytes(row.sealed)) for row in stored(mia)]
    before = values(noah)
    erasure.withdraw(mia.code, ["face:adapt"], now=timezone.now())
    assert {row.stream for row in stored(mia)} == {"pointer", "heart"}
    face = [each for each in copies if each[0] == "face"]
    assert not any(opens(mia, *each) for each in face)
    assert values(noah) == before
    assert set(values(mia)) == {"pointer", "heart"}


def test_an_erasure_leaves_no_compacted_block(over):
    mia = over("mia")
    copies = [(row.stream, row.seq, bytes(row.sealed)) for row in stored(mia)]
    erasure.erase(mia.code, cause="request", now=timezone.now(), actor=mia.code)
    assert not Block.objects.exists()
    assert not any(opens(mia, *each) for each in copies)


def test_deleting_the_last_minutes_reseals_compacted_blocks(over):
    mia = over("mia")
    before = values(mia)
    copies = [(row.stream, row.seq, bytes(row.sealed)) for row in stored(mia)]
    recent_deletion.delete_recent(mia.person, SCOPES, now=mia.now)
    assert values(mia) == before
    assert not any(opens(mia, *each) for each in copies)
    assert set(Block.objects.values_list("epoch", flat=True)) == {2}


def test_blocks_waiting_for_new_keys_are_not_compacted(over):
    mia = over("mia", packed=False)
    recent_deletion.begin_deletion(mia.person, SCOPES, now=mia.now)
    assert compaction.compact(mia.sitting, now=timezone.now()) == 0
    assert Block.objects.count() == len(mia.lines)


def test_a_dropped_day_is_not_compacted(over):
    mia = over("mia", packed=False)
    partitions.drop_before(timezone.now().date() + timedelta(days=1))
    partitions.open_days()
    assert compaction.compact(mia.sitting, now=timezone.now()) == 0
