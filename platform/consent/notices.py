"""What people are told before they decide. A published text never changes: a new wording is a
new version, and Grants given under the old one stop until the person has read it (I-4)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef

import audit
from accounts.models import AGE_BANDS
from consent.groups import GROUPS
from consent.models import Notice

FOLDER = Path(__file__).parent / "notice_texts"
LOCALE = "en"


def publish(now: datetime, folder: Path = FOLDER, locale: str = LOCALE) -> list[Notice]:
    """Bring texts that are new or changed into force; answers those. Twice is as once."""
    with transaction.atomic():
        found = [
            _publish(group, band, locale, (folder / locale / f"{group}.{band}.md"), now)
            for group in GROUPS
            for band in AGE_BANDS
        ]
    return [notice for notice in found if notice is not None]


def current(group: str, age_band: str, *, now: datetime, locale: str = LOCALE) -> Notice | None:
    """The text in force for this group of streams and this age."""
    texts = Notice.objects.filter(group=group, age_band=age_band, locale=locale)
    return texts.filter(effective_from__lte=now).order_by("-version").first()


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


def _publish(group: str, band: str, locale: str, path: Path, now: datetime) -> Notice | None:
    body = path.read_text(encoding="utf-8")
    texts = Notice.objects.filter(group=group, age_band=band, locale=locale)
    last = texts.order_by("-version").first()
    if last is not None and last.digest == digest(body):
        return None
    notice = Notice.objects.create(
        group=group,
        age_band=band,
        locale=locale,
        version=last.version + 1 if last else 1,
        body=body,
        digest=digest(body),
        effective_from=now,
    )
    public = {"group": group, "version": notice.version, "digest": notice.digest}
    audit.record("notice.publish", actor=None, subject=None, public=public)
    return notice
