"""The field for the tags of a question: words between commas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring.editor.form_parsing import AuthorForm, Row
from courses.models.question import LONGEST_TAG

# As in course.schema.json.
MOST_TAGS: Final = 20


def tag_values(question: Mapping[str, Any]) -> Row:
    """Return the field as it is first shown."""
    return {"tags": ", ".join(question.get("tags", ()))}


def read_tags(form: AuthorForm, known: Collection[str]) -> list[str]:
    """Read the tags; a new one that differs from a known tag only in capitals is that tag."""
    spelling = {tag.casefold(): tag for tag in known}
    typed = (" ".join(part.split()) for part in form.text("tags").split(","))
    found = dict.fromkeys(
        tag if tag in known else spelling.setdefault(tag.casefold(), tag) for tag in typed if tag
    )
    if any(len(tag) > LONGEST_TAG for tag in found):
        form.errors["tags"] = _("Enter tags of at most {most} characters.").format(most=LONGEST_TAG)
    elif len(found) > MOST_TAGS:
        form.errors["tags"] = _("Enter at most {most} tags.").format(most=MOST_TAGS)
    return list(found)
