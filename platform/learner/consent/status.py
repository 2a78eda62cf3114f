"""The state of a person's consents: what may be asked, what is in force, what is waiting."""

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
    """A person, the gate's answers about them, their Grants, and the rules of this site."""

    person: User
    answers: GateAnswers
    profile: LegalProfile | None
    rows: Mapping[str, Grant]
    now: datetime

    def offered_scopes(self, group: str, purpose: str) -> list[str]:
        """Return the scopes behind one switch that this site may ask this person for."""
        return [name for name in scopes_of(group, purpose) if self.refusal(name) is None]

    def refusal(self, name: str) -> Refused | None:
        try:
            require_offered(self.person.age_band, name, self.profile)
        except Refused as refusal:
            return refusal
        return None

    def notice(self, group: str) -> Notice | None:
        """Return the notice in force today."""
        return self._texts.get(group)

    @cached_property
    def _texts(self) -> dict[str, Notice]:
        return notices.current_by_group(self.person.age_band, now=self.now)

    def is_on(self, group: str, purpose: str) -> bool:
        """Return whether all offered scopes of the switch are allowed and in force."""
        names = self.offered_scopes(group, purpose)
        return bool(names) and all(self._is_in_force(name) for name in names)

    def _is_in_force(self, name: str) -> bool:
        """Return whether the grant is in force or only paused.

        A paused grant is still a grant: saving the page must not withdraw it.
        """
        refusal, row = self.answers.refused.get(name), self.rows.get(name)
        paused = refusal is not None and refusal.code == "restricted"
        return refusal is None or (paused and row is not None and row.live)

    def refusal_code(self, group: str, purpose: str) -> str:
        """Return the gate's first reason for refusing what was allowed before, or ""."""
        refused = [self.answers.refused.get(name) for name in self.offered_scopes(group, purpose)]
        codes = [one.code for one in refused if one is not None and one.code != "no_grant"]
        return codes[0] if codes else ""

    def needs_both(self, group: str) -> bool:
        """Return whether both a Guardian and the person must agree to this group."""
        return needs_two(self.profile, self.person.age_band, first_scope(group))

    def may_ask(self, group: str) -> bool:
        """Return whether this site may ask this person for anything of the group."""
        return bool(self.offered_scopes(group, first_purpose(group)))

    def agreed_at(self, group: str, purpose: str, verb: str) -> datetime | None:
        """Return when all of it was agreed to under today's notice; None if it was not."""
        text, names = self.notice(group), self.offered_scopes(group, purpose)
        rows = [self.rows.get(name) for name in names]
        if text is None or not rows:
            return None
        found = [
            GrantState.from_row(row).approved_at(verb)
            for row in rows
            if row is not None and row.notice_id == text.pk and row.expires_at > self.now
        ]
        times = [at for at in found if at is not None]
        return min(times) if len(times) == len(names) else None

    def is_waiting(self, group: str, purpose: str) -> bool:
        """Return whether the person agreed and the Guardian has not answered."""
        waits = self.agreed_at(group, purpose, "assent") and not self.is_on(group, purpose)
        return bool(waits) and self.agreed_at(group, purpose, "guardian_grant") is None

    def is_decided(self, group: str, purpose: str) -> bool:
        """Return whether either the person or the Guardian has decided about this."""
        times = [self.agreed_at(group, purpose, verb) for verb in ("assent", "guardian_grant")]
        return self.needs_both(group) and any([*times, self.declined_at(group, purpose)])

    def declined_at(self, group: str, purpose: str) -> datetime | None:
        """Return when the Guardian declined, if that was the last event."""
        names = self.offered_scopes(group, purpose)
        return max(
            (self._refused_scopes[name] for name in names if name in self._refused_scopes),
            default=None,
        )

    @cached_property
    def _refused_scopes(self) -> dict[str, datetime]:
        """Return the scopes whose last event was a Guardian's refusal, with its time."""
        same = Grant.objects.filter(
            learner=OuterRef("learner"), scope=OuterRef("scope"), epoch=OuterRef("epoch")
        )
        noes = ConsentEvent.objects.filter(learner=self.person, verb="guardian_withdraw")
        return dict(noes.filter(Exists(same)).values_list("scope", "at"))

    def expires_soon_at(self, group: str, purpose: str) -> datetime | None:
        """Return when the switch expires, if it is on and expires soon."""
        if not self.is_on(group, purpose):
            return None
        end = min(self.rows[name].expires_at for name in self.offered_scopes(group, purpose))
        return end if end <= self.now + REMIND else None

    @cached_property
    def has_shared_groups(self) -> bool:
        """Return whether there is anything that this person cannot decide alone."""
        return needs_guardian(self.profile, self.person.age_band) and bool(self.shared_groups)

    @cached_property
    def shared_groups(self) -> list[str]:
        """Return the groups that need this person's and a Guardian's agreement."""
        return [group for group in GROUPS if self.needs_both(group) and self.may_ask(group)]

    @cached_property
    def guardians(self) -> str:
        """Return the Guardians' names, "greta or paul"; "" if there is none."""
        bonds = self.person.guardianships.filter(guardian__is_active=True)
        names = [name_of(bond.guardian) for bond in bonds.select_related("guardian")]
        return reduce(_join_names, sorted(names)) if names else ""


def _join_names(one: str, other: str) -> str:
    return _("{one} or {other}").format(one=one, other=other)


def load_situation(person: User, now: datetime) -> Situation:
    answers = permits(person.code, GRANT_SCOPES, now=now)
    rows = {row.scope: row for row in Grant.objects.filter(learner=person, epoch__gt=0)}
    return Situation(person, answers, profiles.current(now=now), rows, now)
