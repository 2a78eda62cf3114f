"""All sets that `benchmark evidence` recognises, with their readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from emotion.benchmarks.evidence import mouse_sets, other_sets, typing_set
from emotion.benchmarks.evidence.tables import EvidenceSet, EvidenceTable

READERS: Final[Mapping[EvidenceSet, Callable[[Path], list[EvidenceTable]]]] = {
    typing_set.KEYBOARD: typing_set.read_keyboard,
    mouse_sets.MOUSE_ONLINE: mouse_sets.read_mouse_online,
    mouse_sets.MOUSE_LAB: mouse_sets.read_mouse_lab,
    other_sets.SB_SAT: other_sets.read_sb_sat,
    other_sets.VREED: other_sets.read_vreed,
    other_sets.WESAD: other_sets.read_wesad,
    other_sets.EEG: other_sets.read_eeg,
}
