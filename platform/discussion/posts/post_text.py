"""What is typed in a discussion: names taken out of it, and safe HTML made of it.

A text keeps `@⟦1⟧` where a member is called, `⟦1⟧` where their name is written without the sign,
and a row says who that is: once the row has gone with its person, the text of another person holds
nothing of them.
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


Named = Sequence[NamedMember]
Names = Mapping[int, str]


def without_names(text: str, people: Sequence[tuple[User, str]]) -> tuple[str, Named]:
    """Return the text with places for names, and the members at them. Where two people have one
    name, both are named. Without an @ a name counts as it is written, with its capitals."""
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

    replaced = _asked([name for _, name in people]).sub(place, text)
    return replaced, [
        NamedMember(user, number, name in called)
        for name, number in numbers.items()
        for user in by_name[name]
    ]


def _asked(names: Sequence[str]) -> re.Pattern[str]:
    """Find each of the names, with an @ in any case."""
    # The longest first: "mia li" is not mia.
    known = sorted({*names}, key=len, reverse=True)
    called = "|".join(map(re.escape, known))
    written = "|".join(re.escape(name) for name in known if len(name) >= SHORTEST)
    plain = rf"|{BEFORE}(?P<written>{written or '(?!)'}){AFTER}"
    return re.compile(rf"(?<![\w@])@(?P<called>(?i:{called}))(?!\w)" + plain)


def with_names(text: str, names: Names) -> str:
    """The text as its author typed it."""
    return PLACE.sub(lambda found: f"{found[1]}{names.get(int(found[2])) or _(LEFT)}", text)


def html_of(text: str, names: Names) -> SafeString:
    """Safe HTML: a little Markdown, maths, and names as marks."""

    def mark(found: re.Match[str]) -> str:
        name = escape(names.get(int(found[2])) or _(LEFT))
        return f'<span class="at">@{name}</span>' if found[1] else name

    return mark_safe(PLACE.sub(mark, course_html.remark(text)))  # noqa: S308 - cleaned, names escaped


def excerpt(text: str, names: Names) -> str:
    """The beginning on one line without any marks, for lists."""
    line = " ".join(unescape(TAG.sub("", html_of(text, names))).split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT].rstrip()} …"
