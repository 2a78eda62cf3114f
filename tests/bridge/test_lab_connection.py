"""What the bridge makes of a changed Grant."""

from __future__ import annotations

from random import Random

from attune_client.reconnection import ReconnectWaits
from bridge.http_client import SiteAddress
from bridge.lab_connection import LabConnection


def test_a_withdrawn_stream_stays_off_because_the_token_covers_no_later_grant():
    said = []
    site, waits = SiteAddress("http", "127.0.0.1", "a key"), ReconnectWaits(Random(1))
    line = LabConnection(site, "x", say=said.append, waits=waits)
    line.outbox.welcome([{"stream": "eda", "epoch": 3, "next_seq": 0}])
    changed = {"type": "consent.changed", "scope": "eda:adapt", "epoch": 4}
    for granted in (False, False, True):
        line._hear({**changed, "granted": granted, "next_seq": 0})
    assert line.outbox.epochs == {}
    assert said == ["eda was switched off."]
