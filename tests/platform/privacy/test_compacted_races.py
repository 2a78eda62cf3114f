"""Compaction during a withdrawal or a deletion of the last minutes, on separate connections."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from consent.permits import gate
from privacy import recent_deletion
from privacy.erasure import erasure
from telemetry.blocks import compaction, partitions, tracks
from telemetry.blocks.group_commit import place
from telemetry.models import Block, Sitting
from vault.encryption import unseal
from vault.errors import KeyDestroyed

pytestmark = pytest.mark.django_db(transaction=True)
STREAMS = ("pointer", "activity")
SCOPES = tuple(f"{stream}:adapt" for stream in STREAMS)
# From before compaction reads its first row until after it replaced the last.
MOMENTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.3)


@pytest.fixture(autouse=True)
def _own_keystore(own_keystore):
    partitions.open_days()


@pytest.fixture
def over(sat_before):
    """Return `over("mia")`: a closed, uncompacted Sitting of three hours ago."""

    def was(login):
        sitting = sat_before(login, STREAMS)
        return Sitting.objects.select_related("learner").get(pk=sitting.pk)

    return was


def compact_meanwhile(sitting, act, pause_s):
    """Run an act while another connection compacts."""

    def pack():
        try:
            compaction.compact(sitting, now=timezone.now())
        except compaction.BlocksChanged:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=pack)
    thread.start()
    time.sleep(pause_s)
    done = act()
    thread.join(60)
    assert not thread.is_alive()
    return done


def rows(sitting):
    found = Block.objects.filter(sitting=sitting.id).order_by("stream", "seq")
    return [(row.stream, row.seq, bytes(row.sealed)) for row in found]


def opens(sitting, stream, seq, sealed):
    try:
        return bool(unseal(sealed, place=place(sitting.id, stream, seq, sitting.learner.code)))
    except KeyDestroyed:
        return False


def blocks(sitting, stream):
    scope = f"{stream}:adapt"
    permit = gate.permit(sitting.learner.code, scope, now=timezone.now())
    kept = Block.objects.filter(sitting=sitting.id, stream=stream).order_by("seq")
    return [(f.seq, f.t0, bytes(f.payload)) for row in kept for f in tracks.frames_in(row, permit)]


@pytest.mark.parametrize("pause_s", MOMENTS)
def test_a_withdrawal_during_compaction_leaves_nothing(over, pause_s):
    mia = over("mia")
    copies, other = rows(mia), blocks(mia, "activity")

    def withdraw():
        erasure.withdraw(mia.learner.code, ["pointer:adapt"], now=timezone.now())
        return rows(mia)

    left = compact_meanwhile(mia, withdraw, pause_s)
    assert {row[0] for row in [*left, *rows(mia)]} == {"activity"}
    assert not any(opens(mia, *each) for each in copies if each[0] == "pointer")
    assert blocks(mia, "activity") == other


@pytest.mark.parametrize("pause_s", MOMENTS)
def test_resealing_during_compaction_loses_nothing(over, pause_s):
    mia = over("mia")
    copies, before = rows(mia), {stream: blocks(mia, stream) for stream in STREAMS}
    compact_meanwhile(
        mia, lambda: recent_deletion.delete_recent(mia.learner, SCOPES, now=timezone.now()), pause_s
    )
    recent_deletion.sweep(clock=timezone.now)
    assert {stream: blocks(mia, stream) for stream in STREAMS} == before
    assert not any(opens(mia, *each) for each in copies)
