"""Legal profiles: what this site may offer at all, read from `legal_profiles/<name>.toml`.

Deny by default: a Stream or purpose that the file does not name is blocked, and a file with an
unknown value is refused whole. Consent can never allow what the profile blocks (I-3, I-24). The
profile in the site's setting stays a floor under the one that two Stewards chose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, reduce
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.site import site_facts
from consent.legal_profiles import profile_parser
from consent.legal_profiles.profile_parser import (
    AgeLimits,
    BlockReason,
    ProfileError,
    RegisteredStudy,
    RetentionDays,
)
from consent.scopes import SOURCES, split

__all__ = [
    "NAMES",
    "AgeLimits",
    "BlockReason",
    "LegalProfile",
    "ProfileError",
    "RegisteredStudy",
    "RetentionDays",
    "current",
]

FOLDER = Path(__file__).parent
NAMES = (
    "demo",
    "eu_education",
    "eu_private_adult",
    "uk_child",
    "us_k12",
    "us_higher_ed",
    "cn",
    "research_study",
)
BIOMETRIC_FLOOR = 10
NO_PROFILE = noop(
    "This site has not set which law it follows, so nothing about your body or your "
    "movements can be switched on."
)
NOT_OFFERED = noop("Not offered on this site.")
ADULTS_ONLY = noop("Under this site’s rules, nothing is sensed about people under 18.")
NO_STUDY = noop("No study is registered on this site, so no data is collected for one.")
NOT_STARTED = noop("The study begins on {day}. Nothing is collected before then.")
ENDED = noop("The study ended on {day}. Nothing is collected any more.")
EXAM = noop("This is a graded test. Nothing is sensed while you take it.")


@dataclass(frozen=True, slots=True)
class LegalProfile:
    """One legal profile, or the stricter combination of two.

    `floor_people`: how many real people a shown group needs; `floor_biometric`: if any biometric
    data is in it. `silent_in`: the scenarios of a Sitting in which nothing is sensed. `summary`
    explains the profile in two sentences. `parts`: the profiles it was combined from.
    """

    name: str
    version: int
    title: str
    summary: str
    banner: str
    exposure_notice: str
    minors: str
    ages: AgeLimits
    self_report: str
    rules_use: str
    silent_in: frozenset[str]
    teacher_aggregate: bool
    teacher_individual: str
    floor_people: int
    floor_simulated: int
    retention: RetentionDays
    needs_study: bool
    allow: Mapping[str, frozenset[str]]
    reasons: Mapping[str, BlockReason]
    parts: tuple[LegalProfile, ...] = ()

    @property
    def floor_biometric(self) -> int:
        """Return the minimum group size; only the demo may go below BIOMETRIC_FLOOR (rulings 5)."""
        demo = {part.name for part in self.parts or (self,)} == {"demo"}
        return self.floor_people if demo else max(BIOMETRIC_FLOOR, self.floor_people)

    def floor(self, sources: Collection[str]) -> int:
        """Return how many people a group needs, given the sources that a figure is made from."""
        biometric = any(SOURCES[name].biometric for name in sources)
        return self.floor_biometric if biometric else self.floor_people

    def allows(self, scope: str) -> bool:
        source, purpose = split(scope)
        return purpose in self.allow.get(source.name, frozenset())

    def allows_age(self, age_band: str) -> bool:
        """Return whether people of this age may be sensed here at all, with any consent."""
        return age_band == "adult" or self.minors != "never"

    def age_alone(self, country: str | None) -> int:
        """Return the age from which a person decides alone; the highest for an unknown country."""
        return self.ages.alone(country)

    def reason(self, scope: str) -> BlockReason:
        """Return why this is off: the reason for the source, its kind or purpose, or a default."""
        for part in self.parts:
            if not part.allows(scope):
                return part.reason(scope)
        source, purpose = split(scope)
        kind = "biometric" if source.biometric else purpose
        return self.reasons.get(source.name) or self.reasons.get(kind) or self.reasons["default"]


def current(*, now: datetime | None = None) -> LegalProfile | None:
    """Return the profile in force now, or None if none is configured or chosen."""
    return in_force(load_chosen(), now=now or timezone.now())


def folds_reports() -> bool:
    """Return whether the buttons for self-reports stay closed until the Learner opens them."""
    profile = current()
    return profile is not None and profile.self_report == "off_by_default"


def load_chosen() -> str | None:
    """Return the profile that two Stewards chose last; the setting stays a floor under it."""
    change = apps.get_model("consent", "ProfileChange")
    return change.confirmed().values_list("wanted", flat=True).first()


def read_setting() -> str:
    """Return the profile in the site's setting, or ""."""
    return settings.LEGAL_PROFILE or ""


def in_force(chosen: str | None, *, now: datetime) -> LegalProfile | None:
    """Return the stricter of setting and choice; without a running study it allows nothing."""
    names = dict.fromkeys(name for name in (chosen, read_setting()) if name)
    if not names:
        return None
    return _apply_study(_combine(tuple(FOLDER / f"{name}.toml" for name in names)), now)


def has_study_ended(profile: LegalProfile | None, *, now: datetime) -> bool:
    """Return whether the site is for a study, and the study has ended."""
    if profile is None or not profile.needs_study:
        return False
    study = profile_parser.read_study(settings.STUDY_FILE)
    return study is not None and site_facts.site_day(now) > study.ends


def load_named(name: str) -> LegalProfile:
    """Return the shipped profile with this name. Raises ProfileError."""
    return load(FOLDER / f"{name}.toml")


@lru_cache(maxsize=16)
def load(path: Path) -> LegalProfile:
    """Return the parsed file. Raises ProfileError that names the file and what was expected."""
    return LegalProfile(name=path.stem, **profile_parser.read_profile(path))


@lru_cache(maxsize=64)
def _combine(paths: tuple[Path, ...]) -> LegalProfile:
    return reduce(stricter, map(load, paths))


def stricter(one: LegalProfile, other: LegalProfile) -> LegalProfile:
    """Return the combination: allowed is what both allow, and the tighter limit applies."""
    nothing: frozenset[str] = frozenset()
    return replace(
        one,
        banner=one.banner or other.banner,
        exposure_notice=one.exposure_notice or other.exposure_notice,
        minors=_choose_stricter(profile_parser.MINORS, one.minors, other.minors),
        ages=one.ages.older(other.ages),
        self_report=_choose_stricter(
            profile_parser.SELF_REPORT, one.self_report, other.self_report
        ),
        rules_use=_choose_stricter(profile_parser.RULES_USE, one.rules_use, other.rules_use),
        silent_in=one.silent_in | other.silent_in,
        teacher_aggregate=one.teacher_aggregate and other.teacher_aggregate,
        teacher_individual=_choose_stricter(
            profile_parser.INDIVIDUAL, one.teacher_individual, other.teacher_individual
        ),
        floor_people=max(one.floor_people, other.floor_people),
        floor_simulated=max(one.floor_simulated, other.floor_simulated),
        retention=one.retention.shorter(other.retention),
        needs_study=one.needs_study or other.needs_study,
        allow={name: own & other.allow.get(name, nothing) for name, own in one.allow.items()},
        parts=(one, other),
    )


def _choose_stricter(words: tuple[str, ...], *given: str) -> str:
    """Return the strictest of these values; `words` goes from loose to strict."""
    return max(given, key=words.index)


def _apply_study(profile: LegalProfile, now: datetime) -> LegalProfile:
    """Limit a study profile: it holds only while the study runs, and stores data no longer."""
    if not profile.needs_study:
        return profile
    study, today = profile_parser.read_study(settings.STUDY_FILE), site_facts.site_day(now)
    if study is not None:
        limit = RetentionDays(study.keep_days, study.keep_days, study.keep_days)
        profile = replace(profile, retention=profile.retention.shorter(limit))
        if study.begins <= today <= study.ends:
            return profile
    article = _format_article(study) if study else noop("No study")
    nothing = {"default": BlockReason(_explain_no_study(study, today), article)}
    return replace(profile, allow={}, reasons=nothing, parts=())


def _format_article(study: RegisteredStudy) -> str:
    words = _("Study {protocol}, approval {approval}")
    return words.format(protocol=study.protocol, approval=study.approval)


def _explain_no_study(study: RegisteredStudy | None, today: date) -> str:
    """Return why no study runs; the sentence contains a date, so it is translated here."""
    if study is None:
        return NO_STUDY
    words, day = (NOT_STARTED, study.begins) if today < study.begins else (ENDED, study.ends)
    return _(words).format(day=f"{date_format(day, 'MONTH_DAY_FORMAT')} {day.year}")
