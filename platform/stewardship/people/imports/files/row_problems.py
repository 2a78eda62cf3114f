"""Problems of a row: keys that are stored, and sentences that are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

SENTENCES: Final = {
    "name_missing": _("Enter a name."),
    "name_long": _("The name is longer than 200 characters."),
    "number_long": _("The number is longer than 64 characters."),
    "number_twice": _("This number is used twice in this file, also in row {row}."),
    "login_missing": _("Enter a username or an email."),
    "login_long": _("The username is longer than 254 characters."),
    "login_invisible": _("Remove the invisible characters from the username."),
    "login_twice": _("This username is used twice in this file, also in row {row}."),
    "login_taken": _("This username belongs to another person."),
    "email": _(
        "The email “{text}” is incomplete or contains a character that some mail servers refuse."
    ),
    "date": _("The date of birth “{text}” does not exist. Enter it in the form 2011-03-14."),
    "date_order": _(
        "The day and month in “{text}” could be swapped. Select the order of dates in the "
        "preview, or enter the date in the form 2011-03-14."
    ),
    "date_range": _("The date of birth “{text}” is not in the past or is too long ago."),
    "role": _(
        "The role “{text}” is unknown. Use learner, teacher, author, researcher or guardian."
    ),
    "role_steward": _(
        "The role data steward cannot be imported. Nominate the person on their page."
    ),
    "guardian": _(
        "The guardian’s email “{text}” is incomplete or contains a character that some "
        "mail servers refuse."
    ),
    "guardian_role": _(
        "The guardian’s email belongs to a person without the guardian role or with a "
        "locked account."
    ),
    "guardian_error": _("The guardian’s row, row {row}, has an error."),
    "guardian_several": _("Several guardians in this file have the email “{text}”."),
    "guardian_self": _("The guardian’s email is the same as the person’s own."),
    "simulated": _("This number belongs to a simulated person. Simulated people are not updated."),
    "class_unknown": _("No course has the address or title “{text}”."),
    "class_several": _("Several courses have the title “{text}”. Enter the address of one."),
    "class_role": _("Only learners and teachers can join a course: “{text}”."),
    "class_other": _("The person is already in “{text}” in the other role."),
    "role_other": _("The role “{text}” is not imported."),
    "guardian_more": _("Only one guardian is linked. Add the others on the person’s page."),
    "guardian_no_email": _("A guardian without an email is not linked."),
    "left_deleted": _(
        "The file marks this person as deleted. The account is not changed. Lock or erase "
        "it on the person’s page."
    ),
    "left_disabled": _(
        "The file marks this person as disabled. The account is not changed. Lock it on "
        "the person’s page."
    ),
    "left_role": _("The role “{text}” is not imported. Add this person under People."),
    "left_by_steward": _("A data steward left this row out."),
    "left_no_role": _("The file gives this person no role."),
    "erasing": _("This person is being erased."),
}
SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One reason why a row is not imported."""

    key: str
    args: dict[str, Any] = field(default_factory=dict)

    def sentence(self) -> str:
        """Return the sentence in the reader's language."""
        return str(SENTENCES[self.key]).format(**self.args)


def problem_with_text(key: str, text: str) -> RowProblem:
    """Return a problem that quotes the typed text, or its beginning."""
    return RowProblem(key, {"text": text[:SHOWN]})
