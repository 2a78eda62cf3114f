"""File upload: one or several files, which a teacher reads and marks."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, ngettext, pgettext_lazy

from courses.answer_files.file_kinds import FILE_KINDS, list_suffixes, name_kinds
from courses.answers.replies import Given, UngradableReply
from courses.question_types.open_question import OpenQuestion


class FileUpload(OpenQuestion):
    """A reply is the list of ids of its files, which `courses.answer_files.storage` writes."""

    kind: ClassVar = "file"
    rank: ClassVar = 19
    title: ClassVar = lazy("File upload")
    name: ClassVar = pgettext_lazy("kind of a question", "file upload")
    counted_as: ClassVar = gettext_noop("file upload question")
    widget: ClassVar = "file"
    required_fields: ClassVar[dict[str, Any]] = {
        "file_kinds": {"items": {"enum": list(FILE_KINDS)}}
    }
    optional_fields: ClassVar = frozenset(["rubric", "most_files"])

    def check_reply(self, given: Given) -> None:
        is_list = not isinstance(given, str) and 1 <= len(given) <= self.most_files
        if not is_list or not all(map(_is_id, given)):
            raise UngradableReply(_("Upload a file."))

    def describe(self, given: Given, _language: str) -> str:
        return ngettext("{count} file", "{count} files", len(given)).format(count=len(given))

    @property
    def kinds_in_words(self) -> str:
        """The kinds of files that are accepted."""
        return name_kinds(self.file_kinds)

    @property
    def takes_pictures(self) -> bool:
        """Return whether photographs are accepted, of which metadata is removed."""
        return "picture" in self.file_kinds

    @property
    def takes_others(self) -> bool:
        """Return whether files are accepted that are stored as they are."""
        return set(self.file_kinds) != {"picture"}

    @property
    def suffixes(self) -> str:
        """The value of `accept` of the field."""
        return list_suffixes(self.file_kinds)

    @classmethod
    def parse_form(cls, _fields: QueryDict) -> Given:
        """Refuse every form: files are stored one by one, as they are uploaded."""
        raise UngradableReply(_("Upload a file."))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
