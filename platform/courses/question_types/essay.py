"""Essay: text of any length, which a teacher marks."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import Given, UngradableReply
from courses.question_types.open_question import OpenQuestion

# So that a page that closes can still send the text: browsers then take at most 64 KB.
LONGEST_ESSAY: Final = 20_000


def count_words(text: str) -> int:
    """Count the words of a text, which are separated by blanks."""
    return len(text.split())


class Essay(OpenQuestion):
    """A word limit is a rule for people: a text that exceeds it is saved all the same."""

    kind: ClassVar = "essay"
    rank: ClassVar = 20
    title: ClassVar = lazy("Essay")
    name: ClassVar = pgettext_lazy("kind of a question", "essay")
    counted_as: ClassVar = gettext_noop("essay question")
    xapi_interaction: ClassVar = "long-fill-in"
    widget: ClassVar = "essay"
    required_fields: ClassVar[dict[str, Any]] = {}
    optional_fields: ClassVar = frozenset(["rubric", "word_limit"])

    def check_reply(self, given: Given) -> None:
        if not isinstance(given, str):
            raise UngradableReply(_("Enter an answer."))
        if len(given) > LONGEST_ESSAY:
            raise UngradableReply(
                _("Enter at most {count} characters.").format(count=LONGEST_ESSAY)
            )

    @property
    def longest(self) -> int:
        """The number of characters that are saved."""
        return LONGEST_ESSAY

    @classmethod
    def parse_form(cls, fields: QueryDict) -> Given:
        return str(fields.get("given", "")).replace("\r\n", "\n")
