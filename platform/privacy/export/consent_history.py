"""The consent history of an export, each event with the exact text that was shown (I-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from consent.models import ConsentEvent, Notice, ShownText
from privacy.export.jsonl_csv import line


def event_lines(person: User) -> Iterator[bytes]:
    """Yield one line per event, oldest first.

    `notice` is the path of its file in the export, `sha256` the digest of the notice.
    """
    events = ConsentEvent.objects.filter(learner=person).select_related("notice", "shown")
    for event in events.order_by("at", "id").iterator(chunk_size=200):
        yield line(_event_row(event))


def notices(person: User) -> Iterator[Notice]:
    """Yield every notice this person ever decided about."""
    shown = ConsentEvent.objects.filter(learner=person).values("notice")
    return Notice.objects.filter(pk__in=shown).order_by("pk").iterator()


def shown_texts(person: User) -> Iterator[ShownText]:
    """Yield every consent text shown to the person who decided, each once."""
    seen = ConsentEvent.objects.filter(learner=person, shown__isnull=False).values("shown")
    return ShownText.objects.filter(pk__in=seen).order_by("pk").iterator()


def shown_text_path(text: ShownText) -> str:
    return f"consents/shown/{text.digest}.txt"


def notice_path(notice: Notice) -> str:
    name = f"{notice.group}.{notice.age_band}.{notice.locale}.v{notice.version}"
    return f"consents/notices/{name}.md"


def _event_row(event: ConsentEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "what": event.verb,
        "scope": event.scope,
        "epoch": event.epoch,
        "until": event.expires_at,
        "notice": notice_path(event.notice),
        "sha256": event.notice.digest,
        "shown": shown_text_path(event.shown) if event.shown else None,
    }
