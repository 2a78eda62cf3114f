"""The page on which a Teacher writes: who gets the message, its start, and what one of them sees.

All of it travels in the form, so that nothing about Learners is in an address or in a session.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.http import QueryDict
from django.utils.safestring import SafeString

from accounts.access import uuid_or_none
from accounts.models import User
from accounts.name_order import by_name
from accounts.people import name_of
from courses import learner_groups
from courses.models import Course, LearnerGroup
from discussion.posts.member_names import Faces, MemberFace
from messaging import attachments, card_history, message_text, reasons, starting_texts
from messaging.card import MessageCard, find_card, read_card, sign_card
from messaging.forms import MessageForm
from messaging.models import STARTS, TeacherMessage
from messaging.recipients import Recipients, find_mailed, find_recipients
from messaging.saved_templates import load_templates
from teaching.learner_groups.moves import list_chosen
from teaching.roster import PersonFace, load_faces

# Names in the form that a card has: a Learner's, its reason, or its token.
CARD_NAMES: Final = ("row", "card_key", "card")
FIELDS: Final = ("text", "video", "begin", "end", "question", "skill", "link")


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """What the form holds; `at`: which recipient the preview is for.

    `added`: Learners were ticked and not yet shown among the recipients. `card_gone`: the form
    named a card that is not open any more.
    """

    id: UUID
    audience: str
    codes: tuple[UUID, ...]
    group: LearnerGroup | None
    card: MessageCard | None
    start: str
    fields: Mapping[str, str]
    at: int = 0
    added: bool = False
    card_gone: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A recipient on the page; `mail`: whether an e-mail says that there is a message."""

    code: UUID
    face: MemberFace
    mail: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What one recipient sees."""

    name: str
    html: SafeString
    links: Sequence[attachments.AttachedLink]
    why: str
    number: int
    total: int


def read_draft(course: Course, teacher: User, sent: QueryDict, *, now: datetime) -> MessageDraft:
    """Return the form as it was sent, or as a link or a card begins it."""
    card, codes = _read_card(course, sent, now), _read_codes(list_chosen(sent))
    added = _read_codes(sent.getlist("add"))
    fields = {name: sent.get(name, "") for name in FIELDS}
    group = _read_group(course, sent.get("group", ""))
    audience = sent.get("audience", "picked")
    if audience not in ("class", "group") or (audience == "group" and group is None):
        audience = "card" if card else "picked"
    if "row" in sent or "card_key" in sent:
        # A Learner whose card is gone meanwhile can still be written to.
        named = _read_codes([sent.get("row", "").partition(":")[0]])
        codes = list(card.who) if card else named
    draft = MessageDraft(
        id=uuid_or_none(sent.get("id", "")) or uuid4(),
        audience=audience,
        codes=tuple(dict.fromkeys([*codes, *added])),
        group=group,
        card=card,
        start=sent.get("start", "") if sent.get("start") in STARTS else "",
        fields=fields,
        at=int(at) if (at := sent.get("at", "0")).isdecimal() and len(at) < 5 else 0,
        added=bool(added),
        card_gone=card is None and any(sent.get(name) for name in CARD_NAMES),
    )
    return draft if draft.start else _begin_first(course, teacher, draft)


def begin_with(course: Course, teacher: User, draft: MessageDraft, start: str) -> MessageDraft:
    """Return the draft with another start, without what the start before it attached.

    A text that the Teacher changed stays above the new one.
    """
    name = name_of(teacher)
    before = starting_texts.write_start(course, draft.start, name) if draft.start else ""
    fresh = starting_texts.write_start(course, start, name)
    fields = {**draft.fields, "text": _join(draft.fields.get("text", ""), before, fresh)}
    if draft.card is not None:
        subject = reasons.find_subject(course, draft.card.about)
        if draft.start:
            old = starting_texts.attach_start(draft.start, subject, draft.card)
            fields |= {key: "" for key, value in old.items() if fields[key] == value}
        fields |= starting_texts.attach_start(start, subject, draft.card)
    return replace(draft, start=start, fields=fields)


def begin_with_text(draft: MessageDraft, text: str) -> MessageDraft:
    """Return the draft with a saved template; a text that is there already stays above it."""
    typed = draft.fields.get("text", "")
    fields = {**draft.fields, "text": _join(typed, "", text)}
    return replace(draft, start="own_words", fields=fields)


def drop_person(draft: MessageDraft, code: str) -> MessageDraft:
    left = tuple(each for each in draft.codes if str(each) != code)
    return replace(draft, codes=left, at=0)


def choose_audience(draft: MessageDraft, audience: str) -> MessageDraft:
    """Return the draft for the class, for the group of the form, or for no one yet."""
    if audience == "group" and draft.group is None:
        return draft
    return replace(draft, audience=audience, card=None, codes=(), at=0)


def load_page(
    course: Course, teacher: User, draft: MessageDraft, form: MessageForm
) -> dict[str, Any]:
    """Return what the page shows of a draft."""
    faces = Faces(course)
    found = recipients_of(course, draft)
    mailed = find_mailed(found.people)
    picked = draft.audience in ("picked", "card")
    return {
        "draft": draft,
        "token": sign_card(course, draft.card) if draft.card else "",
        "reason": _card_reason(draft),
        "chips": _chips(faces, found.people, mailed) if picked else [],
        "mails": bool(mailed),
        "people": " ".join(str(code) for code in draft.codes),
        "n": len(found.people),
        "off": _names(faces, found.off),
        "silent": _names(faces, found.silent),
        "others": _others(course, draft) if picked else [],
        "groups": by_name(learner_groups.list_groups(course), lambda group: group.name),
        "starts": starting_texts.list_starts(),
        "templates": load_templates(teacher),
        "form": form,
        "preview": _preview(course, draft, form, found, faces),
        "teacher": faces.face_of(teacher),
        "history": card_history.load_history(course, draft.card, faces) if draft.card else [],
    }


def recipients_of(course: Course, draft: MessageDraft) -> Recipients:
    return find_recipients(course, draft.audience, draft.codes, draft.group)


def _join(typed: str, before: str, fresh: str) -> str:
    """Return the fresh text, below the typed one unless that is only an earlier start."""
    if not typed.strip() or typed.replace("\r\n", "\n") == before:
        return fresh
    return f"{typed.rstrip()}\n\n{fresh}" if fresh else typed


def _begin_first(course: Course, teacher: User, draft: MessageDraft) -> MessageDraft:
    """Return a new draft: with the part of a video to look at, or for the Teacher's own words."""
    if draft.card is not None:
        found = begin_with(course, teacher, draft, "look_again")
        if found.fields["video"]:
            return found
    return begin_with(course, teacher, draft, "own_words")


def _read_card(course: Course, sent: QueryDict, now: datetime) -> MessageCard | None:
    if name := sent.get("row") or sent.get("card_key"):
        return find_card(course, name, now=now)
    token = sent.get("card")
    return read_card(course, token) if token else None


def _read_codes(sent: Iterable[str]) -> list[UUID]:
    found = (uuid_or_none(code) for code in sent)
    return [code for code in found if code is not None]


def _read_group(course: Course, code: str) -> LearnerGroup | None:
    found = uuid_or_none(code)
    return learner_groups.list_groups(course).filter(code=found).first() if found else None


def _card_reason(draft: MessageDraft) -> str:
    if draft.card is None:
        return ""
    places = reasons.load_places([draft.card.about])
    return reasons.reason_for_teacher(draft.card.kind, draft.card.about, places)


def _chips(faces: Faces, people: Sequence[User], mailed: Collection[int]) -> list[Chip]:
    found = [Chip(person.code, faces.face_of(person), person.pk in mailed) for person in people]
    return by_name((chip for chip in found if chip.face.name), lambda chip: chip.face.name)


def _names(faces: Faces, people: Sequence[User]) -> list[str]:
    return by_name((name for person in people if (name := faces.face_of(person).name)), str)


def _others(course: Course, draft: MessageDraft) -> list[PersonFace]:
    """Return the Learners who are not among the recipients, by name."""
    found = [face for face in load_faces(course).values() if face.code not in draft.codes]
    return by_name(found, lambda face: face.name)


def _preview(
    course: Course, draft: MessageDraft, form: MessageForm, found: Recipients, faces: Faces
) -> Preview | None:
    """Return what the chosen recipient sees; None without a recipient."""
    if not found.people:
        return None
    at = draft.at % len(found.people)
    person = found.people[at]
    name = faces.face_of(person).name
    content = form.content(draft.start) if form.is_bound and form.is_valid() else None
    links: list[attachments.AttachedLink] = []
    if content is not None:
        row = TeacherMessage(
            course=course, unit=content.unit, begin_s=content.begin_s, end_s=content.end_s,
            question=content.question, skill=content.skill,
        )  # fmt: skip
        links = attachments.links_of(row, content.link, person)
    return Preview(
        name=name,
        html=message_text.html_for(draft.fields["text"].replace("⟦", "["), {}, name),
        links=links,
        why=_why(draft, person),
        number=at + 1,
        total=len(found.people),
    )


def _why(draft: MessageDraft, person: User) -> str:
    card = draft.card
    if card is None or person.code not in card.who:
        return reasons.reason_for_learner("", None, {})
    return reasons.reason_for_learner(card.kind, card.about, reasons.load_places([card.about]))
