"""The text around a switch, as data for the page and as the text that is stored.

A grant stores the exact words it refers to (I-4). The page shows these lines and sends their digest
back. If they have changed by then, the grant is refused.
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
from learner.consent.labels import GroupWords, capitalise, purpose_names, title_of, words_of
from learner.consent.status import Situation

# The number at the beginning of a line, and inside it.
FLOOR_WORDS = {5: (noop("Five"), noop("five")), 10: (noop("Ten"), noop("ten"))}
TOGETHER = noop("Both of you must agree. If one of you says no or withdraws, it is off at once.")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The text about one group.

    `heads` says for each purpose who sees the data. `notice` is the version in force, `translated`
    its text in the language of the page.
    """

    words: GroupWords
    names: Mapping[str, str]
    heads: Mapping[str, str]
    retention: str
    together: str
    rules: str
    banner: str
    notice: Notice
    translated: Notice

    @property
    def lines(self) -> list[str]:
        """Return every line as it is on the page."""
        purposes = [f"{capitalise(self.names[each])}: {head}" for each, head in self.heads.items()]
        around = (self.words.title, self.words.what, self.words.example)
        after = (self.retention, self.together, self.rules, self.banner)
        return [line for line in (*around, *purposes, *after) if line]

    @property
    def text(self) -> str:
        """Return these lines and the notice they link to."""
        text = self.translated
        about = _("The exact text, version {version}, SHA-256 {digest}")
        about = about.format(version=text.version, digest=text.digest)
        return "\n".join([*self.lines, "", about, "", text.body])

    @property
    def digest(self) -> str:
        return digest_body(self.text)


def build_disclosure(
    here: Situation, group: str, *, to_guardian: bool = False
) -> Disclosure | None:
    """Return the text for this person, or for their Guardian; None without a notice."""
    notice = here.notice(group)
    if notice is None:
        return None
    seen = audience_by_purpose(here.profile, group, to_guardian=to_guardian)
    return Disclosure(
        words=words_of(group),
        names=purpose_names(group, of_ward=to_guardian),
        heads={each: seen[each] for each in purposes_of(group) if here.offered_scopes(group, each)},
        retention=retention_text(here.profile, group),
        together=_(TOGETHER) if here.needs_both(group) else "",
        rules=rules_text(here.profile),
        banner=banner_text(here.profile),
        notice=notice,
        translated=translate_notice(notice),
    )


def audience_by_purpose(
    profile: LegalProfile | None, *groups: str, to_guardian: bool = False
) -> dict[str, str]:
    """Return for each purpose who sees the data of these groups."""
    studied = profile is not None and any("research" in each for each in profile.allow.values())
    return {
        "adapt": _("Only they see it") if to_guardian else _("Only I see it"),
        "teach": _("{people}, no names").format(people=_group_size_text(profile, groups)),
        "research": _("Under a code") if studied else _("No study here"),
    }


def _group_size_text(profile: LegalProfile | None, groups: Collection[str]) -> str:
    """Say how many people a class summary needs; biometric groups may need more."""
    if profile is None:
        return _("{most} or more together").format(most=_number_word(BIOMETRIC_FLOOR))
    floors = {group: profile.floor(GROUPS[group]) for group in groups}
    most, least = max(floors.values()), min(floors.values())
    fewer = [_("“{title}”").format(title=title_of(g)) for g in groups if floors[g] < most]
    if not fewer:
        return _("{most} or more together").format(most=_number_word(most))
    text = _("{most} or more together (for {kinds} {least})")
    return text.format(
        most=_number_word(most), kinds=_join_names(fewer), least=_number_word(least, inside=True)
    )


def _join_names(names: list[str]) -> str:
    return reduce(lambda one, other: _("{one} and {other}").format(one=one, other=other), names)


def _number_word(floor: int, *, inside: bool = False) -> str:
    return _(FLOOR_WORDS[floor][inside]) if floor in FLOOR_WORDS else str(floor)


def retention_text(profile: LegalProfile | None, group: str) -> str:
    """Say how long data of the group is stored; for reports, the class summaries they are in."""
    if profile is None:
        return ""
    days = profile.retention
    is_one = days.blocks == days.estimates == days.aggregates
    if is_one or group not in SENSED_GROUPS:
        return ngettext("Kept for {n} day", "Kept for {n} days", days.aggregates).format(
            n=days.aggregates
        )
    text = _("Days kept: numbers {blocks}, estimates {estimates}, class summaries {aggregates}")
    return text.format(**asdict(days))


def rules_text(profile: LegalProfile | None) -> str:
    if profile is None:
        return _(NO_PROFILE)
    text = _("Rules of this site: {title}, version {version}.")
    return text.format(title=_(profile.title), version=profile.version)


def banner_text(profile: LegalProfile | None) -> str:
    if profile is None:
        return ""
    return " ".join(_(text) for text in (profile.banner, profile.exposure_notice) if text)
