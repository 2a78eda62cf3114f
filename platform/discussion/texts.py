"""What is typed in a discussion: names taken out of it, and safe HTML made of it.

A text keeps `@⟦1⟧` where somebody is named, and a row says who that is: once the row has gone with
its person, the text of somebody else holds nothing of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import User
from courses import maths
from discussion.people import LEFT

PLACE = re.compile("@⟦(\\d{1,2})⟧")
TAG = re.compile("<[^>]*>")
MOST_NAMED = 10
EXCERPT = 180

Named = Sequence[tuple[User, int]]
Names = Mapping[int, str]


def without_names(text: str, people: Sequence[tuple[User, str]]) -> tuple[str, Named]:
    """The text with places for names, and who is named at which. Where two people have one name,
    both are named."""
    text = text.replace("⟦", "[")
    by_name: dict[str, list[User]] = {}
    for user, name in people:
        by_name.setdefault(name.casefold(), []).append(user)
    if "@" not in text or not by_name:
        return text, ()
    # The longest first: "mia li" is not mia.
    known = "|".join(re.escape(name) for name in sorted(by_name, key=len, reverse=True))
    asked = re.compile(rf"(?<![\w@])@({known})(?!\w)", re.IGNORECASE)
    numbers: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        name = found[1].casefold()
        if name not in by_name or (name not in numbers and len(numbers) == MOST_NAMED):
            return found[0]
        return f"@⟦{numbers.setdefault(name, len(numbers) + 1)}⟧"

    replaced = asked.sub(place, text)
    return replaced, [(user, no) for name, no in numbers.items() for user in by_name[name]]


def with_names(text: str, names: Names) -> str:
    """The text as its author typed it."""
    return PLACE.sub(lambda found: f"@{names.get(int(found[1])) or _(LEFT)}", text)


def html_of(text: str, names: Names) -> SafeString:
    """Safe HTML: a little Markdown, maths, and names as marks."""

    def mark(found: re.Match[str]) -> str:
        return f'<span class="at">@{escape(names.get(int(found[1])) or _(LEFT))}</span>'

    return mark_safe(PLACE.sub(mark, maths.remark(text)))  # noqa: S308 - cleaned, names escaped


def excerpt(text: str, names: Names) -> str:
    """The beginning on one line without any marks, for lists."""
    line = " ".join(unescape(TAG.sub("", html_of(text, names))).split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT].rstrip()} …"
