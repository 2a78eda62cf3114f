"""Compute the effects of a change of legal profile: what stops, is deleted, or becomes allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts.site import site_facts
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import NAMES, LegalProfile
from consent.models import Grant
from consent.notices import notices
from consent.scopes import GRANT_SCOPES, PURPOSES, SOURCES, split
from consent.stream_labels import name_of
from privacy.retention.legal_profile_purge import ForbiddenScopes, affected, rows_under
from stewardship.legal_profile.summary import PURPOSE_WORDS, limits_of

PURGED_NAMES = {
    "Block": _("seconds of sensor data"),
    "AffectEstimate": _("estimates of feelings"),
    "BehaviourEstimate": _("estimates of behaviour"),
    "ShadowEstimate": _("estimates by a model under test"),
    "Explanation": _("explanations of estimates that someone asked for"),
    "Opening": _("personal baselines from the start of lessons"),
    "PersonalCalibration": _("personal adjustments from self-reports"),
    "Intervention": _("reasons for suggestions (that a suggestion was made is kept)"),
    "LetGo": _("times a rule waited and then did not act"),
    "LabelItem": _("moments shown to researchers"),
    "Label": _("labels given by researchers"),
    "SnapshotRow": _("encrypted copies made for a study"),
    "DeviceToken": _("lab sensor keys (they stop working)"),
    "Share": _("access given to a teacher (it ends)"),
    "Member": _("shares in class summaries (each summary affected is withdrawn)"),
}


@dataclass(frozen=True, slots=True)
class StoppedSource:
    """One source: how many people have each purpose on; None if that purpose does not stop."""

    stream: str
    people: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class PurgedKind:
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class ChangedLimit:
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ProfileImpact:
    """The effects of a new profile.

    `people`: how many people are affected. `floor`: a profile from the site's settings that applies
    together with the wanted one, or None. `renews`: whether each notice gets a new version.
    """

    wanted: LegalProfile
    floor: LegalProfile | None
    people: int
    stops: tuple[StoppedSource, ...]
    purged: tuple[PurgedKind, ...]
    possible: tuple[str, ...]
    limits: tuple[ChangedLimit, ...]
    renews: bool


def selectable_profiles() -> tuple[LegalProfile, ...]:
    return tuple(profiles.load_named(name) for name in NAMES)


def compute_impact(wanted: str, *, now: datetime) -> ProfileImpact:
    """Return the effects of confirming `wanted` now."""
    before = profiles.current(now=now)
    after = profiles.in_force(wanted, now=now)
    if after is None:
        raise LookupError(f"expected a profile named {wanted!r}")
    set_up = profiles.read_setting()
    forbidden = ForbiddenScopes.from_profile(after)
    return ProfileImpact(
        wanted=profiles.load_named(wanted),
        floor=profiles.load_named(set_up) if set_up and set_up != wanted else None,
        people=len(affected(forbidden)),
        stops=_stopped_sources(before, after),
        purged=_count_purged(forbidden),
        possible=_newly_possible(before, after),
        limits=_changed_limits(before, after),
        renews=notices.changes_retention(site_facts.current(), before, after),
    )


def _stopped_sources(before: LegalProfile | None, after: LegalProfile) -> tuple[StoppedSource, ...]:
    live = Grant.objects.filter(live=True).values("scope").annotate(n=Count("id"))
    people = {row["scope"]: row["n"] for row in live}

    def stops(name: str) -> bool:
        return (
            name in GRANT_SCOPES
            and not after.allows(name)
            and (before is None or before.allows(name) or name in people)
        )

    rows = {source: [f"{source}:{purpose}" for purpose in PURPOSES] for source in SOURCES}
    return tuple(
        StoppedSource(
            name_of(source),
            tuple(people.get(name, 0) if stops(name) else None for name in names),
        )
        for source, names in rows.items()
        if any(stops(name) for name in names)
    )


def _count_purged(forbidden: ForbiddenScopes) -> tuple[PurgedKind, ...]:
    found = {
        holding.model.__name__: rows.count() for holding, rows in rows_under(forbidden.everybody)
    }
    return tuple(
        PurgedKind(str(PURGED_NAMES[name]), count) for name, count in found.items() if count
    )


def _newly_possible(before: LegalProfile | None, after: LegalProfile) -> tuple[str, ...]:
    new = [n for n in GRANT_SCOPES if after.allows(n) and not (before and before.allows(n))]
    return tuple(", ".join(_scope_words(name)) for name in new)


def _changed_limits(before: LegalProfile | None, after: LegalProfile) -> tuple[ChangedLimit, ...]:
    old, new = limits_of(before) if before else {}, limits_of(after)
    return tuple(
        ChangedLimit(name, old.get(name, ""), text)
        for name, text in new.items()
        if old.get(name, "") != text
    )


def _scope_words(scope: str) -> tuple[str, str]:
    source, purpose = split(scope)
    return name_of(source.name), str(PURPOSE_WORDS[purpose])
