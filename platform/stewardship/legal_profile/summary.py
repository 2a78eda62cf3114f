"""What the legal profile lets this site ask for, and for each thing it blocks, why."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop

from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from consent.permits import gate
from consent.permits.errors import Refused
from consent.scopes import PURPOSES, SOURCES, scope
from consent.stream_labels import name_of

MINORS = {
    "alone": lazy("Minors decide alone."),
    "guardian": lazy("For minors, both a guardian and the minor must consent."),
    "never": lazy("Nothing is sensed about people under 18."),
}
RULES_USE = {
    "yes": lazy("Rules may use estimates, together with what was done or said."),
    "log_only": lazy("Rules that use estimates are recorded but never shown."),
    "self_report_only": lazy("Rules use what people did and said, never estimates."),
}
INDIVIDUAL = {
    "never": lazy("Never shown to a teacher."),
    "shared": lazy("Shown to a teacher only if the person shares them."),
}
SELF_REPORT = {
    "on": lazy("Shown, voluntary."),
    "off_by_default": lazy("Voluntary, and closed until the learner opens it."),
}
SILENT = {
    frozenset({"graded"}): lazy("Nothing is sensed in a graded test."),
    frozenset({"graded", "practice"}): lazy(
        "Nothing is sensed in tests, including practice tests."
    ),
}
PURPOSE_WORDS = {
    "adapt": lazy("Help for me"),
    "teach": lazy("Class summary"),
    "research": lazy("Research"),
}

PART_OF_COURSE = noop(
    "Self-reports are part of the course. Consent is asked only for the class summary."
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One source for one purpose; `why` and `article` where it is blocked."""

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

    profile: LegalProfile | None
    limits: tuple[tuple[str, str], ...]
    none: str
    purposes: tuple[str, ...]
    rows: tuple[Row, ...]


def in_force() -> InForce:
    profile = profiles.current()
    rows = tuple(
        Row(
            name_of(name),
            source.biometric,
            tuple(_cell(profile, name, purpose) for purpose in PURPOSES),
        )
        for name, source in SOURCES.items()
    )
    limits = tuple(limits_of(profile).items()) if profile else ()
    return InForce(
        profile, limits, _(profiles.NO_PROFILE), tuple(map(str, PURPOSE_WORDS.values())), rows
    )


def limits_of(profile: LegalProfile) -> dict[str, str]:
    """What a profile says beside what may be asked, in words."""
    kept, alone = profile.retention, profile.ages.default
    return {
        _("Minors"): str(MINORS[profile.minors]),
        _("Can decide alone from"): _("{n} years, unless the country sets another age").format(
            n=alone
        )
        if profile.minors == "guardian"
        else "",
        _("Class summary"): _class_picture(profile),
        _("Estimates about one person"): str(INDIVIDUAL[profile.teacher_individual]),
        _("Self-reports"): str(SELF_REPORT[profile.self_report]),
        _("Rules"): str(RULES_USE[profile.rules_use]),
        _("Tests"): str(SILENT[profile.silent_in]),
        _("Sensor data"): _kept(kept.blocks),
        _("Estimates"): _kept(kept.estimates),
        _("Class summaries"): _kept(kept.aggregates),
        _("Information before consent"): _said(profile.exposure_notice),
        _("Shown on every page"): _said(profile.banner),
    }


def _said(text: str) -> str:
    """What a profile's file says; it may say nothing."""
    return _(text) if text else ""


def _kept(days: int) -> str:
    return _("kept for {n} days").format(n=days)


def _class_picture(profile: LegalProfile) -> str:
    if not profile.teacher_aggregate:
        return _("Not shown to teachers.")
    text = _(
        "Shown for groups of {people} people or more; for simulated people, {simulated} or more."
    )
    if profile.floor_biometric != profile.floor_people:
        text = _(
            "Shown for groups of {people} people or more, {bodies} or more for biometric "
            "data; for simulated people, {simulated} or more."
        )
    return text.format(
        people=profile.floor_people,
        bodies=profile.floor_biometric,
        simulated=profile.floor_simulated,
    )


def _cell(profile: LegalProfile | None, source: str, purpose: str) -> Cell:
    """Asked of the gate itself, for an adult, so that the page cannot say otherwise."""
    words = str(PURPOSE_WORDS[purpose])
    if purpose not in SOURCES[source].purposes:
        return Cell(words, allowed=False, why=_(PART_OF_COURSE))
    name = scope(source, purpose)
    try:
        gate.require_offered("adult", name, profile)
    except Refused as refusal:
        article = profile.reason(name).article if profile else ""
        return Cell(words, allowed=False, why=refusal.why, article=_said(article))
    return Cell(words, allowed=True)
