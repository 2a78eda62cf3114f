"""What a judge says, in one form; and what docs/judges.md excepts, each line with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

# 1 low, 2 medium, 3 high, 4 critical: from here on a finding fails the judgement.
FAILS = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint; `where` is a file, or a method and a path, never a line or a query."""

    judge: str
    level: int
    rule: str
    where: str
    what: str = ""

    def line(self) -> str:
        said = f": {self.what}" if self.what else ""
        return f"  level {self.level}  {self.rule}  {self.where}{said}"


@dataclass(frozen=True, slots=True)
class Excepted:
    """One line of docs/judges.md; `where` may hold `*`."""

    judge: str
    rule: str
    where: str

    def covers(self, finding: Finding) -> bool:
        same = (self.judge, self.rule) == (finding.judge, finding.rule)
        return same and fnmatchcase(finding.where, self.where)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that one judge found, in how many seconds; `note` where it could not do its work."""

    judge: str
    findings: Sequence[Finding]
    seconds: float
    note: str = ""

    @property
    def fails(self) -> bool:
        return any(finding.level >= FAILS for finding in self.findings)

    def by_level(self) -> dict[int, int]:
        return dict(sorted(Counter(finding.level for finding in self.findings).items()))


def excepted(page: Path) -> list[Excepted]:
    """The lines `| judge | rule | where | why |`; a line without a reason counts for nothing."""
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip().strip("`") for cell in row.strip("| ").split("|")] for row in rows]
    return [Excepted(*row[:3]) for row in cells if len(row) == 4 and row[0] != "judge"]


def without(found: Iterable[Finding], exceptions: Sequence[Excepted]) -> list[Finding]:
    """What is left, each complaint once."""
    kept = [one for one in found if not any(line.covers(one) for line in exceptions)]
    return list(dict.fromkeys(kept))
