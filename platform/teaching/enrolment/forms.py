"""Forms to enrol people: a list or a file, emails, or the last day of a join link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.email_address import is_email
from accounts.site import site_facts
from teaching.enrolment.email_list_parser import TypedEmail, read_emails
from teaching.enrolment.list_parser import TypedPerson, UnreadableList, decode_upload, read_people
from teaching.grades.forms import TeacherForm

ROLES: Final = (("learner", _("Learners")), ("teacher", _("Co-teachers")))
LONGEST_DURATION: Final = timedelta(days=180)
DEFAULT_DURATION: Final = timedelta(days=14)
MOST_EMAILS: Final = 100


class ListForm(TeacherForm):
    """A list of people; `text` and `rows` are set once it is valid.

    A file replaces the typed text, so that the second submission contains what was previewed.
    """

    people = forms.CharField(
        label=_("Usernames or emails, one per line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "autocapitalize": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(label=_("or a CSV file"), required=False, allow_empty_file=True)
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
    rows: list[TypedPerson]
    text = ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            sent = cleaned.get("file")
            self.text = decode_upload(sent.read()) if sent else cleaned["people"]
            self.rows = read_people(self.text, cleaned["role"])
        except UnreadableList as error:
            raise forms.ValidationError(str(error)) from error
        return cleaned


class EmailsForm(TeacherForm):
    """Addresses to invite; `emails` is set once it is valid: unique, in the order typed.

    A file replaces the typed text.
    """

    typed = forms.CharField(
        label=_("Email addresses, one per line"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "autocapitalize": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(label=_("or a CSV file"), required=False, allow_empty_file=True)
    emails: list[str]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            sent = cleaned.get("file")
            found = read_emails(decode_upload(sent.read()) if sent else cleaned["typed"])
        except UnreadableList as error:
            raise forms.ValidationError(str(error)) from error
        _check_emails(found)
        self.emails = [each.text for each in found]
        return cleaned


def _check_emails(found: Sequence[TypedEmail]) -> None:
    """Raise ValidationError for too few or too many addresses, or for the first invalid one."""
    if not found:
        raise forms.ValidationError(_("Enter at least one email address."))
    if len(found) > MOST_EMAILS:
        raise forms.ValidationError(
            _("Enter at most {n} email addresses at a time.").format(n=MOST_EMAILS)
        )
    for each in found:
        if not is_email(each.text):
            text = _(
                "Line {line}: Enter an email address such as name@school.example, not “{typed}”."
            )
            raise forms.ValidationError(text.format(line=each.number, typed=each.text[:80]))


class InviteForm(TeacherForm):
    """The last day on which the join link works."""

    last = forms.DateField(
        label=_("Link works until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None, *, now: datetime) -> None:
        self.today = site_facts.site_day(now)
        super().__init__(data, initial={"last": self.today + DEFAULT_DURATION})

    def clean_last(self) -> Any:
        last = self.cleaned_data["last"]
        if not self.today <= last <= self.today + LONGEST_DURATION:
            raise forms.ValidationError(_("Select a date from today to at most six months ahead."))
        return last

    def until(self) -> datetime:
        """Return the first moment at which the link no longer works."""
        return site_facts.start_of_day(self.cleaned_data["last"] + timedelta(days=1))
