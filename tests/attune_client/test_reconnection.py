"""When a client connects again, and when it need not try."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import pytest

from attune_client.reconnection import FINAL_CODES, ReconnectWaits

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "js" / "telemetry" / "socket.js"


@pytest.mark.parametrize(
    ("attempt", "shortest", "longest"),
    [(0, 0, 0.5), (1, 0, 1), (2, 0, 2), (3, 1.5, 4), (4, 2.5, 5), (40, 2.5, 5)],
)
def test_it_waits_as_a_page_does(attempt, shortest, longest):
    waits = ReconnectWaits(Random(attempt))
    found = [waits.draw(attempt) for _ in range(500)]
    assert shortest <= min(found) < shortest + 0.1
    assert longest - 0.1 < max(found) <= longest


def test_the_same_codes_are_final_as_for_a_page():
    (listed,) = re.findall(r"export const FINAL = (\[[\d, ]+\]);", SCRIPT.read_text())
    assert set(json.loads(listed)) == FINAL_CODES
