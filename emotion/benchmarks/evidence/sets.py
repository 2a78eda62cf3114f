"""All sets that `benchmark evidence` recognises, with their readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from emotion.benchmarks.evidence import hand_sets, other_sets
from emotion.benchmarks.evidence.tables import DataSet, EvidenceTable

READERS: Final[Mapping[DataSet, Callable[[Path], list[EvidenceTable]]]] = {
    hand_sets.KEYBOARD: hand_sets.read_keyboard,
    hand_sets.MOUSE_ONLINE: hand_sets.read_mouse_online,
    hand_sets.MOUSE_LAB: hand_sets.read_mouse_lab,
    other_sets.SB_SAT: other_sets.read_sb_sat,
    other_sets.VREED: other_sets.read_vreed,
    other_sets.WESAD: other_sets.read_wesad,
    other_sets.EEG: other_sets.read_eeg,
}
