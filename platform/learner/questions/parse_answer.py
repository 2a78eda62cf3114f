"""What the fields of a question's form say: one reply, or one field `given-<id>` for each part."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import QueryDict
from django.utils.translation import gettext as _

from courses.answers.grading import Given, UngradableReply
from courses.answers.numerals import language_typed_in
from courses.answers.typed_answers import TypedReply, read_reply
from courses.questions.question_spec import QuestionItem

PART = "given-"


def certain_in(item: QuestionItem, fields: QueryDict) -> Given:
    """The reply as it is stored; Unreadable too for a number that has to be shown back first."""
    reply = reply_in(item, fields)
    if reply.notes:
        again = _("If that is what you mean, submit it again.")
        raise UngradableReply(" ".join([*reply.notes, again]))
    return reply.given


def reply_in(item: QuestionItem, fields: QueryDict) -> TypedReply:
    """The reply as it is stored, with its numbers read in the language of the page."""
    return read_reply(item, given_in(item.kind, fields), language_typed_in(fields))


def given_in(kind: str, fields: QueryDict) -> Given:
    """The reply as it was sent; several choices only where several may be right."""
    if kind == "multiple":
        return [str(letter) for letter in fields.getlist("given")]
    if kind == "order":
        return _in_order(parts_in(fields))
    if kind in ("match", "cloze"):
        return [f"{part}={text}" for part, text in parts_in(fields).items()]
    return str(fields.get("given", ""))


def parts_in(fields: QueryDict) -> dict[str, str]:
    """The fields that are filled in, by the id of their part."""
    found = {name: str(fields[name]) for name in fields if name.startswith(PART)}
    return {name.removeprefix(PART): text for name, text in found.items() if text.strip()}


def _in_order(places: Mapping[str, str]) -> list[str]:
    """The rows by the number each was given."""
    if not all(number.isascii() and number.isdigit() for number in places.values()):
        raise UngradableReply(_("Give each row a number."))
    numbers = {row: int(number[:4]) for row, number in places.items()}
    if len(set(numbers.values())) != len(numbers):
        raise UngradableReply(_("Give each row a different number."))
    return sorted(numbers, key=lambda row: numbers[row])
