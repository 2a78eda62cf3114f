"""What stands on the page around a switch, as data for the page and as the text that is kept.

A yes keeps the exact words it was an answer to (I-4): the page shows these lines and sends their
digest back, and if they are others by then, the yes is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from classroom.consent_situation import Situation
from classroom.consent_words import PURPOSE_NAMES, PURPOSE_NAMES_OF_WARD, WORDS, Words
from consent.groups import GROUPS
from consent.models import Notice
from consent.notices import digest
from consent.profiles import BIOMETRIC_FLOOR, NO_PROFILE, Profile
from consent.scopes import PURPOSES

FLOOR_WORDS = {5: "Five", 10: "Ten"}
TOGETHER = "Both of you have to say yes. If one says no or takes it back, it is off at once."


@dataclass(frozen=True, slots=True)
class Told:
    """The words about one group: `heads` say for each purpose who sees it."""

    words: Words
    names: Mapping[str, str]
    heads: Mapping[str, str]
    kept: str
    together: str
    rules: str
    banner: str
    notice: Notice

    @property
    def lines(self) -> list[str]:
        """Every line of it, as it stands on the page."""
        purposes = [f"{self.names[each].capitalize()}: {head}" for each, head in self.heads.items()]
        around = (self.words.title, self.words.what, self.words.example)
        after = (self.kept, self.together, self.rules, self.banner)
        return [line for line in (*around, *purposes, *after) if line]

    @property
    def text(self) -> str:
        """These lines, and the notice they lead to."""
        about = f"The exact text, version {self.notice.version}, SHA-256 {self.notice.digest}"
        return "\n".join([*self.lines, "", about, "", self.notice.body])

    @property
    def digest(self) -> str:
        return digest(self.text)


def told(here: Situation, group: str, *, to_guardian: bool = False) -> Told | None:
    """What this person, or their Guardian, is told about the group; None without a notice."""
    notice = here.notice(group)
    if notice is None:
        return None
    seen = heads(here.profile, group, to_guardian=to_guardian)
    return Told(
        words=WORDS[group],
        names=PURPOSE_NAMES_OF_WARD if to_guardian else PURPOSE_NAMES,
        heads={each: seen[each] for each in PURPOSES if here.offered(group, each)},
        kept=kept(here.profile),
        together=TOGETHER if here.two(group) else "",
        rules=rules(here.profile),
        banner=banner(here.profile),
        notice=notice,
    )


def heads(profile: Profile | None, *groups: str, to_guardian: bool = False) -> dict[str, str]:
    """Who sees what is taken of these groups for each purpose."""
    studied = profile is not None and any("research" in each for each in profile.allow.values())
    return {
        "adapt": "Seen by them only" if to_guardian else "Seen by me only",
        "teach": f"{_together(profile, groups)}, no names",
        "research": "Under a code" if studied else "No study here",
    }


def _together(profile: Profile | None, groups: Collection[str]) -> str:
    """From how many people on; what is of the body may need more of them than the rest."""
    if profile is None:
        return f"{_number(BIOMETRIC_FLOOR)} or more together"
    floors = {group: profile.floor(GROUPS[group]) for group in groups}
    most, least = max(floors.values()), min(floors.values())
    fewer = "and".join(f" “{WORDS[group].title}” " for group in groups if floors[group] < most)
    rest = f" (for{fewer}{_number(least).lower()})" if fewer else ""
    return f"{_number(most)} or more together{rest}"


def _number(floor: int) -> str:
    return FLOOR_WORDS.get(floor, str(floor))


def kept(profile: Profile | None) -> str:
    return f"Kept {profile.retention.blocks} days" if profile else ""


def rules(profile: Profile | None) -> str:
    if profile is None:
        return NO_PROFILE
    return f"Rules of this site: {profile.title}, version {profile.version}."


def banner(profile: Profile | None) -> str:
    if profile is None:
        return ""
    return " ".join(text for text in (profile.banner, profile.exposure_notice) if text)
