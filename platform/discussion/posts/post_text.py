"""Text of a post: replace names by placeholders and back, and render safe HTML.

A text keeps `@⟦1⟧` for a member named with an @ and `⟦1⟧` for a name without it; a row says who
that is. Once that row is erased with the person, other people's texts hold nothing of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import User
from courses.rendering import course_html
from discussion.posts.member_names import LEFT

PLACE = re.compile("(@?)⟦(\\d{1,2})⟧")
TAG = re.compile("<[^>]*>")
MOST_CALLED, MOST_NAMED = 10, 99
SHORTEST = 3
EXCERPT = 180
# A name that is not part of an address, of an e-mail address or of a longer word.
BEFORE, AFTER = r"(?<![\w@/.:#?=&%+-])", r"(?![\w@/]|[.-]\w)"


class NamedMember(NamedTuple):
    """A member at place `number` of a text; `called` = with an @, so they get a notification."""

    person: User
    number: int
    called: bool


NamedMembers = Sequence[NamedMember]
Names = Mapping[int, str]


def without_names(text: str, people: Sequence[tuple[User, str]]) -> tuple[str, NamedMembers]:
    """Return the text with placeholders, and the members they represent.

    Where two members have the same name, both are listed. Without an @ a name must match in upper
    and lower case.
    """
    text = text.replace("⟦", "[")
    by_name: dict[str, list[User]] = {}
    for user, name in people:
        by_name.setdefault(name.casefold(), []).append(user)
    if not by_name:
        return text, ()
    numbers: dict[str, int] = {}
    called: set[str] = set()

    def place(found: re.Match[str]) -> str:
        name = (found["called"] or found["written"]).casefold()
        if name not in by_name or (name not in numbers and len(numbers) == MOST_NAMED):
            return found[0]
        if found["called"] and len(called) < MOST_CALLED:
            called.add(name)
        return f"{'@' if found['called'] else ''}⟦{numbers.setdefault(name, len(numbers) + 1)}⟧"

    replaced = _name_pattern([name for _, name in people]).sub(place, text)
    return replaced, [
        NamedMember(user, number, name in called)
        for name, number in numbers.items()
        for user in by_name[name]
    ]


def _name_pattern(names: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern for the names: with an @ in any case, without one as written."""
    # Longest first, so that "mia li" is not read as "mia".
    known = sorted({*names}, key=len, reverse=True)
    called = "|".join(map(re.escape, known))
    written = "|".join(re.escape(name) for name in known if len(name) >= SHORTEST)
    plain = rf"|{BEFORE}(?P<written>{written or '(?!)'}){AFTER}"
    return re.compile(rf"(?<![\w@])@(?P<called>(?i:{called}))(?!\w)" + plain)


def with_names(text: str, names: Names) -> str:
    """Return the text as its author typed it."""
    return PLACE.sub(lambda found: f"{found[1]}{names.get(int(found[2])) or _(LEFT)}", text)


def html_of(text: str, names: Names) -> SafeString:
    """Return safe HTML: limited Markdown, maths, and names as marks."""

    def mark(found: re.Match[str]) -> str:
        name = escape(names.get(int(found[2])) or _(LEFT))
        return f'<span class="at">@{name}</span>' if found[1] else name

    return mark_safe(PLACE.sub(mark, course_html.remark(text)))  # noqa: S308 - cleaned, names escaped


def excerpt(text: str, names: Names) -> str:
    """Return the beginning as one line of plain text, for lists."""
    line = " ".join(unescape(TAG.sub("", html_of(text, names))).split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT].rstrip()} …"
