"""`/consents/wards/<code>/`: where a Guardian agrees or declines for their ward (I-5).

It shows the text that the Learner reads and the decisions of both. It never shows an estimate, an
answer or other activity of the Learner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_recent, require_role, ward_for_guardian
from accounts.models import User
from accounts.people import name_of
from consent.permits.errors import Refused
from consent.stream_groups import GROUPS, first_purpose
from learner.consent.apply_changes import SWITCHES, switch_off_for, switch_on
from learner.consent.disclosure_text import Disclosure, banner_text, build_disclosure, rules_text
from learner.consent.form_fields import NOTICE_PREFIX, SHOWN_PREFIX, read_prefixed
from learner.consent.labels import capitalise, purpose_names, title_of
from learner.consent.receipt_views import GUARDIAN_VERB_WORDS, Receipt, load_receipts
from learner.consent.status import Situation, load_situation
from learner.consent.view_model import purposes_on_page


@dataclass(frozen=True, slots=True)
class GuardianChoice:
    """One purpose of one group: both decisions, and what the Guardian can do about it."""

    value: str
    label: str
    name: str
    head: str
    state: str
    mine: datetime | None
    theirs: datetime | None
    declined: datetime | None
    can_say_yes: bool

    @property
    def can_take_back(self) -> bool:
        return self.mine is not None or self.theirs is not None


@dataclass(frozen=True, slots=True)
class GuardianGroup:
    """One group as a Guardian is asked about it."""

    code: str
    disclosure: Disclosure
    choices: tuple[GuardianChoice, ...]


@dataclass(frozen=True, slots=True)
class WardConsents:
    """A Guardian's ward; without `groups` there is nothing to decide."""

    code: UUID
    name: str
    together: bool
    groups: tuple[GuardianGroup, ...]
    rules: str
    banner: str

    @property
    def choices(self) -> list[GuardianChoice]:
        return [choice for group in self.groups for choice in group.choices]

    @property
    def waiting(self) -> int:
        return sum(choice.theirs is not None and choice.mine is None for choice in self.choices)

    @property
    def has_decisions(self) -> bool:
        return any(choice.can_take_back for choice in self.choices)


def load_wards(guardian: User, now: datetime) -> list[WardConsents]:
    wards = User.objects.filter(guardianships__guardian=guardian, is_active=True)
    return [load_ward(person, now) for person in wards.order_by("pk")]


def load_ward(person: User, now: datetime) -> WardConsents:
    """Return what a Guardian may know: the text, and both decisions."""
    here = load_situation(person, now)
    groups = (
        (_make_group(here, group) for group in GROUPS if here.needs_both(group))
        if here.has_shared_groups
        else ()
    )
    asked = tuple(group for group in groups if group is not None)
    law = here.profile
    return WardConsents(
        person.code,
        name_of(person),
        here.has_shared_groups,
        asked,
        rules_text(law),
        banner_text(law),
    )


@never_cache
@require_safe
@require_role("guardian")
def page(request: HttpRequest, code: UUID) -> HttpResponse:
    """Show what is asked for, and the decisions of both."""
    return _show(request, ward_for_guardian(current_user(request), code))


@never_cache
@require_POST
@require_role("guardian")
@require_recent
def agree(request: HttpRequest, code: UUID) -> HttpResponse:
    """Agree to the switches named by `yes`. It needs a recent sign-in of this Guardian."""
    guardian = current_user(request)
    here = load_situation(ward_for_guardian(guardian, code), timezone.now())
    asked = [each for each in request.POST.getlist("yes") if each in SWITCHES]
    asked = [each for each in asked if here.needs_both(each.split(".")[0])]
    shown, digests = read_prefixed(request, NOTICE_PREFIX), read_prefixed(request, SHOWN_PREFIX)
    try:
        switch_on(here, asked, shown, digests, actor=guardian.code)
    except Refused as refusal:
        return _show(request, here.person, problem=refusal.why, status=409)
    return redirect(f"/consents/wards/{code}/?saved=1")


@never_cache
@require_POST
@require_role("guardian")
def decline(request: HttpRequest, code: UUID) -> HttpResponse:
    """Decline the switches named by `no`, or all of them. It needs no proof and no reason."""
    guardian = current_user(request)
    person = ward_for_guardian(guardian, code)
    switch_off_for(person, guardian, request.POST.getlist("no") or SWITCHES, timezone.now())
    return redirect(f"/consents/wards/{code}/?saved=1")


def _show(
    request: HttpRequest, person: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "ward": load_ward(person, timezone.now()),
        "receipts": _load_receipts(person),
        "problem": problem,
        "saved": "saved" in request.GET,
    }
    return render(request, "learner/consent/ward.html", context, status=status)


def _load_receipts(person: User) -> list[tuple[Receipt, str]]:
    found = load_receipts(person, verbs=GUARDIAN_VERB_WORDS)
    return [(receipt, _(GUARDIAN_VERB_WORDS[receipt.verb])) for receipt in found]


def _make_group(here: Situation, group: str) -> GuardianGroup | None:
    words = build_disclosure(here, group, to_guardian=True)
    offered = [each for each in purposes_on_page(group) if here.offered_scopes(group, each)]
    choices = tuple(_make_choice(here, group, each) for each in offered)
    return GuardianGroup(group, words, choices) if words and choices else None


def _make_choice(here: Situation, group: str, purpose: str) -> GuardianChoice:
    label = purpose_names(group, of_ward=True)[purpose]
    mine = here.agreed_at(group, purpose, "guardian_grant")
    first = first_purpose(group)
    return GuardianChoice(
        value=f"{group}.{purpose}",
        label=capitalise(label),
        name=f"{title_of(group)}, {label}",
        head=build_disclosure(here, group, to_guardian=True).heads[purpose],  # type: ignore[union-attr]
        state=_("On") if here.is_on(group, purpose) else _("Off"),
        mine=mine,
        theirs=here.agreed_at(group, purpose, "assent"),
        declined=here.declined_at(group, purpose),
        can_say_yes=(mine is None or here.expires_soon_at(group, purpose) is not None)
        and (purpose == first or here.agreed_at(group, first, "guardian_grant") is not None),
    )
