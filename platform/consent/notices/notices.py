"""What people are told before they decide. A published text never changes: a new wording is a
new version, and Grants given under the old one stop until the person has read it (I-4).

A version is what is said, in every language it is said in. The text in the source language stands
for it: Grants and events name that one, so another language is never a newer text, and a change in
any language is a new version in all. The bytes that were read are kept with each yes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import get_language

import audit
from accounts.models import AGE_BANDS
from accounts.site import site_facts
from accounts.site.site_facts import SiteFacts
from consent.legal_profiles import profiles
from consent.legal_profiles.profile_parser import Retention
from consent.legal_profiles.profiles import Profile
from consent.models import Notice
from consent.notices.controller_section import write_part
from consent.stream_groups import GROUPS

FOLDER = Path(__file__).parent / "notice_texts"
LOCALE = "en"
# In the folder of each other language: the digest of the source text that each was made from.
MADE_FROM = "made_from.json"
ONE_AT_A_TIME = "publish privacy notices one at a time"


def publish(now: datetime, folder: Path = FOLDER) -> list[Notice]:
    """Bring texts that are new or changed into force; answers those. Twice is as once."""
    with transaction.atomic():
        wait_for_turn()
        made = Notice.objects.bulk_create(_find_missing(site_facts.load(), now, folder))
        audit.record_each("notice.publish", map(_told, made))
    return made


def would_renew(facts: SiteFacts, now: datetime) -> bool:
    """Return whether `publish` with these facts makes a newer version of any notice."""
    newest = {place: version for place, (version, _digests) in _in_force().items()}
    missing = _find_missing(facts, now, FOLDER)
    return any(each.version > newest.get((each.group, each.age_band), 1) for each in missing)


def name_other_days(facts: SiteFacts, before: Profile | None, after: Profile | None) -> bool:
    """Return whether the notices name other days of storage under another legal profile."""
    days = [profile.retention if profile else None for profile in (before, after)]
    return facts.names_controller and days[0] != days[1]


def wait_for_turn() -> None:
    """Let no other transaction publish, or change what notices say, until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [ONE_AT_A_TIME])


def current(group: str, age_band: str, *, now: datetime) -> Notice | None:
    """The version in force for this group of streams and this age, in the source language."""
    texts = _versions(group, age_band).filter(locale=LOCALE, effective_from__lte=now)
    return texts.first()


def current_of_groups(age_band: str, *, now: datetime) -> dict[str, Notice]:
    """The same for every group that has one, in one query."""
    texts = Notice.objects.filter(age_band=age_band, locale=LOCALE, effective_from__lte=now)
    return {text.group: text for text in texts.order_by("group", "-version").distinct("group")}


def spoken(notice: Notice) -> Notice:
    """The same version in the language spoken now; where it has none, the one given."""
    locale = (get_language() or LOCALE).partition("-")[0]
    if locale == notice.locale:
        return notice
    return languages(notice).filter(locale=locale).first() or notice


def languages(notice: Notice) -> QuerySet[Notice]:
    """The same version in each language that it has."""
    return _versions(notice.group, notice.age_band).filter(version=notice.version)


def newer(now: datetime) -> Exists:
    """For a query over Grants: whether another text has replaced the one agreed to by `now`."""
    texts = Notice.objects.filter(
        group=OuterRef("notice__group"),
        age_band=OuterRef("notice__age_band"),
        locale=OuterRef("notice__locale"),
        version__gt=OuterRef("notice__version"),
        effective_from__lte=now,
    )
    return Exists(texts)


def digest(body: str) -> str:
    """SHA-256 of the exact bytes shown."""
    return hashlib.sha256(body.encode()).hexdigest()


def _versions(group: str, band: str) -> QuerySet[Notice]:
    return Notice.objects.filter(group=group, age_band=band).order_by("-version")


def _bodies(folder: Path, name: str) -> dict[str, str]:
    """The text in each language, the source first; not one made from another source text."""
    body = (folder / LOCALE / f"{name}.md").read_text(encoding="utf-8")
    found = {LOCALE: body}
    for made_from in sorted(folder.glob(f"*/{MADE_FROM}")):
        if json.loads(made_from.read_text(encoding="utf-8")).get(name) == digest(body):
            path = made_from.with_name(f"{name}.md")
            found[made_from.parent.name] = path.read_text(encoding="utf-8")
    return found


def _days(now: datetime) -> Retention | None:
    profile = profiles.current(now=now)
    return profile.retention if profile else None


def _add_part(
    bodies: Mapping[str, str], facts: SiteFacts, days: Retention | None, group: str, band: str
) -> dict[str, str]:
    """Add to the text in each language who is responsible for this site."""
    parts = {
        locale: write_part(facts, days, group=group, band=band, locale=locale) for locale in bodies
    }
    return {locale: bodies[locale] + part for locale, part in parts.items() if part is not None}


def _find_missing(facts: SiteFacts, now: datetime, folder: Path) -> list[Notice]:
    """Return the notices that are not published yet, of every group and age."""
    standing = _in_force()
    days = _days(now) if facts.names_controller else None
    return [
        notice
        for group in GROUPS
        for band in AGE_BANDS
        for notice in _missing(
            group,
            band,
            _add_part(_bodies(folder, f"{group}.{band}"), facts, days, group, band),
            standing.get((group, band), (1, {})),
            now,
        )
    ]


def _in_force() -> dict[tuple[str, str], tuple[int, dict[str, str]]]:
    """Of each group and age the newest version, with the digest in each language it is said in."""
    found: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
    columns = "group", "age_band", "version", "locale", "digest"
    for group, band, version, locale, told in Notice.objects.values_list(*columns):
        newest, languages = found.get((group, band), (0, {}))
        if version >= newest:
            languages = languages if version == newest else {}
            found[group, band] = version, {**languages, locale: told}
    return found


def _missing(
    group: str,
    band: str,
    bodies: Mapping[str, str],
    standing: tuple[int, Mapping[str, str]],
    now: datetime,
) -> list[Notice]:
    """A language that is new joins the version in force; a text that changed makes another one."""
    version, told = standing
    if any(told.get(each, digest(body)) != digest(body) for each, body in bodies.items()):
        version, told = version + 1, {}
    return [
        Notice(
            group=group,
            age_band=band,
            locale=locale,
            version=version,
            body=body,
            digest=digest(body),
            effective_from=now,
        )
        for locale, body in bodies.items()
        if locale not in told
    ]


def _told(notice: Notice) -> dict[str, object]:
    return {"group": notice.group, "version": notice.version, "digest": notice.digest}
