"""The facts known about a Learner at one moment, their sources, and what is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, Literal, get_args

from interventions.signals import NUMBERS, SIGNALS, RuleSignal, SignalError


class Unknown(Enum):
    """The value of a signal that is unknown, which is never the same as false or zero."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Source = Literal["sensed", "self", "course"]
Absence = Literal["none", "off", "unsure", "quality", "origin"]
Origin = Literal["none", "simulated", "people"]
Value = bool | float | str | Unknown
SOURCES: Final = get_args(Source)
ABSENCES: Final = get_args(Absence)
ORIGINS: Final = get_args(Origin)
LEAST_QUALITY: Final = 0.6


@dataclass(frozen=True, slots=True)
class Fact:
    """One signal's value at the moment the facts were taken.

    Parameters
    ----------
    value
        A bool, number or code of the signal's type, or ``UNKNOWN``. ``math.inf`` seconds mean
        "never happened".
    since_s
        Seconds since the value last changed, at least 0.
    source
        ``sensed`` (estimated from Streams), ``self`` (reported by the Learner) or ``course``.
    quality
        0 to 1, share of usable samples behind a sensed value; 1 for the other sources.
    scopes
        Consent scopes the value was made under, such as ``pointer:adapt``.
    low, high
        Ends of an estimate's range on the value's scale, where it has one.
    absence
        Why an unknown value is unknown: nothing yet, switched off, model unsure, poor quality, or a
        model trained on other data than the rule requires.
    origin
        The training data of the model behind an estimate; ``none`` where there is no model.

    Raises
    ------
    ValueError
        If a number is NaN, quality is outside 0-1, or a code is not in its closed list.
    """

    value: Value
    since_s: float = 0.0
    source: Source = "course"
    quality: float = 1.0
    scopes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    absence: Absence = "none"
    origin: Origin = "none"

    def __post_init__(self) -> None:
        if self.source not in SOURCES or self.absence not in ABSENCES:
            raise ValueError(f"unexpected source or absence: {self.source!r}, {self.absence!r}")
        if self.origin not in ORIGINS:
            raise ValueError(f"origin: expected one of {ORIGINS}, got {self.origin!r}")
        if isinstance(self.value, float) and math.isnan(self.value):
            raise ValueError("value: expected a number or UNKNOWN, got NaN")
        if not 0.0 <= self.quality <= 1.0:
            raise ValueError(f"quality: expected 0 to 1, got {self.quality}")
        if not self.since_s >= 0.0:
            raise ValueError(f"since_s: expected at least 0, got {self.since_s}")

    @property
    def usable(self) -> bool:
        """Return whether rules may read the value: known and, if sensed, of sufficient quality."""
        if self.value is UNKNOWN:
            return False
        return self.source != "sensed" or self.quality >= LEAST_QUALITY

    def as_unknown(self, absence: Absence) -> Fact:
        """Return a copy that is unknown for this reason."""
        return replace(self, value=UNKNOWN, absence=absence, low=None, high=None, origin="none")


# A fast check that covers nearly every fact; the others, such as codes, are checked one by one.
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {"number": NUMBERS, "flag": (bool,), "code": ()}
_VALID_TYPES: Final = frozenset(
    (name, source, type_)
    for name, signal in SIGNALS.items()
    for source in SOURCES
    for type_ in (Unknown, *(_TYPES[signal.type] if source in signal.sources else ()))
)
Facts = Mapping[str, Fact]
UNKNOWN_FACT: Final = Fact(UNKNOWN)


def get_fact(facts: Facts, name: str) -> Fact:
    """Return one signal as rules may read it; a value sensed with low quality is unknown."""
    found = facts.get(name, UNKNOWN_FACT)
    if found.usable or found.value is UNKNOWN:
        return found
    return found.as_unknown("quality")


def check_facts(facts: Facts) -> None:
    """Check that facts are in the closed list of signals, with the right type and source.

    Raises
    ------
    SignalError
        Naming the signal, what it takes and what was given.
    """
    for name, given in facts.items():
        if (name, given.source, type(given.value)) in _VALID_TYPES:
            continue
        signal = SIGNALS.get(name)
        if signal is None:
            raise SignalError(f"facts: unknown signal {name!r}")
        value = given.value
        if value is UNKNOWN or (given.source in signal.sources and signal.accepts(value)):
            continue
        raise _misfit_error(signal, given)


def _misfit_error(signal: RuleSignal, given: Fact) -> SignalError:
    if given.source not in signal.sources:
        came = f"{signal.name}: expected source {' or '.join(signal.sources)}"
        return SignalError(f"{came}, got {given.source}")
    return SignalError(f"{signal.name}: expected a {signal.type}, got {given.value!r}")


def facts_as_json(facts: Facts) -> dict[str, dict[str, object]]:
    """Convert facts to JSON values; unknown becomes null, infinite seconds become "never"."""
    return {name: _fact_as_json(given) for name, given in facts.items()}


def _fact_as_json(given: Fact) -> dict[str, object]:
    value: object = None if given.value is UNKNOWN else given.value
    return {
        "value": "never" if value == math.inf else value,
        "since_s": given.since_s,
        "source": given.source,
        "quality": given.quality,
        "scopes": list(given.scopes),
        "low": given.low,
        "high": given.high,
        "absence": given.absence,
        "origin": given.origin,
    }


def facts_from_json(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Fact]:
    """Read facts written by `facts_as_json`, such as those behind an Intervention."""
    return {name: _fact_from_json(dict(row)) for name, row in rows.items()}


def _fact_from_json(row: dict[str, Any]) -> Fact:
    written: bool | float | str | None = row.pop("value")
    value: Value = UNKNOWN if written is None else written
    value = math.inf if value == "never" else value
    return Fact(value, scopes=tuple(row.pop("scopes")), **row)
