"""What a change of the legal profile would stop, remove and allow, counted beforehand."""

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

KINDS = {
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
class Stop:
    """One source: for each purpose how many people have it on that would stop; None where that
    purpose does not stop."""

    stream: str
    people: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`people`: from how many something stops or goes; `floor`: a profile of the site's setting
    that stays beside the wanted one, or None; `renews`: whether each notice gets a new version."""

    wanted: LegalProfile
    floor: LegalProfile | None
    people: int
    stops: tuple[Stop, ...]
    purged: tuple[Kind, ...]
    possible: tuple[str, ...]
    limits: tuple[Limit, ...]
    renews: bool


def choices() -> tuple[LegalProfile, ...]:
    return tuple(profiles.load_named(name) for name in NAMES)


def preview(wanted: str, *, now: datetime) -> Preview:
    """What would follow if `wanted` were confirmed now."""
    before = profiles.current(now=now)
    after = profiles.in_force(wanted, now=now)
    if after is None:
        raise LookupError(f"expected a profile named {wanted!r}")
    set_up = profiles.read_setting()
    forbidden = ForbiddenScopes.from_profile(after)
    return Preview(
        wanted=profiles.load_named(wanted),
        floor=profiles.load_named(set_up) if set_up and set_up != wanted else None,
        people=len(affected(forbidden)),
        stops=_stops(before, after),
        purged=_purged(forbidden),
        possible=_possible(before, after),
        limits=_limits(before, after),
        renews=notices.changes_retention(site_facts.current(), before, after),
    )


def _stops(before: LegalProfile | None, after: LegalProfile) -> tuple[Stop, ...]:
    live = Grant.objects.filter(live=True).values("scope").annotate(n=Count("id"))
    people = {row["scope"]: row["n"] for row in live}

    def falls(name: str) -> bool:
        return (
            name in GRANT_SCOPES
            and not after.allows(name)
            and (before is None or before.allows(name) or name in people)
        )

    rows = {source: [f"{source}:{purpose}" for purpose in PURPOSES] for source in SOURCES}
    return tuple(
        Stop(
            name_of(source),
            tuple(people.get(name, 0) if falls(name) else None for name in names),
        )
        for source, names in rows.items()
        if any(falls(name) for name in names)
    )


def _purged(forbidden: ForbiddenScopes) -> tuple[Kind, ...]:
    found = {
        holding.model.__name__: rows.count() for holding, rows in rows_under(forbidden.everybody)
    }
    return tuple(Kind(str(KINDS[name]), count) for name, count in found.items() if count)


def _possible(before: LegalProfile | None, after: LegalProfile) -> tuple[str, ...]:
    new = [n for n in GRANT_SCOPES if after.allows(n) and not (before and before.allows(n))]
    return tuple(", ".join(_words(name)) for name in new)


def _limits(before: LegalProfile | None, after: LegalProfile) -> tuple[Limit, ...]:
    old, new = limits_of(before) if before else {}, limits_of(after)
    return tuple(
        Limit(name, old.get(name, ""), text)
        for name, text in new.items()
        if old.get(name, "") != text
    )


def _words(scope: str) -> tuple[str, str]:
    source, purpose = split(scope)
    return name_of(source.name), str(PURPOSE_WORDS[purpose])
