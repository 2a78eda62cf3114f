"""`/consents/wards/<code>/`: where a Guardian says yes or no beside the person in their care (I-5).

It shows the same words that the Learner reads and what the two of them have said; never an
estimate, an answer or anything else the Learner does here.
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
from learner.consent.disclosure_text import Told, banner, rules, told
from learner.consent.form_fields import NOTICE_PREFIX, SHOWN_PREFIX, on_page
from learner.consent.labels import begun, purpose_names, title_of
from learner.consent.receipt_views import GUARDIANS_OWN, Receipt, receipts
from learner.consent.status import Situation, situation
from learner.consent.view_model import purposes_on_page


@dataclass(frozen=True, slots=True)
class Choice:
    """One purpose of one group: what both have said, and what the Guardian can do about it."""

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
class Group:
    """One group as a Guardian is asked about it."""

    code: str
    told: Told
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Ward:
    """Somebody in a Guardian's care; without `groups` there is nothing to decide."""

    code: UUID
    name: str
    together: bool
    groups: tuple[Group, ...]
    rules: str
    banner: str

    @property
    def choices(self) -> list[Choice]:
        return [choice for group in self.groups for choice in group.choices]

    @property
    def waiting(self) -> int:
        return sum(choice.theirs is not None and choice.mine is None for choice in self.choices)

    @property
    def standing(self) -> bool:
        return any(choice.can_take_back for choice in self.choices)


def wards_of(guardian: User, now: datetime) -> list[Ward]:
    wards = User.objects.filter(guardianships__guardian=guardian, is_active=True)
    return [ward_of(person, now) for person in wards.order_by("pk")]


def ward_of(person: User, now: datetime) -> Ward:
    """All that a Guardian may know: the words, and who has said what."""
    here = situation(person, now)
    groups = (_group(here, group) for group in GROUPS if here.two(group)) if here.together else ()
    asked = tuple(group for group in groups if group is not None)
    law = here.profile
    return Ward(person.code, name_of(person), here.together, asked, rules(law), banner(law))


@never_cache
@require_safe
@require_role("guardian")
def page(request: HttpRequest, code: UUID) -> HttpResponse:
    """What is asked for, and what both have said."""
    return _show(request, ward_for_guardian(current_user(request), code))


@never_cache
@require_POST
@require_role("guardian")
@require_recent
def say_yes(request: HttpRequest, code: UUID) -> HttpResponse:
    """Yes to the switches named by `yes`, only to who has just proved to be this Guardian."""
    guardian = current_user(request)
    here = situation(ward_for_guardian(guardian, code), timezone.now())
    asked = [each for each in request.POST.getlist("yes") if each in SWITCHES]
    asked = [each for each in asked if here.two(each.split(".")[0])]
    shown, digests = on_page(request, NOTICE_PREFIX), on_page(request, SHOWN_PREFIX)
    try:
        switch_on(here, asked, shown, digests, actor=guardian.code)
    except Refused as refusal:
        return _show(request, here.person, problem=refusal.why, status=409)
    return redirect(f"/consents/wards/{code}/?saved=1")


@never_cache
@require_POST
@require_role("guardian")
def say_no(request: HttpRequest, code: UUID) -> HttpResponse:
    """No to the switches named by `no`, or to all of them; it asks for no proof and no reason."""
    guardian = current_user(request)
    person = ward_for_guardian(guardian, code)
    switch_off_for(person, guardian, request.POST.getlist("no") or SWITCHES, timezone.now())
    return redirect(f"/consents/wards/{code}/?saved=1")


def _show(
    request: HttpRequest, person: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "ward": ward_of(person, timezone.now()),
        "receipts": _receipts(person),
        "problem": problem,
        "saved": "saved" in request.GET,
    }
    return render(request, "learner/consent/ward.html", context, status=status)


def _receipts(person: User) -> list[tuple[Receipt, str]]:
    found = receipts(person, verbs=GUARDIANS_OWN)
    return [(receipt, _(GUARDIANS_OWN[receipt.verb])) for receipt in found]


def _group(here: Situation, group: str) -> Group | None:
    words = told(here, group, to_guardian=True)
    offered = [each for each in purposes_on_page(group) if here.offered(group, each)]
    choices = tuple(_choice(here, group, each) for each in offered)
    return Group(group, words, choices) if words and choices else None


def _choice(here: Situation, group: str, purpose: str) -> Choice:
    label = purpose_names(of_ward=True)[purpose]
    mine = here.said(group, purpose, "guardian_grant")
    first = first_purpose(group)
    return Choice(
        value=f"{group}.{purpose}",
        label=begun(label),
        name=f"{title_of(group)}, {label}",
        head=told(here, group, to_guardian=True).heads[purpose],  # type: ignore[union-attr]
        state=_("On") if here.is_on(group, purpose) else _("Off"),
        mine=mine,
        theirs=here.said(group, purpose, "assent"),
        declined=here.declined(group, purpose),
        can_say_yes=(mine is None or here.ends(group, purpose) is not None)
        and (purpose == first or here.said(group, first, "guardian_grant") is not None),
    )
