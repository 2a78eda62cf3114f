"""The closed list of signals that rules may name (`signals.json`), read once and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

NUMBERS: Final = (int, float)


class SignalError(ValueError):
    """A signal that is not in the list, or a value it does not take."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a rule may ask for.

    Parameters
    ----------
    name, type, unit
        ``type`` is ``number``, ``flag`` or ``code``; ``unit`` is for people (``s``, ``min``,
        ``count``, ``probability`` or empty).
    sources
        Where a value may come from.
    biometric
        True where a sensed value rests on the body: such a signal never acts alone.
    evidence
        True where the value is something the Learner did in the course.
    label
        The name in the Why-card and in traces.
    values
        The closed codes of a ``code`` signal.
    says
        Sentences for the Why-card, by the form they fit (see `explain`).
    """

    name: str
    type: str
    unit: str
    sources: tuple[str, ...]
    biometric: bool
    evidence: bool
    label: str
    values: tuple[str, ...]
    says: Mapping[str, str]

    def takes(self, value: object) -> bool:
        """Say whether a known value has this signal's type."""
        if self.type == "flag":
            return isinstance(value, bool)
        if self.type == "code":
            return value in self.values
        return isinstance(value, NUMBERS) and not isinstance(value, bool)

    @property
    def countable(self) -> bool:
        """Say whether a text may give its number: counted or timed in the course, not guessed."""
        return self.sources == ("course",) and self.unit in ("count", "s", "min")

    @property
    def grounds(self) -> bool:
        """Say whether a biometric signal may lean on this one: done in the course, or said."""
        return self.evidence or self.sources == ("self",)


def _signal(row: dict[str, Any]) -> Signal:
    return Signal(
        name=row["name"],
        type=row["type"],
        unit=row["unit"],
        sources=tuple(row["sources"]),
        biometric=row["biometric"],
        evidence=row["evidence"],
        label=row["label"],
        values=tuple(row.get("values", ())),
        says=MappingProxyType(row.get("says", {})),
    )


def load(path: Path) -> Mapping[str, Signal]:
    """Read the list.

    Raises
    ------
    SignalError
        Where two signals have one name, or one that may be sensed is not marked as the body's or
        counts as something done: nothing acts on a sensor alone.
    """
    rows = [_signal(row) for row in json.loads(path.read_text("utf-8"))["signals"]]
    signals = {row.name: row for row in rows}
    if len(signals) != len(rows):
        raise SignalError(f"{path.name}: a signal is named twice")
    for row in rows:
        if "sensed" in row.sources and (row.evidence or not row.biometric):
            raise SignalError(f"{path.name}: {row.name}: expected biometric and no evidence")
    return MappingProxyType(signals)


SIGNALS: Final = load(Path(__file__).with_name("signals.json"))
