"""Parse the form of a question, with its numbers read in the language of its page."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext as _

from courses.answers.numerals import language_typed_in
from courses.answers.replies import Given, TypedReply, UngradableReply
from courses.question_types.base import QuestionItem


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
    return item.read_typed(item.parse_form(fields), language_typed_in(fields))
