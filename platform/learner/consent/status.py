"""How a person's consents stand now: what may be asked, what is in force, what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import User
from accounts.people import name_of
from consent.grants.grant_expiry import REMIND
from consent.grants.grant_reducer import GrantState
from consent.grants.guardian_consent import needs_guardian, needs_two
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from consent.models import ConsentEvent, Grant, Notice
from consent.notices import notices
from consent.permits.errors import Refused
from consent.permits.gate import GateAnswers, permits, require_offered
from consent.scopes import GRANT_SCOPES
from consent.stream_groups import GROUPS, first_purpose, first_scope, scopes_of

GUARDIAN = noop("your parent or guardian")


@dataclass(frozen=True)
class Situation:
    """A person, what the gate says about them now, their Grants, and the law of this site."""

    person: User
    answers: GateAnswers
    profile: LegalProfile | None
    rows: Mapping[str, Grant]
    now: datetime

    def offered(self, group: str, purpose: str) -> list[str]:
        """The scopes behind one switch that this site may ask this person for."""
        return [name for name in scopes_of(group, purpose) if self.refusal(name) is None]

    def refusal(self, name: str) -> Refused | None:
        try:
            require_offered(self.person.age_band, name, self.profile)
        except Refused as refusal:
            return refusal
        return None

    def notice(self, group: str) -> Notice | None:
        """The text of today."""
        return self._texts.get(group)

    @cached_property
    def _texts(self) -> dict[str, Notice]:
        return notices.current_by_group(self.person.age_band, now=self.now)

    def is_on(self, group: str, purpose: str) -> bool:
        """Whether all that is offered of the group is allowed and in force."""
        names = self.offered(group, purpose)
        return bool(names) and all(self._stands(name) for name in names)

    def _stands(self, name: str) -> bool:
        """A paused yes is still a yes: saving this page must not take it back."""
        refusal, row = self.answers.refused.get(name), self.rows.get(name)
        paused = refusal is not None and refusal.code == "restricted"
        return refusal is None or (paused and row is not None and row.live)

    def code(self, group: str, purpose: str) -> str:
        """Why the gate refuses what once was allowed: the first code, or an empty text."""
        refused = [self.answers.refused.get(name) for name in self.offered(group, purpose)]
        held = [one.code for one in refused if one is not None and one.code != "no_grant"]
        return held[0] if held else ""

    def two(self, group: str) -> bool:
        """Whether a Guardian and the person both have to say yes to this group."""
        return needs_two(self.profile, self.person.age_band, first_scope(group))

    def is_open(self, group: str) -> bool:
        """Whether this site may ask this person for anything of the group."""
        return bool(self.offered(group, first_purpose(group)))

    def said(self, group: str, purpose: str, verb: str) -> datetime | None:
        """When this yes was said to all of it, under the text of today; None where it was not."""
        text, names = self.notice(group), self.offered(group, purpose)
        rows = [self.rows.get(name) for name in names]
        if text is None or not rows:
            return None
        found = [
            GrantState.from_row(row).said(verb)
            for row in rows
            if row is not None and row.notice_id == text.pk and row.expires_at > self.now
        ]
        said = [at for at in found if at is not None]
        return min(said) if len(said) == len(names) else None

    def waits(self, group: str, purpose: str) -> bool:
        """The person said yes and the Guardian has not answered."""
        waits = self.said(group, purpose, "assent") and not self.is_on(group, purpose)
        return bool(waits) and self.said(group, purpose, "guardian_grant") is None

    def heard(self, group: str, purpose: str) -> bool:
        """Whether one of two has spoken about this."""
        said = [self.said(group, purpose, verb) for verb in ("assent", "guardian_grant")]
        return self.two(group) and any([*said, self.declined(group, purpose)])

    def declined(self, group: str, purpose: str) -> datetime | None:
        """When the Guardian said no, where that was the last that happened."""
        names = self.offered(group, purpose)
        return max((self._noes[name] for name in names if name in self._noes), default=None)

    @cached_property
    def _noes(self) -> dict[str, datetime]:
        """Where the last that happened was a Guardian's no, and when."""
        same = Grant.objects.filter(
            learner=OuterRef("learner"), scope=OuterRef("scope"), epoch=OuterRef("epoch")
        )
        noes = ConsentEvent.objects.filter(learner=self.person, verb="guardian_withdraw")
        return dict(noes.filter(Exists(same)).values_list("scope", "at"))

    def ends(self, group: str, purpose: str) -> datetime | None:
        """When it runs out, where it is on and that is soon."""
        if not self.is_on(group, purpose):
            return None
        end = min(self.rows[name].expires_at for name in self.offered(group, purpose))
        return end if end <= self.now + REMIND else None

    @cached_property
    def together(self) -> bool:
        """Whether there is anything here that this person cannot decide alone."""
        return needs_guardian(self.profile, self.person.age_band) and bool(self.shared_groups)

    @cached_property
    def shared_groups(self) -> list[str]:
        """What this person and a Guardian may be asked for together."""
        return [group for group in GROUPS if self.two(group) and self.is_open(group)]

    @cached_property
    def guardians(self) -> str:
        """Their Guardians by name, "greta or paul"; an empty text where there is none."""
        bonds = self.person.guardianships.filter(guardian__is_active=True)
        names = [name_of(bond.guardian) for bond in bonds.select_related("guardian")]
        return reduce(_either, sorted(names)) if names else ""


def _either(one: str, other: str) -> str:
    return _("{one} or {other}").format(one=one, other=other)


def situation(person: User, now: datetime) -> Situation:
    answers = permits(person.code, GRANT_SCOPES, now=now)
    rows = {row.scope: row for row in Grant.objects.filter(learner=person, epoch__gt=0)}
    return Situation(person, answers, profiles.current(now=now), rows, now)
