"""Findings of all scanners in one form; and the exceptions listed in docs/judges.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

# 1 low, 2 medium, 3 high, 4 critical: from this level on a finding fails the scan.
FAILS = 2


@dataclass(frozen=True, slots=True)
class ScanFinding:
    """One finding; `where` is a file, or a method and a path, never a line or a query."""

    judge: str
    level: int
    rule: str
    where: str
    what: str = ""

    def line(self) -> str:
        said = f": {self.what}" if self.what else ""
        return f"  level {self.level}  {self.rule}  {self.where}{said}"


@dataclass(frozen=True, slots=True)
class ScanException:
    """One exception of docs/judges.md; `where` may contain `*`."""

    judge: str
    rule: str
    where: str

    def covers(self, finding: ScanFinding) -> bool:
        same = (self.judge, self.rule) == (finding.judge, finding.rule)
        return same and fnmatchcase(finding.where, self.where)


@dataclass(frozen=True, slots=True)
class ScanVerdict:
    """All findings of one scanner and its duration; `note` if it could not run."""

    judge: str
    findings: Sequence[ScanFinding]
    seconds: float
    note: str = ""

    @property
    def fails(self) -> bool:
        return any(finding.level >= FAILS for finding in self.findings)

    def by_level(self) -> dict[int, int]:
        return dict(sorted(Counter(finding.level for finding in self.findings).items()))


def read_exceptions(page: Path) -> list[ScanException]:
    """Read the table rows `| judge | rule | where | why |`; rows without a reason are ignored."""
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip().strip("`") for cell in row.strip("| ").split("|")] for row in rows]
    return [ScanException(*row[:3]) for row in cells if len(row) == 4 and row[0] != "judge"]


def remove_excepted(
    found: Iterable[ScanFinding], exceptions: Sequence[ScanException]
) -> list[ScanFinding]:
    """Remove exceptions and duplicates."""
    kept = [one for one in found if not any(line.covers(one) for line in exceptions)]
    return list(dict.fromkeys(kept))
