"""Turn the switches of a consent form into Grants and withdrawals.

A Guardian's decision uses the same code. Each grant stores the text that was on the page (I-4).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from consent import mails
from consent.grants.grants import grant
from consent.models import Grant, Notice
from consent.permits.errors import Refused
from consent.stream_groups import GROUPS, purposes_of, scopes_of
from learner.consent.disclosure_text import build_disclosure
from learner.consent.status import Situation, load_situation
from privacy.erasure.erasure import withdraw
from privacy.models import Erasure

SWITCHES = tuple(f"{group}.{purpose}" for group in GROUPS for purpose in purposes_of(group))


def save_switches(
    person: User,
    wanted: Collection[str],
    shown: Mapping[str, str],
    now: datetime,
    *,
    digests: Mapping[str, str] | None = None,
) -> None:
    """Set the switches as `wanted`: first those to switch off, then those to switch on.

    `shown` holds for each group the code of the notice on the page, `digests` the digest of all
    text around it. A switch that waits for the Guardian stays as it is: withdrawing it has its own
    button. Raises Refused.
    """
    here = load_situation(person, now)
    desired = [each for each in SWITCHES if each in wanted or here.is_waiting(*each.split("."))]
    switch_off(person, [each for each in SWITCHES if each not in desired], now)
    missing = [each for each in desired if each in wanted and not here.is_on(*each.split("."))]
    switch_on(here, missing, shown, digests, actor=person.code)


def renew_group(
    person: User, group: str, shown: Mapping[str, str], digests: Mapping[str, str], now: datetime
) -> None:
    """Renew the grants of this group, given the same text. Raises Refused."""
    here = load_situation(person, now)
    purposes = purposes_of(group) if group in GROUPS else ()
    on = [f"{group}.{each}" for each in purposes if here.is_on(group, each)]
    switch_on(here, on, shown, digests, actor=person.code)


def switch_off(person: User, switches: Collection[str], now: datetime) -> Erasure | None:
    """Withdraw what is on or waiting behind these switches; return None if nothing was."""
    rows = Grant.objects.filter(learner=person, scope__in=_list_scopes(switches))
    on = rows.filter(live=True) | rows.filter(assent_at__isnull=False)
    names = sorted(on.values_list("scope", flat=True))
    return withdraw(person.code, names, now=now) if names else None


def switch_off_for(
    ward: User, guardian: User, switches: Collection[str], now: datetime
) -> Erasure | None:
    """Withdraw as a Guardian: what they allowed, and what waits for them."""
    rows = Grant.objects.filter(learner=ward, scope__in=_list_scopes(switches))
    asked = rows.filter(guardian_at__isnull=False) | rows.filter(assent_at__isnull=False)
    names = sorted(asked.values_list("scope", flat=True))
    if not names:
        return None
    verb = "guardian_withdraw"
    return withdraw(ward.code, names, now=now, verb=verb, actor=guardian.code)


@transaction.atomic
def switch_on(
    here: Situation,
    switches: Collection[str],
    shown: Mapping[str, str],
    digests: Mapping[str, str] | None,
    *,
    actor: UUID,
) -> None:
    """Grant these switches, group by group, as one act. Raises Refused."""
    act = uuid4()
    for group in GROUPS:
        mine = [each.split(".")[1] for each in switches if each.split(".")[0] == group]
        names = [name for purpose in mine for name in here.offered_scopes(group, purpose)]
        if names:
            notice = _load_notice(shown.get(group, ""))
            text = _shown_text(here, group, digests, to_guardian=actor != here.person.code)
            code = here.person.code
            grant(code, names, notice=notice, now=here.now, actor=actor, shown=text, act=act)
    if actor == here.person.code:
        mails.queue_guardian_mails(here.person, now=here.now)


def _load_notice(code: str) -> Notice:
    """Return the notice that was on the page. Raises Refused for a missing or unknown one."""
    try:
        return Notice.objects.get(code=code)
    except (Notice.DoesNotExist, ValidationError) as error:
        raise Refused("stale_notice") from error


def _shown_text(
    here: Situation, group: str, digests: Mapping[str, str] | None, *, to_guardian: bool
) -> str:
    """Return the text that was on the page. Raises Refused if it would be different now."""
    words = build_disclosure(here, group, to_guardian=to_guardian)
    if words is None or (digests is not None and digests.get(group) != words.digest):
        raise Refused("stale_notice")
    return words.text


def _list_scopes(switches: Collection[str]) -> list[str]:
    pairs = [each.split(".") for each in switches if each in SWITCHES]
    return [name for group, purpose in pairs for name in scopes_of(group, purpose)]
