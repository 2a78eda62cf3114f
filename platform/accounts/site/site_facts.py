"""Facts about this site: its name, controller, time zone and languages.

`manage.py setup` and the page Data protection → Site record them. Every page needs them, so a
process caches them for some seconds.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from functools import cache
from time import monotonic
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

import audit
from accounts.keyed_hash import keyed_digest
from accounts.models import SiteRecord
from accounts.site.models import DOMAIN, NEW_ACCOUNTS, THE_ONE, ZONE

CACHED_S: Final = 10.0
UTC: Final = "UTC"
REGIONS: Final = frozenset(
    [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ]
)
HOST_ZONES: Final = frozenset({"localtime", "Factory"})
MOST_DOMAINS: Final = 12
LONGEST: Final = {"name": 80, "controller": 300, "contact": 200, "officer": 200}
# Markdown that would change how a notice reads: emphasis, links, code, HTML.
MARKS: Final = re.compile(r"[<>\[\]*`\\]|(?<!\w)_|_(?!\w)|&#?\w+;")


class InvalidFact(ValueError):
    """A fact that cannot be recorded; the sentence can be shown to the user."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class FactsChanged(InvalidFact):
    """The facts are no longer those that the user saw."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """The recorded facts. Without languages, every one is offered.

    `new_accounts` says who besides Stewards may create accounts. `email_domains` limits the
    addresses for which a join link creates one.
    """

    name: str = ""
    controller: str = ""
    contact: str = ""
    officer: str = ""
    time_zone: str = UTC
    languages: tuple[str, ...] = ()
    new_accounts: str = "stewards"
    email_domains: tuple[str, ...] = ()

    @property
    def invites_by_email(self) -> bool:
        """Return whether a Teacher's e-mail invitation may create an account."""
        return self.new_accounts != "stewards"

    def admits(self, email: str) -> bool:
        """Return whether a join link may create an account for this address."""
        domain = email.rpartition("@")[2].lower()
        return self.new_accounts == "join_links" and domain in self.email_domains

    @property
    def names_controller(self) -> bool:
        """Return whether the privacy notices can name the controller."""
        return bool(self.controller and self.contact)

    @property
    def language_names(self) -> dict[str, str]:
        """Return the languages that people may choose, each by its own name."""
        every = dict(settings.LANGUAGES)
        return {code: every[code] for code in every if code in self.languages} or every

    @property
    def language(self) -> str:
        """Return the language for people whose own choice is not offered."""
        offered = self.language_names
        return settings.LANGUAGE_CODE if settings.LANGUAGE_CODE in offered else next(iter(offered))

    @property
    def zone(self) -> ZoneInfo:
        return find_zone(self.time_zone) or ZoneInfo(UTC)

    def differences(self, other: SiteFacts) -> tuple[str, ...]:
        """Return the names of the facts that differ."""
        return tuple(
            f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)
        )

    def mark(self) -> str:
        """Return a keyed digest that changes with any of the facts."""
        return keyed_digest("site-facts", repr(self))


NO_FACTS: Final = SiteFacts()


class _Cache:
    """The facts this process read last, and until when they are valid."""

    facts: SiteFacts = NO_FACTS
    until: float = 0.0


def current() -> SiteFacts:
    """Return the facts, at most ten seconds old; older while the database is down."""
    if monotonic() >= _Cache.until:
        remember(_Cache.facts)
        with suppress(DatabaseError):
            remember(load())
    return _Cache.facts


def remember(facts: SiteFacts, seconds: float = CACHED_S) -> None:
    """Cache these facts for so many seconds."""
    _Cache.facts, _Cache.until = facts, monotonic() + seconds


def forget() -> None:
    """Drop the cache, so that the next call of `current` reads the database."""
    _Cache.until = 0.0


def load() -> SiteFacts:
    """Read the facts from the database."""
    found = SiteRecord.objects.filter(pk=THE_ONE).first()
    return _read_facts(found) if found else NO_FACTS


def site_day(now: datetime) -> date:
    """Return today's date at the site, by which ages are counted."""
    return now.astimezone(current().zone).date()


def start_of_day(day: date) -> datetime:
    """Return midnight at the beginning of this day at the site."""
    return datetime.combine(day, time.min, current().zone)


def is_recorded() -> bool:
    return SiteRecord.objects.filter(pk=THE_ONE).exists()


@transaction.atomic
def record(facts: SiteFacts, *, by: UUID | None, now: datetime, seen: str = "") -> tuple[str, ...]:
    """Record the facts; return the names of those that changed. Raises InvalidFact.

    `seen` is the mark of the facts that may be replaced. The audit leaf names the changed facts,
    not their values.
    """
    check(facts)
    found = SiteRecord.objects.select_for_update().filter(pk=THE_ONE).first()
    before = _read_facts(found) if found else NO_FACTS
    if seen and seen != before.mark():
        raise FactsChanged(
            "",
            _(
                "The site details were changed in the meantime. Open this page again, then repeat "
                "your change."
            ),
        )
    changed = before.differences(facts)
    if changed:
        columns = {**_columns(facts), "changed_at": now}
        SiteRecord.objects.update_or_create(pk=THE_ONE, defaults=columns)
        public = {"fields": ",".join(changed)}
        audit.record("site.change", actor=by, subject=None, public=public)
    forget()
    # Another thread may cache the old facts again before this commit.
    transaction.on_commit(forget)
    return changed


def check(facts: SiteFacts) -> None:
    """Raise InvalidFact for the first fact that cannot be recorded."""
    for field in fields(facts):
        check_fact(facts, field.name)


def check_fact(facts: SiteFacts, field: str) -> None:
    """Raise InvalidFact if this fact cannot be recorded."""
    if field in LONGEST:
        _check_text(field, getattr(facts, field), LONGEST[field])
    if field == "name" and not facts.name:
        raise InvalidFact(field, _("Enter the name of the site."))
    if field == "time_zone" and find_zone(facts.time_zone) is None:
        raise InvalidFact(field, _("Enter a time zone such as Europe/Berlin or UTC."))
    if field == "languages":
        _check_languages(facts.languages)
    if field == "new_accounts" and facts.new_accounts not in NEW_ACCOUNTS:
        ways = ", ".join(NEW_ACCOUNTS)
        raise InvalidFact(field, _("Select who can create accounts: {ways}.").format(ways=ways))
    if field == "email_domains":
        _check_domains(facts)


def _check_domains(facts: SiteFacts) -> None:
    for domain in facts.email_domains:
        if not re.fullmatch(DOMAIN, domain):
            raise InvalidFact(
                "email_domains",
                _("Enter domains such as school.example, not “{domain}”.").format(
                    domain=domain[:60]
                ),
            )
    if len(facts.email_domains) > MOST_DOMAINS or len(",".join(facts.email_domains)) > 1000:
        raise InvalidFact("email_domains", _("Enter at most {n} domains.").format(n=MOST_DOMAINS))
    if facts.new_accounts == "join_links" and not facts.email_domains:
        raise InvalidFact("email_domains", _("Enter at least one email domain for join links."))


def _check_languages(codes: tuple[str, ...]) -> None:
    offered = dict(settings.LANGUAGES)
    if not codes or not set(codes) <= offered.keys():
        listed = ", ".join(offered)
        raise InvalidFact("languages", _("Select at least one of {codes}.").format(codes=listed))


def _check_text(field: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise InvalidFact(field, _("Enter at most {n} characters.").format(n=longest))
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in text):
        raise InvalidFact(field, _("Enter one line without invisible characters."))
    if mark := MARKS.search(text):
        raise InvalidFact(field, _("Enter it without “{mark}”.").format(mark=mark[0]))


def find_zone(name: str) -> ZoneInfo | None:
    """Return the time zone with this IANA name, or None; names that differ by host are refused."""
    if not re.fullmatch(ZONE, name) or name in HOST_ZONES or name not in _list_zones():
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def list_by_region() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the selectable time zones with their city, by region of the world."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(_list_zones()):
        region, _slash, city = name.partition("/")
        if region in REGIONS and city:
            regions.setdefault(region, []).append((name, city.replace("_", " ")))
    return {region: tuple(cities) for region, cities in regions.items()}


@cache
def _list_zones() -> frozenset[str]:
    """Return every IANA name, without those under posix/ and right/."""
    return frozenset(available_timezones())


def _read_facts(row: SiteRecord) -> SiteFacts:
    texts = (row.name, row.controller, row.contact, row.officer, row.time_zone)
    return SiteFacts(
        *texts,
        languages=tuple(row.languages.split(",")),
        new_accounts=row.new_accounts,
        email_domains=tuple(row.email_domains.split(",")) if row.email_domains else (),
    )


def _columns(facts: SiteFacts) -> dict[str, Any]:
    columns = {f.name: getattr(facts, f.name) for f in fields(facts)}
    joined = {name: ",".join(columns[name]) for name in ("languages", "email_domains")}
    return {**columns, **joined}
