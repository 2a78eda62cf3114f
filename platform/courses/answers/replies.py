"""Replies: what a learner gave, how it was read, and how it was graded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.answers.numerals import MAX_LENGTH

# Smaller parts of the points are not counted, and no percentage depends on them.
FINEST_PART = 1_000_000
# An option's id, a list of ids, typed text, or `part=reply` pairs.
Given = str | Sequence[str]


class UngradableReply(ValueError):
    """The reply cannot be graded; the text may be shown to the Learner. Nothing is recorded."""


@dataclass(frozen=True, slots=True)
class ReplyGrade:
    """The result for one reply; `misconception` is a slug of the course, or empty.

    `partly` is the share of the points of a partly right reply: above 0 and below 1. Only grades
    count it. Mastery, rules and completion see `correct`, so a partly right reply is no success to
    them (ADR 0083).
    """

    correct: bool
    feedback_html: str = ""
    misconception: str = ""
    partly: Fraction = Fraction(0)

    @property
    def share(self) -> Fraction:
        """The share of the points that the reply earns, 0 to 1."""
        return Fraction(1) if self.correct else self.partly


@dataclass(frozen=True, slots=True)
class TypedReply:
    """`given` is graded and stored; `notes` explain each reading that may surprise."""

    given: Given
    notes: tuple[str, ...] = ()


def require_text(given: Given) -> str:
    """Return typed text; raise UngradableReply for a blank, a list or too long a text."""
    if not isinstance(given, str) or not given.strip():
        raise UngradableReply(_("Enter an answer."))
    if len(given) > MAX_LENGTH:
        raise UngradableReply(_("Enter at most {count} characters.").format(count=MAX_LENGTH))
    return given


def require_list(given: Given) -> Sequence[str]:
    """Return a list of parts; raise UngradableReply for a text."""
    if isinstance(given, str):
        raise UngradableReply(_("Answer each part."))
    return given


def read_pairs(given: Given) -> dict[str, str]:
    """Read `["a=1", "b=x=2"]` as `{"a": "1", "b": "x=2"}`; raise UngradableReply otherwise."""
    parted = [text.partition("=") for text in require_list(given)]
    found = {part: reply for part, sign, reply in parted if sign}
    if len(found) != len(parted):
        raise UngradableReply(_("Answer each part once."))
    return found


def grade_share(share: Fraction, feedback_html: str = "", misconception: str = "") -> ReplyGrade:
    """Grade a reply by the share of the points it earns: it is correct only at all of them."""
    if share >= 1:
        return ReplyGrade(True, feedback_html, misconception)
    finest = Fraction(1, FINEST_PART)
    earned = min(max(share.limit_denominator(FINEST_PART), Fraction(0)), 1 - finest)
    return ReplyGrade(False, feedback_html, misconception, earned)


def grade_parts(right: Sequence[bool], *, partial_credit: bool) -> ReplyGrade:
    """Report how many parts are correct, but not which; each earns the same share."""
    if all(right):
        return ReplyGrade(True)
    count, total = sum(right), len(right)
    if count == 0:
        none = _("None of the {total} parts is correct yet.")
        return ReplyGrade(False, none.format(total=total))
    some = ngettext(
        "{count} of {total} parts is correct.", "{count} of {total} parts are correct.", count
    )
    feedback = some.format(count=count, total=total)
    return grade_share(Fraction(count, total) if partial_credit else Fraction(0), feedback)
