"""Limits on attempts to sign in, and on requests for a password-reset mail.

Guessing does not pay, and no one is locked out for ever. Requests for mails are counted separately.
Attempts to sign in are counted by what was typed, so username and e-mail of one person count apart.
An attempt is counted before the password is checked, so simultaneous attempts count as well:

* one username from one network: 5 attempts, then a wait of 15 minutes;
* one username from everywhere: 20 attempts, then a wait that doubles with each further one, up to 4
  hours; a day without failures resets it;
* one network for all usernames: 100 attempts in 15 minutes; for invitations 300, because a whole
  class opens one join link.

The correct password gives back what it took. Attempts during a wait do not extend it. A browser in
which this username has signed in before counts separately, and has only the first limit. So a
stranger who uses up the other two limits does not block its owner (docs/adr/0006).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts.keyed_hash import keyed_digest, normalise_login
from accounts.sign_in.models import SignInThrottle
from vault import site_keys
from vault.errors import KeystoreBusy
from work_queue.due_rows import lock_free

TRIES, LOGIN_TRIES, NETWORK_TRIES, ELSEWHERE_TRIES = 5, 20, 100, 300
CLASS_TRIES = 300
WAIT, LONGEST_WAIT, MEMORY = timedelta(minutes=15), timedelta(hours=4), timedelta(days=1)
LOGIN, PERSON, RESET, JOIN = "login", "person", "reset", "join"
ELSEWHERE, ELSEWHERE_OUT = "elsewhere", "elsewhere-out"
ANY = "0" * 64


@dataclass(frozen=True, slots=True)
class AttemptOrigin:
    """Where an attempt comes from; `browser` is the number of a known browser."""

    network: str
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class SignInTry:
    """One attempt for one name.

    `kind` PERSON counts codes and passwords of a signed-in user. RESET counts requests for a
    password-reset mail, JOIN those for an invitation. ELSEWHERE has no name: it counts failed
    sign-ins at a provider, by known browser or else by network. ELSEWHERE_OUT counts failed
    provider log-outs, by network.
    """

    name: str
    place: AttemptOrigin
    kind: str = LOGIN


@dataclass(frozen=True, slots=True)
class TryLimit:
    """One row that an attempt counts in, with its limit."""

    login_digest: str
    network_digest: str
    tries: int


def count_try(attempt: SignInTry, *, now: datetime) -> datetime | None:
    """Count one attempt; return when to try again if the limit is reached, else None."""
    _forget(now)
    with transaction.atomic():
        counts = list(_list_limits(attempt))
        rows = [_lock_row(count, now) for count in counts]
        waits = [
            row.until
            for count, row in zip(counts, rows, strict=True)
            if row.count >= count.tries and row.until > now
        ]
        if waits:
            return max(waits)
        for count, row in zip(counts, rows, strict=True):
            _add(count, row, now)
    return None


@transaction.atomic
def clear_tries(attempt: SignInTry) -> None:
    """Reset the counts after a correct proof, and take this attempt off the network's count."""
    for count in _list_limits(attempt):
        row = SignInThrottle.objects.filter(
            login_digest=count.login_digest, network_digest=count.network_digest
        )
        if count.login_digest == ANY:
            row.filter(count__gt=0).update(count=F("count") - 1)
        else:
            row.delete()


def _list_limits(attempt: SignInTry) -> Iterator[TryLimit]:
    """Yield the rows in a fixed order, so that two attempts cannot deadlock."""
    if attempt.kind in (ELSEWHERE, ELSEWHERE_OUT):
        yield _count_elsewhere(attempt)
        return
    digest = _choose_digest(attempt.kind)
    name = digest(f"throttle-{attempt.kind}", normalise_login(attempt.name))
    if attempt.place.browser is not None:
        yield TryLimit(name, digest("throttle-browser", attempt.place.browser), TRIES)
        return
    separate = attempt.kind in (RESET, JOIN)
    purpose = f"throttle-network-{attempt.kind}" if separate else "throttle-network"
    network = digest(purpose, _network(attempt.place.network))
    yield TryLimit(name, network, TRIES)
    yield TryLimit(name, ANY, LOGIN_TRIES)
    # A whole class opens one join link.
    yield TryLimit(ANY, network, CLASS_TRIES if attempt.kind == JOIN else NETWORK_TRIES)


def _choose_digest(kind: str) -> Callable[[str, str], str]:
    """Return one digest for all rows of an attempt. Raises KeystoreBusy in a later call.

    To erase an account while the key service is away, a password is typed too (ADR 0093). Only
    such attempts, of a signed-in user, are counted without the pepper then.
    """
    if kind == PERSON:
        try:
            site_keys.pepper()
        except KeystoreBusy:
            return _digest_without_pepper
    return keyed_digest


def _digest_without_pepper(purpose: str, text: str) -> str:
    """Return a digest under SECRET_KEY."""
    return salted_hmac(purpose, text, algorithm="sha256").hexdigest()


def _count_elsewhere(attempt: SignInTry) -> TryLimit:
    if attempt.place.browser is not None:
        browser = keyed_digest(f"throttle-{attempt.kind}-browser", attempt.place.browser)
        return TryLimit(ANY, browser, LOGIN_TRIES)
    network = keyed_digest(f"throttle-{attempt.kind}", _network(attempt.place.network))
    return TryLimit(ANY, network, ELSEWHERE_TRIES)


def _lock_row(count: TryLimit, now: datetime) -> SignInThrottle:
    pair = {"login_digest": count.login_digest, "network_digest": count.network_digest}
    fresh = {"count": 0, "until": now + WAIT, "forgotten_at": now + WAIT}
    row, _ = SignInThrottle.objects.select_for_update().get_or_create(**pair, defaults=fresh)
    if row.forgotten_at <= now:
        row.count, row.until, row.forgotten_at = 0, now + WAIT, now + WAIT
    return row


def _add(count: TryLimit, row: SignInThrottle, now: datetime) -> None:
    row.count += 1
    if count.network_digest == ANY:
        row.until = now + min(LONGEST_WAIT, WAIT * 2 ** min(8, max(0, row.count - count.tries)))
        row.forgotten_at = row.until + MEMORY
    elif count.login_digest != ANY:
        row.until = row.forgotten_at = now + WAIT
    row.save(update_fields=["count", "until", "forgotten_at"])


@transaction.atomic
def _forget(now: datetime) -> None:
    """Delete old rows in a separate transaction, skipping locked ones to avoid deadlocks."""
    old = lock_free(SignInThrottle.objects.filter(forgotten_at__lte=now))
    SignInThrottle.objects.filter(pk__in=[row.pk for row in old]).delete()


def _network(address: str) -> str:
    """Return the network of an address: for IPv6 the /64, which one subscriber owns."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
