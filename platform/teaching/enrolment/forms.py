"""What a Teacher types to let people in: a list or a file, e-mails, or the last day of a link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.email_address import is_email
from accounts.site import site_facts
from teaching.enrolment.email_list_parser import TypedEmail, read_emails
from teaching.enrolment.list_parser import Typed, Unreadable, read, text_of
from teaching.grades.forms import SaidForm

ROLES: Final = (("learner", _("Learners")), ("teacher", _("Co-teachers")))
LONGEST: Final = timedelta(days=180)
USUAL: Final = timedelta(days=14)
MOST_EMAILS: Final = 100


class ListForm(SaidForm):
    """The list as text, `text` and `rows` once it is valid; a file stands in place of what was
    typed, so that what is sent the second time is what was seen."""

    people = forms.CharField(
        label=_("Usernames or emails, one per line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "autocapitalize": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(label=_("or a CSV file"), required=False, allow_empty_file=True)
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
    rows: list[Typed]
    text = ""

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if self.errors:
            return said
        try:
            sent = said.get("file")
            self.text = text_of(sent.read()) if sent else said["people"]
            self.rows = read(self.text, said["role"])
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        return said


class EmailsForm(SaidForm):
    """Addresses to invite, `emails` once it is valid: each once, in the order typed.

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
        said: dict[str, Any] = super().clean() or {}
        if self.errors:
            return said
        try:
            sent = said.get("file")
            found = read_emails(text_of(sent.read()) if sent else said["typed"])
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        _check_emails(found)
        self.emails = [each.text for each in found]
        return said


def _check_emails(found: Sequence[TypedEmail]) -> None:
    """Raise ValidationError for too few or too many addresses, and for the first that is none."""
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


class InviteForm(SaidForm):
    """The last day on which the link lets anybody in."""

    last = forms.DateField(
        label=_("Link works until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None, *, now: datetime) -> None:
        self.today = site_facts.site_day(now)
        super().__init__(data, initial={"last": self.today + USUAL})

    def clean_last(self) -> Any:
        last = self.cleaned_data["last"]
        if not self.today <= last <= self.today + LONGEST:
            raise forms.ValidationError(_("Select a date from today to at most six months ahead."))
        return last

    def until(self) -> datetime:
        """The first moment at which it holds no longer."""
        return site_facts.start_of_day(self.cleaned_data["last"] + timedelta(days=1))
