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

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import get_language

import audit
from accounts.models import AGE_BANDS
from consent.groups import GROUPS
from consent.models import Notice

FOLDER = Path(__file__).parent / "notice_texts"
LOCALE = "en"
# In the folder of each other language: the digest of the source text that each was made from.
MADE_FROM = "made_from.json"


def publish(now: datetime, folder: Path = FOLDER) -> list[Notice]:
    """Bring texts that are new or changed into force; answers those. Twice is as once."""
    with transaction.atomic():
        return [
            notice
            for group in GROUPS
            for band in AGE_BANDS
            for notice in _publish(group, band, _bodies(folder, f"{group}.{band}"), now)
        ]


def current(group: str, age_band: str, *, now: datetime) -> Notice | None:
    """The version in force for this group of streams and this age, in the source language."""
    texts = _versions(group, age_band).filter(locale=LOCALE, effective_from__lte=now)
    return texts.first()


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


def _publish(group: str, band: str, bodies: Mapping[str, str], now: datetime) -> list[Notice]:
    """A language that is new joins the version in force; a text that changed makes another one."""
    last = _versions(group, band).filter(locale=LOCALE).first()
    version = last.version if last else 1
    same = _versions(group, band).filter(version=version)
    standing = dict(same.values_list("locale", "digest"))
    if any(standing.get(each, digest(body)) != digest(body) for each, body in bodies.items()):
        version, standing = version + 1, {}
    missing = [each for each in bodies if each not in standing]
    return [_stored(group, band, version, each, bodies[each], now) for each in missing]


def _stored(group: str, band: str, version: int, locale: str, body: str, now: datetime) -> Notice:
    notice = Notice.objects.create(
        group=group,
        age_band=band,
        locale=locale,
        version=version,
        body=body,
        digest=digest(body),
        effective_from=now,
    )
    public = {"group": group, "version": notice.version, "digest": notice.digest}
    audit.record("notice.publish", actor=None, subject=None, public=public)
    return notice
