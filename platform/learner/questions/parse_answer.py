"""Parse the form of a question: one reply, or one field `given-<id>` for each part."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import QueryDict
from django.utils.translation import gettext as _

from courses.answers.grading import Given, UngradableReply
from courses.answers.numerals import language_typed_in
from courses.answers.typed_answers import TypedReply, read_reply
from courses.questions.question_spec import QuestionItem

PART_PREFIX = "given-"


def parse_certain(item: QuestionItem, fields: QueryDict) -> Given:
    """Return the reply as stored.

    Raises Unreadable, also for a number whose reading must be confirmed first.
    """
    reply = parse_reply(item, fields)
    if reply.notes:
        again = _("If that is what you mean, submit it again.")
        raise UngradableReply(" ".join([*reply.notes, again]))
    return reply.given


def parse_reply(item: QuestionItem, fields: QueryDict) -> TypedReply:
    """Return the reply as stored, with its numbers read in the language of the page."""
    return read_reply(item, parse_given(item.kind, fields), language_typed_in(fields))


def parse_given(kind: str, fields: QueryDict) -> Given:
    """Return the reply as sent; a list only if several choices may be correct."""
    if kind == "multiple":
        return [str(letter) for letter in fields.getlist("given")]
    if kind == "order":
        return _parse_order(parse_parts(fields))
    if kind in ("match", "cloze"):
        return [f"{part}={text}" for part, text in parse_parts(fields).items()]
    return str(fields.get("given", ""))


def parse_parts(fields: QueryDict) -> dict[str, str]:
    """Return the fields that are filled in, by the id of their part."""
    found = {name: str(fields[name]) for name in fields if name.startswith(PART_PREFIX)}
    return {name.removeprefix(PART_PREFIX): text for name, text in found.items() if text.strip()}


def _parse_order(places: Mapping[str, str]) -> list[str]:
    """Return the rows sorted by the number that each was given. Raises Unreadable."""
    if not all(number.isascii() and number.isdigit() for number in places.values()):
        raise UngradableReply(_("Give each row a number."))
    numbers = {row: int(number[:4]) for row, number in places.items()}
    if len(set(numbers.values())) != len(numbers):
        raise UngradableReply(_("Give each row a different number."))
    return sorted(numbers, key=lambda row: numbers[row])
