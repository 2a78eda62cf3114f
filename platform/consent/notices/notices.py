"""Privacy notices: what people read before they decide.

A published text never changes. A new wording is a new version, and Grants under the old one stop
until the person has read it (I-4). A version has a text in each available language. Grants and
events refer to the text in the source language, so a translation is never a newer text. A change in
any language is a new version in all. The bytes that a person read are stored with each consent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import get_language

import audit
from accounts.models import AGE_BANDS
from accounts.site import site_facts
from accounts.site.site_facts import SiteFacts
from consent.legal_profiles import profiles
from consent.legal_profiles.profile_parser import RetentionDays
from consent.legal_profiles.profiles import LegalProfile
from consent.models import Notice, ShownText
from consent.notices.controller_section import write_part
from consent.stream_groups import GROUPS
from work_queue.turns import wait_for_turn

FOLDER = Path(__file__).parent / "notice_texts"
LOCALE = "en"
# In the folder of each other language: the digests of the source texts it was translated from.
MADE_FROM = "made_from.json"
ONE_AT_A_TIME = "publish privacy notices one at a time"


def publish(now: datetime, folder: Path = FOLDER) -> list[Notice]:
    """Publish new and changed texts; return them. Repeating is harmless."""
    with transaction.atomic():
        wait_for_turn(ONE_AT_A_TIME)
        made = Notice.objects.bulk_create(_find_missing(site_facts.load(), now, folder))
        audit.record_each("notice.publish", map(_describe, made))
    return made


def would_renew(facts: SiteFacts, now: datetime) -> bool:
    """Return whether `publish` with these facts would make a newer version of any notice."""
    newest = {place: version for place, (version, _digests) in _load_newest().items()}
    missing = _find_missing(facts, now, FOLDER)
    return any(each.version > newest.get((each.group, each.age_band), 1) for each in missing)


def changes_retention(
    facts: SiteFacts, before: LegalProfile | None, after: LegalProfile | None
) -> bool:
    """Return whether the storage times in the notices differ between two legal profiles."""
    days = [profile.retention if profile else None for profile in (before, after)]
    return facts.names_controller and days[0] != days[1]


def current(group: str, age_band: str, *, now: datetime) -> Notice | None:
    """Return the version in force for this group and age, in the source language."""
    texts = _versions(group, age_band).filter(locale=LOCALE, effective_from__lte=now)
    return texts.first()


def current_by_group(age_band: str, *, now: datetime) -> dict[str, Notice]:
    """Return the version in force for every group that has one, in one query."""
    texts = Notice.objects.filter(age_band=age_band, locale=LOCALE, effective_from__lte=now)
    return {text.group: text for text in texts.order_by("group", "-version").distinct("group")}


def translate_notice(notice: Notice) -> Notice:
    """Return the same version in the active language; `notice` itself if there is none."""
    locale = (get_language() or LOCALE).partition("-")[0]
    if locale == notice.locale:
        return notice
    return find_translations(notice).filter(locale=locale).first() or notice


def find_translations(notice: Notice) -> QuerySet[Notice]:
    """Return the same version in each of its languages."""
    return _versions(notice.group, notice.age_band).filter(version=notice.version)


def has_newer(now: datetime) -> Exists:
    """Return a query condition on Grants: a newer text than the agreed one is in force at `now`."""
    texts = Notice.objects.filter(
        group=OuterRef("notice__group"),
        age_band=OuterRef("notice__age_band"),
        locale=OuterRef("notice__locale"),
        version__gt=OuterRef("notice__version"),
        effective_from__lte=now,
    )
    return Exists(texts)


def digest_body(body: str) -> str:
    """Return the SHA-256 of the exact bytes shown."""
    return hashlib.sha256(body.encode()).hexdigest()


def store_shown_text(body: str, now: datetime) -> ShownText:
    """Return the row of exactly this text, created if no one has seen it before (I-4)."""
    blank = ShownText(digest=digest_body(body), body=body, first_at=now)
    ShownText.objects.bulk_create([blank], ignore_conflicts=True)
    return ShownText.objects.get(digest=blank.digest)


def _versions(group: str, band: str) -> QuerySet[Notice]:
    return Notice.objects.filter(group=group, age_band=band).order_by("-version")


def _read_bodies(folder: Path, name: str) -> dict[str, str]:
    """Return the text by language, the source first; without translations of an older source."""
    body = (folder / LOCALE / f"{name}.md").read_text(encoding="utf-8")
    found = {LOCALE: body}
    for made_from in sorted(folder.glob(f"*/{MADE_FROM}")):
        if json.loads(made_from.read_text(encoding="utf-8")).get(name) == digest_body(body):
            path = made_from.with_name(f"{name}.md")
            found[made_from.parent.name] = path.read_text(encoding="utf-8")
    return found


def _find_days(now: datetime) -> RetentionDays | None:
    profile = profiles.current(now=now)
    return profile.retention if profile else None


def _add_part(
    bodies: Mapping[str, str], facts: SiteFacts, days: RetentionDays | None, group: str, band: str
) -> dict[str, str]:
    """Append to the text in each language the section about this site."""
    parts = {
        locale: write_part(facts, days, group=group, band=band, locale=locale) for locale in bodies
    }
    return {locale: bodies[locale] + part for locale, part in parts.items() if part is not None}


def _find_missing(facts: SiteFacts, now: datetime, folder: Path) -> list[Notice]:
    """Return the notices that are not published yet, of every group and age."""
    published = _load_newest()
    days = _find_days(now) if facts.names_controller else None
    return [
        notice
        for group in GROUPS
        for band in AGE_BANDS
        for notice in _make_missing(
            group,
            band,
            _add_part(_read_bodies(folder, f"{group}.{band}"), facts, days, group, band),
            published.get((group, band), (1, {})),
            now,
        )
    ]


def _load_newest() -> dict[tuple[str, str], tuple[int, dict[str, str]]]:
    """Return for each group and age the newest version, with its digest by language."""
    found: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
    columns = "group", "age_band", "version", "locale", "digest"
    for group, band, version, locale, body_digest in Notice.objects.values_list(*columns):
        newest, languages = found.get((group, band), (0, {}))
        if version >= newest:
            languages = languages if version == newest else {}
            found[group, band] = version, {**languages, locale: body_digest}
    return found


def _make_missing(
    group: str,
    band: str,
    bodies: Mapping[str, str],
    published: tuple[int, Mapping[str, str]],
    now: datetime,
) -> list[Notice]:
    """Return notices to add: a new language joins its version; a changed text makes a new one."""
    version, digests = published
    if any(
        digests.get(each, digest_body(body)) != digest_body(body) for each, body in bodies.items()
    ):
        version, digests = version + 1, {}
    return [
        Notice(
            group=group,
            age_band=band,
            locale=locale,
            version=version,
            body=body,
            digest=digest_body(body),
            effective_from=now,
        )
        for locale, body in bodies.items()
        if locale not in digests
    ]


def _describe(notice: Notice) -> dict[str, object]:
    return {"group": notice.group, "version": notice.version, "digest": notice.digest}
