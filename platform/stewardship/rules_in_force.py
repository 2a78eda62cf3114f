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
    "never": "Nothing is noticed about people under 18.",
}
RULES_USE = {
    "yes": "Rules may use what was guessed, beside what was done or said.",
    "log_only": "Rules that use what was guessed are written down and never shown.",
    "self_report_only": "Rules use what people did and said, never what was guessed.",
}
INDIVIDUAL = {
    "never": "Never shown to a teacher.",
    "shared": "Shown to a teacher only where the person shares it.",
}
SELF_REPORT = {"on": "Offered, voluntary.", "off_by_default": "Voluntary, and off until asked for."}
SILENT = {
    frozenset({"graded"}): "Nothing is noticed in a test that counts.",
    frozenset({"graded", "practice"}): "Nothing is noticed in tests, practice tests included.",
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
    limits: tuple[tuple[str, str], ...]
    none: str
    purposes: tuple[str, ...]
    rows: tuple[Row, ...]


def in_force() -> InForce:
    profile = profiles.current()
    rows = tuple(
        Row(name, stream.biometric, tuple(_cell(profile, name, purpose) for purpose in PURPOSES))
        for name, stream in STREAMS.items()
    )
    limits = tuple(limits_of(profile).items()) if profile else ()
    return InForce(profile, limits, profiles.NO_PROFILE, tuple(PURPOSE_WORDS.values()), rows)


def limits_of(profile: Profile) -> dict[str, str]:
    """What a profile says beside what may be asked, in words."""
    kept, alone = profile.retention, profile.ages.default
    class_picture = (
        f"Shown for groups of {profile.floor_people} people or more{_of_bodies(profile)}; "
        f"among simulated people, of {profile.floor_simulated}."
    )
    return {
        "People under age": MINORS[profile.minors],
        "Decides alone from": f"{alone} years, where the country gives no other age"
        if profile.minors == "guardian"
        else "",
        "Class picture": class_picture if profile.teacher_aggregate else "Not shown to teachers.",
        "Guesses about one person": INDIVIDUAL[profile.teacher_individual],
        "Self-reports": SELF_REPORT[profile.self_report],
        "Rules": RULES_USE[profile.rules_use],
        "Tests": SILENT[profile.silent_in],
        "What was sensed": f"kept {kept.blocks} days",
        "Estimates": f"kept {kept.estimates} days",
        "Class pictures": f"kept {kept.aggregates} days",
        "Told before": profile.exposure_notice,
        "Shown on every page": profile.banner,
    }


def _of_bodies(profile: Profile) -> str:
    more = profile.floor_biometric
    return f", of {more} for what is biometric" if more != profile.floor_people else ""


def _cell(profile: Profile | None, stream: str, purpose: str) -> Cell:
    """Asked of the gate itself, for an adult, so that the page cannot say otherwise."""
    name, words = scope(stream, purpose), PURPOSE_WORDS[purpose]
    try:
        gate.offered("adult", name, profile)
    except Refused as refusal:
        article = profile.reason(name).article if profile else ""
        return Cell(words, allowed=False, why=refusal.why, article=article)
    return Cell(words, allowed=True)
