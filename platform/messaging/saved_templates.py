"""A Teacher's own templates: sealed texts with a title, in which Learners have no names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Course
from discussion.posts import post_text
from discussion.posts.post_store import LONGEST_TITLE, SCOPES, Unsendable, check_text
from messaging import message_text
from messaging.models import MessageTemplate
from vault.sealed_values import Place, seal_value, unseal_value

MOST_TEMPLATES: Final = 20


@dataclass(frozen=True, slots=True)
class SavedTemplate:
    id: UUID
    title: str
    text: str


def load_templates(teacher: User) -> list[SavedTemplate]:
    """Return this Teacher's templates, newest first."""
    rows = MessageTemplate.objects.filter(author=teacher).order_by("-made_at")
    return [_read(row, teacher) for row in rows]


def save_template(course: Course, teacher: User, title: str, text: str, *, now: datetime) -> None:
    """Store a text under a title. Raises Unsendable.

    Names of other members become `{name}`, because a template outlives the message.
    """
    title = " ".join(title.split())[:LONGEST_TITLE]
    check_text(text)
    if not title:
        raise Unsendable(_("Enter a name for the template."))
    if MessageTemplate.objects.filter(author=teacher).count() >= MOST_TEMPLATES:
        words = _("You have {n} templates. Delete one before you save another.")
        raise Unsendable(words.format(n=MOST_TEMPLATES))
    kept, _named = message_text.without_names(course, teacher, f"{title}\n{text}")
    title, _newline, text = post_text.PLACE.sub(message_text.NAME, kept).partition("\n")
    id = uuid4()
    place = _place(id, teacher)
    sealed = seal_value({"title": title, "text": text}, place=place, scopes=SCOPES, now=now)
    MessageTemplate.objects.create(id=id, author=teacher, sealed=sealed, made_at=now)


def delete_template(teacher: User, id: UUID) -> None:
    MessageTemplate.objects.filter(author=teacher, id=id).delete()


def _read(row: MessageTemplate, teacher: User) -> SavedTemplate:
    content = unseal_value(row.sealed, place=_place(row.id, teacher))
    return SavedTemplate(row.id, str(content["title"]), str(content["text"]))


def _place(id: UUID, teacher: User) -> Place:
    return Place("messaging_messagetemplate", "sealed", str(id), teacher.code)
