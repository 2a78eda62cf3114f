"""Limits on tries to sign in, and on requests for a mail with a link to set a new password.

Guessing does not pay, and nobody is locked out for ever. Requests for mails count by themselves.
Tries to sign in count by what was typed, so a username and an e-mail of one person count apart.
Counted at once, before the password is looked at, so tries at the same moment count as well:
* one log-in from one network: 5 tries, then 15 minutes of rest;
* one log-in from everywhere: 20 tries, then a rest that doubles with each further one up to 4
  hours; a day without failures forgets them;
* one network for all log-ins: 100 tries in 15 minutes; for invitations 300, because a whole class
  opens one join link.
The right password gives back what it took. Who is refused does not lengthen the rest by trying on.
A browser in which this log-in has succeeded before is a place of its own and knows only the first
limit: a stranger who uses up the other two holds up strangers (docs/adr/0006).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.keyed_hash import keyed, normal
from accounts.sign_in.models import SignInThrottle

TRIES, LOGIN_TRIES, NETWORK_TRIES, ELSEWHERE_TRIES = 5, 20, 100, 300
CLASS_TRIES = 300
REST, LONGEST, MEMORY = timedelta(minutes=15), timedelta(hours=4), timedelta(days=1)
LOGIN, PERSON, RESET, JOIN = "login", "person", "reset", "join"
ELSEWHERE, ELSEWHERE_OUT = "elsewhere", "elsewhere-out"
ALL = "0" * 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where a try comes from; `browser` is the number of a known one."""

    network: str
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """One try for one name.

    `kind` PERSON counts codes and passwords of somebody signed in, RESET requests for a mail with
    a link to set a new password, JOIN those for an invitation. ELSEWHERE has no name: it counts
    sign-ins at a provider that went wrong, by browser where it is known for anybody, else by
    network. ELSEWHERE_OUT counts log-outs of a provider that went wrong, by network.
    """

    name: str
    place: Place
    kind: str = LOGIN


@dataclass(frozen=True, slots=True)
class Count:
    """One row that a try counts in."""

    login_digest: str
    network_digest: str
    tries: int


def take(tried: Try, *, now: datetime) -> datetime | None:
    """Count one try. Answers when to try again if the tries are used up, else None."""
    _forget(now)
    with transaction.atomic():
        counts = list(_counts(tried))
        rows = [_locked(count, now) for count in counts]
        rests = [
            row.until
            for count, row in zip(counts, rows, strict=True)
            if row.count >= count.tries and row.until > now
        ]
        if rests:
            return max(rests)
        for count, row in zip(counts, rows, strict=True):
            _add(count, row, now)
    return None


@transaction.atomic
def clear(tried: Try) -> None:
    """The right password or code came: forget the tries, and give the network back this one."""
    for count in _counts(tried):
        row = SignInThrottle.objects.filter(
            login_digest=count.login_digest, network_digest=count.network_digest
        )
        if count.login_digest == ALL:
            row.filter(count__gt=0).update(count=F("count") - 1)
        else:
            row.delete()


def _counts(tried: Try) -> Iterator[Count]:
    """Always in the same order, so that two tries never wait for each other's rows."""
    if tried.kind in (ELSEWHERE, ELSEWHERE_OUT):
        yield _count_elsewhere(tried)
        return
    name = keyed(f"throttle-{tried.kind}", normal(tried.name))
    if tried.place.browser is not None:
        yield Count(name, keyed("throttle-browser", tried.place.browser), TRIES)
        return
    by_itself = tried.kind in (RESET, JOIN)
    purpose = f"throttle-network-{tried.kind}" if by_itself else "throttle-network"
    network = keyed(purpose, _network(tried.place.network))
    yield Count(name, network, TRIES)
    yield Count(name, ALL, LOGIN_TRIES)
    # A whole class opens one join link.
    yield Count(ALL, network, CLASS_TRIES if tried.kind == JOIN else NETWORK_TRIES)


def _count_elsewhere(tried: Try) -> Count:
    if tried.place.browser is not None:
        browser = keyed(f"throttle-{tried.kind}-browser", tried.place.browser)
        return Count(ALL, browser, LOGIN_TRIES)
    network = keyed(f"throttle-{tried.kind}", _network(tried.place.network))
    return Count(ALL, network, ELSEWHERE_TRIES)


def _locked(count: Count, now: datetime) -> SignInThrottle:
    pair = {"login_digest": count.login_digest, "network_digest": count.network_digest}
    fresh = {"count": 0, "until": now + REST, "forgotten_at": now + REST}
    row, _ = SignInThrottle.objects.select_for_update().get_or_create(**pair, defaults=fresh)
    if row.forgotten_at <= now:
        row.count, row.until, row.forgotten_at = 0, now + REST, now + REST
    return row


def _add(count: Count, row: SignInThrottle, now: datetime) -> None:
    row.count += 1
    if count.network_digest == ALL:
        row.until = now + min(LONGEST, REST * 2 ** min(8, max(0, row.count - count.tries)))
        row.forgotten_at = row.until + MEMORY
    elif count.login_digest != ALL:
        row.until = row.forgotten_at = now + REST
    row.save(update_fields=["count", "until", "forgotten_at"])


@transaction.atomic
def _forget(now: datetime) -> None:
    """In a transaction of its own, past rows that another try holds: waiting could stop both."""
    old = SignInThrottle.objects.select_for_update(skip_locked=True).filter(forgotten_at__lte=now)
    SignInThrottle.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()


def _network(address: str) -> str:
    """An IPv6 subscriber owns a /64, so the whole of it is one network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
