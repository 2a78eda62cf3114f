"""What is recorded about this site: its name, who is responsible, its time zone and languages.

`manage.py setup` and the page Steward → Site record it. Every page reads it, so a process remembers
it for some seconds.
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
from accounts.keyed_hash import keyed
from accounts.models import SiteRecord
from accounts.site.models import DOMAIN, NEW_ACCOUNTS, THE_ONE, ZONE

REMEMBERED_S: Final = 10.0
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
OF_THE_HOST: Final = frozenset({"localtime", "Factory"})
MOST_DOMAINS: Final = 12
LONGEST: Final = {"name": 80, "controller": 300, "contact": 200, "officer": 200}
# Markdown that would change how a notice reads: emphasis, links, code, HTML.
MARKS: Final = re.compile(r"[<>\[\]*`\\]|(?<!\w)_|_(?!\w)|&#?\w+;")


class BadFact(ValueError):
    """One of the facts cannot be recorded; the sentence can be shown as it is."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class ChangedMeanwhile(BadFact):
    """The facts are no longer those that were shown."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What is recorded. Without languages every one is offered.

    `new_accounts` says how accounts are made, apart from those by Stewards; `email_domains` limits
    the addresses for which a join link makes one.
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
        """Say whether a Teacher's invitation by e-mail may make an account."""
        return self.new_accounts != "stewards"

    def admits(self, email: str) -> bool:
        """Say whether a join link may make an account for this address."""
        domain = email.rpartition("@")[2].lower()
        return self.new_accounts == "join_links" and domain in self.email_domains

    @property
    def names_controller(self) -> bool:
        """Say whether the privacy notices can name who is responsible."""
        return bool(self.controller and self.contact)

    @property
    def language_names(self) -> dict[str, str]:
        """The languages that people may choose, each by its own name."""
        every = dict(settings.LANGUAGES)
        return {code: every[code] for code in every if code in self.languages} or every

    @property
    def language(self) -> str:
        """The language for people who asked for none that is offered."""
        offered = self.language_names
        return settings.LANGUAGE_CODE if settings.LANGUAGE_CODE in offered else next(iter(offered))

    @property
    def zone(self) -> ZoneInfo:
        return find_zone(self.time_zone) or ZoneInfo(UTC)

    def differences(self, other: SiteFacts) -> tuple[str, ...]:
        """Return the names of the facts in which the other differs."""
        return tuple(
            f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)
        )

    def mark(self) -> str:
        """Return a text that is another one once any of the facts is another."""
        return keyed("site-facts", repr(self))


NOTHING: Final = SiteFacts()


class _Memory:
    """What this process read last, and until when it counts."""

    facts: SiteFacts = NOTHING
    until: float = 0.0


def current() -> SiteFacts:
    """Return the facts, at most ten seconds old; older while the database is away."""
    if monotonic() >= _Memory.until:
        remember(_Memory.facts)
        with suppress(DatabaseError):
            remember(load())
    return _Memory.facts


def remember(facts: SiteFacts, seconds: float = REMEMBERED_S) -> None:
    """Answer with these facts from memory for so many seconds."""
    _Memory.facts, _Memory.until = facts, monotonic() + seconds


def forget() -> None:
    """Let the next call of `current` read the database."""
    _Memory.until = 0.0


def load() -> SiteFacts:
    """Read what is recorded."""
    found = SiteRecord.objects.filter(pk=THE_ONE).first()
    return _facts_of(found) if found else NOTHING


def find_day(now: datetime) -> date:
    """Return the day that it is at the site, by which ages are counted."""
    return now.astimezone(current().zone).date()


def begin_of(day: date) -> datetime:
    """Return midnight at the beginning of this day at the site."""
    return datetime.combine(day, time.min, current().zone)


def is_recorded() -> bool:
    return SiteRecord.objects.filter(pk=THE_ONE).exists()


@transaction.atomic
def record(facts: SiteFacts, *, by: UUID | None, now: datetime, seen: str = "") -> tuple[str, ...]:
    """Record the facts and return the names of those that changed. Raises BadFact.

    With `seen`, the mark of facts, only those are replaced. The leaf says which facts changed, and
    not to what.
    """
    check(facts)
    found = SiteRecord.objects.select_for_update().filter(pk=THE_ONE).first()
    before = _facts_of(found) if found else NOTHING
    if seen and seen != before.mark():
        raise ChangedMeanwhile(
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
    # Another thread may read the old facts again before they are replaced for it.
    transaction.on_commit(forget)
    return changed


def check(facts: SiteFacts) -> None:
    """Raises BadFact for the first fact that cannot be recorded."""
    for field in fields(facts):
        check_fact(facts, field.name)


def check_fact(facts: SiteFacts, field: str) -> None:
    """Raises BadFact where this one fact cannot be recorded."""
    if field in LONGEST:
        _check_text(field, getattr(facts, field), LONGEST[field])
    if field == "name" and not facts.name:
        raise BadFact(field, _("Enter the name of the site."))
    if field == "time_zone" and find_zone(facts.time_zone) is None:
        raise BadFact(field, _("Enter a time zone such as Europe/Berlin or UTC."))
    if field == "languages":
        _check_languages(facts.languages)
    if field == "new_accounts" and facts.new_accounts not in NEW_ACCOUNTS:
        ways = ", ".join(NEW_ACCOUNTS)
        raise BadFact(field, _("Select who can create accounts: {ways}.").format(ways=ways))
    if field == "email_domains":
        _check_domains(facts)


def _check_domains(facts: SiteFacts) -> None:
    for domain in facts.email_domains:
        if not re.fullmatch(DOMAIN, domain):
            raise BadFact(
                "email_domains",
                _("Enter domains such as school.example, not “{domain}”.").format(
                    domain=domain[:60]
                ),
            )
    if len(facts.email_domains) > MOST_DOMAINS or len(",".join(facts.email_domains)) > 1000:
        raise BadFact("email_domains", _("Enter at most {n} domains.").format(n=MOST_DOMAINS))
    if facts.new_accounts == "join_links" and not facts.email_domains:
        raise BadFact("email_domains", _("Enter at least one email domain for join links."))


def _check_languages(codes: tuple[str, ...]) -> None:
    offered = dict(settings.LANGUAGES)
    if not codes or not set(codes) <= offered.keys():
        listed = ", ".join(offered)
        raise BadFact("languages", _("Select at least one of {codes}.").format(codes=listed))


def _check_text(field: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise BadFact(field, _("Enter at most {n} characters.").format(n=longest))
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in text):
        raise BadFact(field, _("Enter one line without invisible characters."))
    if mark := MARKS.search(text):
        raise BadFact(field, _("Enter it without “{mark}”.").format(mark=mark[0]))


def find_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of this IANA name, or None; names that differ by host are none."""
    if not re.fullmatch(ZONE, name) or name in OF_THE_HOST or name not in _list_zones():
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def list_by_region() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the time zones to choose from, with their city, by their part of the world."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(_list_zones()):
        region, _slash, city = name.partition("/")
        if region in REGIONS and city:
            regions.setdefault(region, []).append((name, city.replace("_", " ")))
    return {region: tuple(cities) for region, cities in regions.items()}


@cache
def _list_zones() -> frozenset[str]:
    """Every name of the IANA database; those under posix/ and right/ are not among them."""
    return frozenset(available_timezones())


def _facts_of(row: SiteRecord) -> SiteFacts:
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
