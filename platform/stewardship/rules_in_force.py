"""What the legal profile lets this site ask for, and for each thing it blocks, why."""

from __future__ import annotations

from dataclasses import dataclass

from consent import gate, profiles
from consent.profiles import Profile
from consent.refusal import Refused
from consent.scopes import PURPOSES, STREAMS, scope

MINORS = {
    "alone": "People under age decide alone.",
    "guardian": "For people under age a guardian and the person both have to say yes.",
}
PURPOSE_WORDS = {"adapt": "Help for me", "teach": "Class picture", "research": "Research"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One stream for one purpose; `why` and `article` where it is blocked."""

    purpose: str
    allowed: bool
    why: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    stream: str
    biometric: bool
    cells: tuple[Cell, ...]

    @property
    def blocked(self) -> tuple[Cell, ...]:
        """One cell for each reason."""
        return tuple({cell.why: cell for cell in self.cells if not cell.allowed}.values())


@dataclass(frozen=True, slots=True)
class InForce:
    """The profile's page; `profile` is None where nobody has chosen one."""

    profile: Profile | None
    minors: str
    none: str
    purposes: tuple[str, ...]
    rows: tuple[Row, ...]


def in_force() -> InForce:
    profile = profiles.current()
    rows = tuple(
        Row(name, stream.biometric, tuple(_cell(profile, name, purpose) for purpose in PURPOSES))
        for name, stream in STREAMS.items()
    )
    minors = MINORS[profile.minors] if profile else ""
    return InForce(profile, minors, profiles.NO_PROFILE, tuple(PURPOSE_WORDS.values()), rows)


def _cell(profile: Profile | None, stream: str, purpose: str) -> Cell:
    """Asked of the gate itself, for an adult, so that the page cannot say otherwise."""
    name, words = scope(stream, purpose), PURPOSE_WORDS[purpose]
    try:
        gate.offered("adult", name)
    except Refused as refusal:
        article = profile.reason(name).article if profile else ""
        return Cell(words, allowed=False, why=refusal.why, article=article)
    return Cell(words, allowed=True)
