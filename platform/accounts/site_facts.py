"""What is recorded about this site: its name, who is responsible, its time zone and languages.

`manage.py setup` and the page Steward → Site record it. Every page reads it, so a process remembers
it for some seconds.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

import audit
from accounts.models import SiteRecord
from accounts.site_record import THE_ONE

REMEMBERED_S: Final = 10.0
UTC: Final = "UTC"
LONGEST: Final = {"name": 80, "controller": 300, "contact": 200, "officer": 200}
# Markdown that would change how a notice reads: emphasis, links, code, HTML.
MARKS: Final = re.compile(r"[<>\[\]*`\\]|(?<!\w)_|_(?!\w)|&#?\w+;")


class BadFact(ValueError):
    """One of the facts cannot be recorded; the sentence can be shown as it is."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What is recorded. Without languages every one is offered."""

    name: str = ""
    controller: str = ""
    contact: str = ""
    officer: str = ""
    time_zone: str = UTC
    languages: tuple[str, ...] = ()

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


NOTHING: Final = SiteFacts()


class _Memory:
    """What this process read last, and until when it counts."""

    facts: SiteFacts = NOTHING
    until: float = 0.0


def current() -> SiteFacts:
    """Return the facts, at most ten seconds old; older while the database is away."""
    now = monotonic()
    if now >= _Memory.until:
        with suppress(DatabaseError):
            _Memory.facts = load()
        _Memory.until = now + REMEMBERED_S
    return _Memory.facts


def remember(facts: SiteFacts, seconds: float = REMEMBERED_S) -> None:
    """Answer with these facts from memory for so long; for none, read them at the next question."""
    _Memory.facts, _Memory.until = facts, monotonic() + seconds


def load() -> SiteFacts:
    """Read what is recorded."""
    found = SiteRecord.objects.filter(pk=THE_ONE).first()
    return _facts_of(found) if found else NOTHING


def is_recorded() -> bool:
    return SiteRecord.objects.filter(pk=THE_ONE).exists()


@transaction.atomic
def record(facts: SiteFacts, *, by: UUID | None, now: datetime) -> tuple[str, ...]:
    """Record the facts and return the names of those that changed. Raises BadFact.

    The leaf says which facts changed, and not to what.
    """
    check(facts)
    found = SiteRecord.objects.select_for_update().filter(pk=THE_ONE).first()
    changed = (_facts_of(found) if found else NOTHING).differences(facts)
    if changed:
        columns = {**_columns(facts), "changed_at": now}
        SiteRecord.objects.update_or_create(pk=THE_ONE, defaults=columns)
        public = {"fields": ",".join(changed)}
        audit.record("site.change", actor=by, subject=None, public=public)
    remember(facts, seconds=0)
    return changed


def check(facts: SiteFacts) -> None:
    """Raises BadFact for the first fact that cannot be recorded."""
    for name, longest in LONGEST.items():
        _check_text(name, getattr(facts, name), longest)
    if not facts.name:
        raise BadFact("name", _("Enter the name of the site."))
    if find_zone(facts.time_zone) is None:
        raise BadFact("time_zone", _("Enter a time zone such as Europe/Berlin or UTC."))
    offered = dict(settings.LANGUAGES)
    if not facts.languages or not set(facts.languages) <= offered.keys():
        codes = ", ".join(offered)
        raise BadFact("languages", _("Choose at least one of {codes}.").format(codes=codes))


def _check_text(field: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise BadFact(field, _("Enter at most {n} characters.").format(n=longest))
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in text):
        raise BadFact(field, _("Enter one line without invisible characters."))
    if MARKS.search(text):
        raise BadFact(field, _("Enter it without the characters < > [ ] * ` and \\."))


def find_zone(name: str) -> ZoneInfo | None:
    """Return the time zone of this IANA name, or None."""
    try:
        return ZoneInfo(name) if re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", name) else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _facts_of(row: SiteRecord) -> SiteFacts:
    texts = (row.name, row.controller, row.contact, row.officer, row.time_zone)
    return SiteFacts(*texts, tuple(row.languages.split(",")))


def _columns(facts: SiteFacts) -> dict[str, Any]:
    columns = {f.name: getattr(facts, f.name) for f in fields(facts)}
    return {**columns, "languages": ",".join(facts.languages)}
