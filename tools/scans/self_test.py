"""Which planted fault each judge must find, so that "nothing found" has a meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.scans.findings import Verdict

PAGE = Path("tests") / "tools" / "scans" / "planted.json"


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault; `finding` is a pattern over a finding's rule, place and text."""

    judge: str
    fault: str
    finding: str


def expected(root: Path, judges: Collection[str]) -> list[Planted]:
    faults = [Planted(**fault) for fault in json.loads((root / PAGE).read_text())]
    return [fault for fault in faults if fault.judge in judges]


def missed(verdicts: Iterable[Verdict], root: Path) -> list[str]:
    """The planted faults that their judge did not name; one that could not be asked misses none."""
    said = {
        verdict.judge: [f"{one.rule} {one.where} {one.what}" for one in verdict.findings]
        for verdict in verdicts
        if not verdict.note
    }
    return [
        f"{fault.judge}: {fault.fault}"
        for fault in expected(root, said)
        if not any(re.search(fault.finding, line) for line in said[fault.judge])
    ]
