"""From what a person ticked to Grants and withdrawals, and the receipts of both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from classroom.consent_page import Situation, situation
from classroom.consent_words import PURPOSE_NAMES, WORDS
from consent.grants import grant
from consent.groups import GROUPS, group_of
from consent.models import ConsentEvent, Grant, Notice
from consent.refusal import Refused
from consent.scopes import PURPOSES, scope, split
from privacy.erasure import withdraw
from privacy.models import Erasure

SWITCHES = tuple(f"{group}.{purpose}" for group in GROUPS for purpose in PURPOSES)
RECEIPTS = 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """One act of one moment, in the words of the page."""

    at: datetime
    verb: str
    what: str
    removed: str


def save(person: User, wanted: Collection[str], shown: Mapping[str, str], now: datetime) -> None:
    """Make the switches as `wanted`: first what goes off, then what goes on. Raises Refused.

    `shown` names for each group the code of the notice that stood on the page.
    """
    here = situation(person, now)
    switch_off(person, [each for each in SWITCHES if each not in wanted], now)
    missing = [each for each in SWITCHES if each in wanted and not here.is_on(*each.split("."))]
    _switch_on(here, missing, shown)


def switch_off(person: User, switches: Collection[str], now: datetime) -> Erasure | None:
    """Take back what is on behind these switches, at once; None where nothing was."""
    names = [name for each in switches if each in SWITCHES for name in _scopes(each)]
    live = Grant.objects.filter(learner=person, live=True, scope__in=names)
    on = sorted(live.values_list("scope", flat=True))
    return withdraw(person.code, on, now=now) if on else None


@transaction.atomic
def _switch_on(here: Situation, switches: Collection[str], shown: Mapping[str, str]) -> None:
    code = here.person.code
    for group in GROUPS:
        mine = [each.split(".")[1] for each in switches if each.split(".")[0] == group]
        names = [name for purpose in mine for name in here.offered(group, purpose)]
        if names:
            notice = _notice(shown.get(group, ""))
            grant(code, names, notice=notice, now=here.now, actor=code)


def _notice(code: str) -> Notice:
    """The text that stood on the page; none, or one that never was, cannot be agreed to."""
    try:
        return Notice.objects.get(code=code)
    except (Notice.DoesNotExist, ValidationError) as error:
        raise Refused("stale_notice") from error


def _scopes(switch: str) -> list[str]:
    group, purpose = switch.split(".")
    return [scope(stream, purpose) for stream in GROUPS[group]]


def receipts(person: User) -> list[Receipt]:
    """The last acts, newest first: what went on or off, and what was removed with it."""
    events = ConsentEvent.objects.filter(learner=person).order_by("-at", "verb", "scope")
    erasures = {each.frozen_at: each for each in Erasure.objects.filter(subject=person.code)}
    acts = groupby(events[: RECEIPTS * len(SWITCHES)], key=attrgetter("at", "verb"))
    found = [
        Receipt(at, verb, _what(list(group)), _removed(erasures.get(at), verb))
        for (at, verb), group in acts
    ]
    return found[:RECEIPTS]


def _what(events: list[ConsentEvent]) -> str:
    seen = dict.fromkeys(_named(event.scope) for event in events)
    return "; ".join(seen)


def _named(name: str) -> str:
    stream, purpose = split(name)
    return f"{WORDS[group_of(stream.name)].title}, {PURPOSE_NAMES[purpose]}"


def _removed(erasure: Erasure | None, verb: str) -> str:
    if erasure is None or verb == "grant":
        return ""
    keys = int(erasure.counts.get("keys", 0))
    rows = sum(int(n) for name, n in erasure.counts.items() if name not in ("keys", "grants"))
    if keys == rows == 0:
        return "Nothing had been taken."
    return f"Unreadable since then: {keys} keys destroyed, {rows} rows removed."
