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
    """A signal that is not in the list, or a value it does not accept."""


@dataclass(frozen=True, slots=True)
class RuleSignal:
    """One signal a rule may read.

    Parameters
    ----------
    name, type, unit
        ``type`` is ``number``, ``flag`` or ``code``; ``unit`` is for people (``s``, ``min``,
        ``count``, ``probability`` or empty).
    sources
        The possible sources of a value.
    biometric
        True where a sensed value comes from the body: such a signal never acts alone.
    evidence
        True where the value is an action of the Learner in the course.
    label
        The name on the Why-card and in traces.
    values
        The closed codes of a ``code`` signal.
    says
        Sentences for the Why-card, by their form (see `explain`).
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

    def accepts(self, value: object) -> bool:
        """Return whether a known value has this signal's type."""
        if self.type == "flag":
            return isinstance(value, bool)
        if self.type == "code":
            return value in self.values
        return isinstance(value, NUMBERS) and not isinstance(value, bool)

    @property
    def countable(self) -> bool:
        """Return whether a text may contain its number: a count or time of the course."""
        return self.sources == ("course",) and self.unit in ("count", "s", "min")

    @property
    def supports_biometrics(self) -> bool:
        """Return whether it can support a biometric signal: an action, or a report."""
        return self.evidence or self.sources == ("self",)


def _read_signal(row: dict[str, Any]) -> RuleSignal:
    return RuleSignal(
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


def load_signals(path: Path) -> Mapping[str, RuleSignal]:
    """Read the list.

    Raises
    ------
    SignalError
        If two signals have the same name, or a signal that may be sensed is not marked as biometric
        or is marked as evidence: nothing acts on a sensor alone.
    """
    rows = [_read_signal(row) for row in json.loads(path.read_text("utf-8"))["signals"]]
    signals = {row.name: row for row in rows}
    if len(signals) != len(rows):
        raise SignalError(f"{path.name}: a signal is named twice")
    for row in rows:
        if "sensed" in row.sources and (row.evidence or not row.biometric):
            raise SignalError(f"{path.name}: {row.name}: expected biometric and no evidence")
    return MappingProxyType(signals)


SIGNALS: Final = load_signals(Path(__file__).with_name("signals.json"))
