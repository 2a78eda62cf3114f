"""The form of `/author/import/`: the course that a file becomes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from authoring.access import courses_written_by
from authoring.editor.course_list_views import LONGEST_TITLE
from authoring.editor.form_parsing import AuthorForm
from authoring.imports.target import Target
from authoring.slugs import slug
from courses.models import Course

KINDS = ("new", "update")


def read_target(form: AuthorForm, by: User) -> Target:
    """Return the course that the file is for; errors are in `form.errors`."""
    kind = form.one_of("target", KINDS, _("Select a new course or an existing one."))
    return _read_existing(form, by) if kind == "update" else _read_new(form)


def _read_new(form: AuthorForm) -> Target:
    title, address = form.text("title"), form.text("slug")
    if len(title) > LONGEST_TITLE:
        form.errors["title"] = _("Enter at most {most} characters.").format(most=LONGEST_TITLE)
    if address and address != slug(address):
        what = _("Use lower-case letters, numbers and hyphens, such as {example}.")
        form.errors["slug"] = what.format(example=slug(address))
    elif address and Course.objects.filter(slug=address).exists():
        form.errors["slug"] = _("There is already a course at this address. Choose another one.")
    return Target(slug=address, title=title)


def _read_existing(form: AuthorForm, by: User) -> Target:
    known = courses_written_by(by).values_list("slug", flat=True)
    found = form.one_of("course", list(known), _("Select the course to update."))
    return Target(slug=found, updates=True)
