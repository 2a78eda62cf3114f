"""Legal profiles: what this site may offer at all, read from `legal_profiles/<name>.toml`.

Deny by default: a Stream or purpose that the file does not name is blocked, and a file with an
unknown word is refused whole. Consent can never allow what the profile blocks (I-3, I-24). The
site's setting names the first profile and stays a floor under the one that two Stewards chose.
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

from consent.legal_profiles import profile_parser
from consent.legal_profiles.profile_parser import Age, ProfileError, Reason, Retention, Study
from consent.scopes import SOURCES, split

__all__ = ["NAMES", "Age", "Profile", "ProfileError", "Reason", "Retention", "Study", "current"]

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
NOT_BEGUN = noop("The study begins on {day}. Nothing is collected before then.")
ENDED = noop("The study ended on {day}. Nothing is collected any more.")
EXAM = noop("This is a graded test. Nothing is sensed while you take it.")


@dataclass(frozen=True, slots=True)
class Profile:
    """One legal profile, or two of which the stricter word counts.

    `floor_people` real people make a group that may be shown, `floor_biometric` where anything of
    their bodies is in it; `silent_in` are the scenarios of a Sitting in which nothing is sensed.
    `summary` explains it in two sentences; `parts` are the profiles it was put together from.
    """

    name: str
    version: int
    title: str
    summary: str
    banner: str
    exposure_notice: str
    minors: str
    ages: Age
    self_report: str
    rules_use: str
    silent_in: frozenset[str]
    teacher_aggregate: bool
    teacher_individual: str
    floor_people: int
    floor_simulated: int
    retention: Retention
    needs_study: bool
    allow: Mapping[str, frozenset[str]]
    reasons: Mapping[str, Reason]
    parts: tuple[Profile, ...] = ()

    @property
    def floor_biometric(self) -> int:
        """A profile may ask for more people than this, and only the demo for fewer (rulings 5)."""
        demo = {part.name for part in self.parts or (self,)} == {"demo"}
        return self.floor_people if demo else max(BIOMETRIC_FLOOR, self.floor_people)

    def floor(self, sources: Collection[str]) -> int:
        """How many people make a group about whom these sources say something."""
        biometric = any(SOURCES[name].biometric for name in sources)
        return self.floor_biometric if biometric else self.floor_people

    def allows(self, scope: str) -> bool:
        source, purpose = split(scope)
        return purpose in self.allow.get(source.name, frozenset())

    def allows_age(self, age_band: str) -> bool:
        """Return whether people of this age may be sensed here at all, whoever agrees."""
        return age_band == "adult" or self.minors != "never"

    def age_alone(self, country: str | None) -> int:
        """The age from which a person decides alone; an unknown country takes the highest."""
        return self.ages.alone(country)

    def reason(self, scope: str) -> Reason:
        """Why this is off: said for the source, else for its kind or purpose, else in general."""
        for part in self.parts:
            if not part.allows(scope):
                return part.reason(scope)
        source, purpose = split(scope)
        kind = "biometric" if source.biometric else purpose
        return self.reasons.get(source.name) or self.reasons.get(kind) or self.reasons["default"]


def current(*, now: datetime | None = None) -> Profile | None:
    """The profile this site runs under now, or None where nobody has chosen one."""
    return in_force(chosen(), now=now or timezone.now())


def chosen() -> str | None:
    """The profile that two Stewards chose last; the setting stays a floor under it."""
    change = apps.get_model("consent", "ProfileChange")
    return change.confirmed().values_list("wanted", flat=True).first()


def setting() -> str:
    """The profile of the site's setting, or an empty text."""
    return settings.LEGAL_PROFILE or ""


def in_force(chosen: str | None, *, now: datetime) -> Profile | None:
    """The stricter of the setting and what was chosen; a study that does not run allows nothing."""
    names = dict.fromkeys(name for name in (chosen, setting()) if name)
    if not names:
        return None
    return _with_study(_together(tuple(FOLDER / f"{name}.toml" for name in names)), now)


def study_over(profile: Profile | None, *, now: datetime) -> bool:
    """Return whether the site is for a study, and the study has ended."""
    if profile is None or not profile.needs_study:
        return False
    study = profile_parser.study(settings.STUDY_FILE)
    return study is not None and now.date() > study.ends


def named(name: str) -> Profile:
    """The shipped profile of this name; raises ProfileError."""
    return load(FOLDER / f"{name}.toml")


@lru_cache(maxsize=16)
def load(path: Path) -> Profile:
    """Read and check one file; raises ProfileError naming the file and what was expected."""
    return Profile(name=path.stem, **profile_parser.read(path))


@lru_cache(maxsize=64)
def _together(paths: tuple[Path, ...]) -> Profile:
    return reduce(stricter, map(load, paths))


def stricter(one: Profile, other: Profile) -> Profile:
    """Both at once: allowed is what both allow, and of each limit the tighter one counts."""
    nothing: frozenset[str] = frozenset()
    return replace(
        one,
        banner=one.banner or other.banner,
        exposure_notice=one.exposure_notice or other.exposure_notice,
        minors=_tighter(profile_parser.MINORS, one.minors, other.minors),
        ages=one.ages.older(other.ages),
        self_report=_tighter(profile_parser.SELF_REPORT, one.self_report, other.self_report),
        rules_use=_tighter(profile_parser.RULES_USE, one.rules_use, other.rules_use),
        silent_in=one.silent_in | other.silent_in,
        teacher_aggregate=one.teacher_aggregate and other.teacher_aggregate,
        teacher_individual=_tighter(
            profile_parser.INDIVIDUAL, one.teacher_individual, other.teacher_individual
        ),
        floor_people=max(one.floor_people, other.floor_people),
        floor_simulated=max(one.floor_simulated, other.floor_simulated),
        retention=one.retention.shorter(other.retention),
        needs_study=one.needs_study or other.needs_study,
        allow={name: own & other.allow.get(name, nothing) for name, own in one.allow.items()},
        parts=(one, other),
    )


def _tighter(words: tuple[str, ...], *given: str) -> str:
    """The last of these in a list that goes from loose to strict."""
    return max(given, key=words.index)


def _with_study(profile: Profile, now: datetime) -> Profile:
    """A profile for a study holds only while the site's study runs, and keeps no longer than it."""
    if not profile.needs_study:
        return profile
    study, today = profile_parser.study(settings.STUDY_FILE), now.date()
    if study is not None:
        kept = Retention(study.keep_days, study.keep_days, study.keep_days)
        profile = replace(profile, retention=profile.retention.shorter(kept))
        if study.begins <= today <= study.ends:
            return profile
    article = _article(study) if study else noop("No study")
    nothing = {"default": Reason(_no_study(study, today), article)}
    return replace(profile, allow={}, reasons=nothing, parts=())


def _article(study: Study) -> str:
    words = _("Study {protocol}, approval {approval}")
    return words.format(protocol=study.protocol, approval=study.approval)


def _no_study(study: Study | None, today: date) -> str:
    """With a day in it, so in the language spoken now."""
    if study is None:
        return NO_STUDY
    words, day = (NOT_BEGUN, study.begins) if today < study.begins else (ENDED, study.ends)
    return _(words).format(day=f"{date_format(day, 'MONTH_DAY_FORMAT')} {day.year}")
