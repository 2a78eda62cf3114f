"""What stands on the page around a switch, as data for the page and as the text that is kept.

A yes keeps the exact words it was an answer to (I-4): the page shows these lines and sends their
digest back, and if they are others by then, the yes is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import reduce

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from consent.legal_profiles.profiles import BIOMETRIC_FLOOR, NO_PROFILE, LegalProfile
from consent.models import Notice
from consent.notices.notices import digest_body, translate_notice
from consent.stream_groups import GROUPS, SENSED_GROUPS, purposes_of
from learner.consent.labels import Words, begun, purpose_names, title_of, words_of
from learner.consent.status import Situation

# At the beginning of a line, and inside it.
FLOOR_WORDS = {5: (noop("Five"), noop("five")), 10: (noop("Ten"), noop("ten"))}
TOGETHER = noop("Both of you must agree. If one of you says no or withdraws, it is off at once.")


@dataclass(frozen=True, slots=True)
class Told:
    """The words about one group: `heads` say for each purpose who sees it. `notice` is the version
    in force, `spoken` its text in the language of the page."""

    words: Words
    names: Mapping[str, str]
    heads: Mapping[str, str]
    kept: str
    together: str
    rules: str
    banner: str
    notice: Notice
    spoken: Notice

    @property
    def lines(self) -> list[str]:
        """Every line of it, as it stands on the page."""
        purposes = [f"{begun(self.names[each])}: {head}" for each, head in self.heads.items()]
        around = (self.words.title, self.words.what, self.words.example)
        after = (self.kept, self.together, self.rules, self.banner)
        return [line for line in (*around, *purposes, *after) if line]

    @property
    def text(self) -> str:
        """These lines, and the notice they lead to."""
        text = self.spoken
        about = _("The exact text, version {version}, SHA-256 {digest}")
        about = about.format(version=text.version, digest=text.digest)
        return "\n".join([*self.lines, "", about, "", text.body])

    @property
    def digest(self) -> str:
        return digest_body(self.text)


def told(here: Situation, group: str, *, to_guardian: bool = False) -> Told | None:
    """What this person, or their Guardian, is told about the group; None without a notice."""
    notice = here.notice(group)
    if notice is None:
        return None
    seen = heads(here.profile, group, to_guardian=to_guardian)
    return Told(
        words=words_of(group),
        names=purpose_names(of_ward=to_guardian),
        heads={each: seen[each] for each in purposes_of(group) if here.offered(group, each)},
        kept=kept(here.profile, group),
        together=_(TOGETHER) if here.two(group) else "",
        rules=rules(here.profile),
        banner=banner(here.profile),
        notice=notice,
        spoken=translate_notice(notice),
    )


def heads(profile: LegalProfile | None, *groups: str, to_guardian: bool = False) -> dict[str, str]:
    """Who sees what is taken of these groups for each purpose."""
    studied = profile is not None and any("research" in each for each in profile.allow.values())
    return {
        "adapt": _("Only they see it") if to_guardian else _("Only I see it"),
        "teach": _("{people}, no names").format(people=_together(profile, groups)),
        "research": _("Under a code") if studied else _("No study here"),
    }


def _together(profile: LegalProfile | None, groups: Collection[str]) -> str:
    """From how many people on; what is of the body may need more of them than the rest."""
    if profile is None:
        return _("{most} or more together").format(most=_number(BIOMETRIC_FLOOR))
    floors = {group: profile.floor(GROUPS[group]) for group in groups}
    most, least = max(floors.values()), min(floors.values())
    fewer = [_("“{title}”").format(title=title_of(g)) for g in groups if floors[g] < most]
    if not fewer:
        return _("{most} or more together").format(most=_number(most))
    told = _("{most} or more together (for {kinds} {least})")
    return told.format(most=_number(most), kinds=_all(fewer), least=_number(least, inside=True))


def _all(names: list[str]) -> str:
    return reduce(lambda one, other: _("{one} and {other}").format(one=one, other=other), names)


def _number(floor: int, *, inside: bool = False) -> str:
    return _(FLOOR_WORDS[floor][inside]) if floor in FLOOR_WORDS else str(floor)


def kept(profile: LegalProfile | None, group: str) -> str:
    """How long what is made of the group is kept; of reports, the class pictures they are in."""
    if profile is None:
        return ""
    days = profile.retention
    is_one = days.blocks == days.estimates == days.aggregates
    if is_one or group not in SENSED_GROUPS:
        return ngettext("Kept for {n} day", "Kept for {n} days", days.aggregates).format(
            n=days.aggregates
        )
    told = _("Days kept: numbers {blocks}, estimates {estimates}, class summaries {aggregates}")
    return told.format(**asdict(days))


def rules(profile: LegalProfile | None) -> str:
    if profile is None:
        return _(NO_PROFILE)
    told = _("Rules of this site: {title}, version {version}.")
    return told.format(title=_(profile.title), version=profile.version)


def banner(profile: LegalProfile | None) -> str:
    if profile is None:
        return ""
    return " ".join(_(text) for text in (profile.banner, profile.exposure_notice) if text)
