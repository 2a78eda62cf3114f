"""A picture that an Author uploads into the text of a reading or a question."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from authoring.editor.form_parsing import AuthorForm
from authoring.media import pictures
from courses.models import Course
from courses.refused_file import RefusedFile


def add_picture(
    course: Course, form: AuthorForm, field: str, sent: UploadedFile[Any] | None
) -> AuthorForm:
    """Return the form with the picture at the end of the text in `field`, or with what it lacks.

    `picture_added` is the Markdown, which the page's script puts where the Author was writing.
    """
    description = form.text("picture_words")
    if not pictures.write_markdown("", description):
        form.errors["picture_words"] = _("Describe in words what the picture shows.")
        return form
    try:
        name = pictures.shelve_picture(course, sent)
    except RefusedFile as refused:
        form.errors["picture"] = str(refused)
        return form
    added = pictures.write_markdown(name, description)
    text = f"{form.text(field)}\n\n{added}\n".lstrip()
    return AuthorForm({**form.typed, field: text, "picture_words": "", "picture_added": added})
