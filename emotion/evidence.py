"""What each sensor is known to tell about people, as `benchmark evidence` measured it.

`evidence.json` is what that benchmark writes with `--table`. A state is known only if the lower
ends of its intervals are at least `LEAST_KNOWN` and shuffled labels seldom do as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

EVIDENCE_FILE: Final = Path(__file__).with_name("evidence.json")
LEAST_KNOWN: Final = 0.55
MOST_BY_CHANCE: Final = 0.05
# Values of `known_by` without a figure: nothing differs but the sensor, or the set does not say.
SAME_TASKS: Final = "nothing: everyone had the same tasks"
NOT_TOLD: Final = "not told by the set"
# Group of streams (`emotion/streams.json`) by sensor. An eye tracker of a laboratory is no camera,
# and no estimate reads EEG.
GROUPS: Final[Mapping[str, str]] = {
    "wristband": "wearable",
    "heart": "wearable",
    "eda": "wearable",
    "pointer": "hands",
    "typing": "hands",
}


@dataclass(frozen=True, slots=True)
class AreaInterval:
    """An area under the ROC curve with its 95 % interval over people."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SensorEvidence:
    """One sensor and state in one public set.

    Attributes
    ----------
    area : AreaInterval
        Of pairs of observations, on people that no choice had seen.
    matched : AreaInterval or None
        The same at equal times since the start, where everybody had the same tasks.
    known_by : str
        What is known without the sensor.
    gain : AreaInterval or None
        Area less that of what is known without the sensor.
    p : float or None
        How often shuffled labels do as well.
    """

    data: str
    title: str
    source: str
    licence: str
    sensor: str
    state: str
    area: AreaInterval
    matched: AreaInterval | None
    known_by: str
    known_area: float | None
    gain: AreaInterval | None
    p: float | None
    people: int
    missing_people: int

    @property
    def is_known(self) -> bool:
        """Return whether even the low ends are above chance by enough."""
        lows = [each.low for each in (self.area, self.matched) if each is not None]
        by_chance = self.p is not None and self.p > MOST_BY_CHANCE
        return min(lows) >= LEAST_KNOWN and not by_chance

    @property
    def group(self) -> str:
        """Return the group of streams; "" if Attune has no such sensor."""
        return GROUPS.get(self.sensor, "")


@dataclass(frozen=True, slots=True)
class KnownEvidence:
    """What was measured, in the order of the file, and the names of sets that were not there."""

    measured: tuple[SensorEvidence, ...]
    missing: tuple[str, ...]

    def list_group(self, group: str) -> list[SensorEvidence]:
        """Return what was measured of a group of streams."""
        return [each for each in self.measured if each.group == group]


@cache
def read_evidence(path: Path = EVIDENCE_FILE) -> KnownEvidence:
    """Return the table; raises ValueError, naming the file, if it is not one."""
    try:
        rows = json.loads(path.read_bytes())
        return KnownEvidence(
            tuple(_read_row(row) for row in rows if "not_measured" not in row),
            tuple(row["set"] for row in rows if "not_measured" in row),
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise ValueError(f"{path}: expected rows of `benchmark evidence`: {wrong!r}") from None


def _read_row(row: Mapping[str, Any]) -> SensorEvidence:
    return SensorEvidence(
        data=row["set"],
        title=row["title"],
        source=row["source"],
        licence=row["licence"],
        sensor=row["stream"],
        state=row["state"],
        area=AreaInterval(*row["auc"]),
        matched=_read_interval(row.get("matched_auc")),
        known_by=row["known_by"],
        known_area=row["known_auc"][0] if "known_auc" in row else None,
        gain=_read_interval(row.get("gain")),
        p=row.get("p"),
        people=row["people"],
        missing_people=row["missing_people"],
    )


def _read_interval(found: Any) -> AreaInterval | None:
    return None if found is None else AreaInterval(*found)
