"""Five tries to sign in from one network under one log-in, then fifteen minutes of rest.

A try is counted before the password is looked at, so tries at the same moment count as well.
Who is refused does not lengthen the rest by trying again.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from django.db import transaction

from accounts.digests import keyed, normal
from accounts.sign_in import SignInThrottle

TRIES = 5
REST = timedelta(minutes=15)


def take(login: str, network: str, *, now: datetime) -> datetime | None:
    """Count one try. Answers when to try again if the tries are used up, else None."""
    pair = _pair(login, network)
    with transaction.atomic():
        SignInThrottle.objects.filter(until__lte=now).delete()
        SignInThrottle.objects.get_or_create(**pair, defaults={"count": 0, "until": now + REST})
        row = SignInThrottle.objects.select_for_update().get(**pair)
        if row.count >= TRIES:
            return row.until
        row.count, row.until = row.count + 1, now + REST
        row.save(update_fields=["count", "until"])
    return None


def clear(login: str, network: str) -> None:
    """The right password came: forget the tries."""
    SignInThrottle.objects.filter(**_pair(login, network)).delete()


def _pair(login: str, network: str) -> dict[str, str]:
    return {
        "login_digest": keyed("throttle-login", normal(login)),
        "network_digest": keyed("throttle-network", _network(network)),
    }


def _network(address: str) -> str:
    """An IPv6 subscriber owns a /64, so the whole of it is one network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
