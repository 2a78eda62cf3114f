"""What the legal profile allows this site to ask for, and the reason for each blocked item."""

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
class PurposeCell:
    """One source for one purpose; `why` and `article` are set if it is blocked."""

    purpose: str
    allowed: bool
    why: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    stream: str
    biometric: bool
    cells: tuple[PurposeCell, ...]

    @property
    def blocked(self) -> tuple[PurposeCell, ...]:
        """Return one blocked cell for each distinct reason."""
        return tuple({cell.why: cell for cell in self.cells if not cell.allowed}.values())


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """Content of the profile page; `profile` is None if none was chosen."""

    profile: LegalProfile | None
    limits: tuple[tuple[str, str], ...]
    none: str
    purposes: tuple[str, ...]
    rows: tuple[SourceRow, ...]


def load_summary() -> ProfileSummary:
    profile = profiles.current()
    rows = tuple(
        SourceRow(
            name_of(name),
            source.biometric,
            tuple(_make_cell(profile, name, purpose) for purpose in PURPOSES),
        )
        for name, source in SOURCES.items()
    )
    limits = tuple(limits_of(profile).items()) if profile else ()
    return ProfileSummary(
        profile, limits, _(profiles.NO_PROFILE), tuple(map(str, PURPOSE_WORDS.values())), rows
    )


def limits_of(profile: LegalProfile) -> dict[str, str]:
    """Return the limits of a profile other than the allowed scopes, in words."""
    retention, adult_age = profile.retention, profile.ages.default
    return {
        _("Minors"): str(MINORS[profile.minors]),
        _("Can decide alone from"): _("{n} years, unless the country sets another age").format(
            n=adult_age
        )
        if profile.minors == "guardian"
        else "",
        _("Class summary"): _class_picture_text(profile),
        _("Estimates about one person"): str(INDIVIDUAL[profile.teacher_individual]),
        _("Self-reports"): str(SELF_REPORT[profile.self_report]),
        _("Rules"): str(RULES_USE[profile.rules_use]),
        _("Tests"): str(SILENT[profile.silent_in]),
        _("Sensor data"): _retention_text(retention.blocks),
        _("Estimates"): _retention_text(retention.estimates),
        _("Class summaries"): _retention_text(retention.aggregates),
        _("Information before consent"): _translate(profile.exposure_notice),
        _("Shown on every page"): _translate(profile.banner),
    }


def _translate(text: str) -> str:
    """Translate a text of a profile's file; it may be empty."""
    return _(text) if text else ""


def _retention_text(days: int) -> str:
    return _("kept for {n} days").format(n=days)


def _class_picture_text(profile: LegalProfile) -> str:
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


def _make_cell(profile: LegalProfile | None, source: str, purpose: str) -> PurposeCell:
    """Ask the gate itself, for an adult, so that the page cannot differ from it."""
    words = str(PURPOSE_WORDS[purpose])
    if purpose not in SOURCES[source].purposes:
        return PurposeCell(words, allowed=False, why=_(PART_OF_COURSE))
    name = scope(source, purpose)
    try:
        gate.require_offered("adult", name, profile)
    except Refused as refusal:
        article = profile.reason(name).article if profile else ""
        return PurposeCell(words, allowed=False, why=refusal.why, article=_translate(article))
    return PurposeCell(words, allowed=True)
