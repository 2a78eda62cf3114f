"""The planted fault that each scanner must find, so that "nothing found" has a meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.scans.findings import ScanVerdict

PAGE = Path("tests") / "tools" / "scans" / "planted.json"


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A planted fault; `finding` is a pattern over a finding's rule, place and text."""

    judge: str
    fault: str
    finding: str


def read_expected(root: Path, judges: Collection[str]) -> list[PlantedFault]:
    faults = [PlantedFault(**fault) for fault in json.loads((root / PAGE).read_text())]
    return [fault for fault in faults if fault.judge in judges]


def find_missed(verdicts: Iterable[ScanVerdict], root: Path) -> list[str]:
    """Return the planted faults that were not found; a scanner that could not run misses none."""
    said = {
        verdict.judge: [f"{one.rule} {one.where} {one.what}" for one in verdict.findings]
        for verdict in verdicts
        if not verdict.note
    }
    return [
        f"{fault.judge}: {fault.fault}"
        for fault in read_expected(root, said)
        if not any(re.search(fault.finding, line) for line in said[fault.judge])
    ]
