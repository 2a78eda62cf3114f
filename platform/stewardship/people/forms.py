"""Forms about people: one person's record, list filters and search."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import age_bands
from accounts.administration.person_records import PersonRecord
from accounts.email_address import LONGEST_EMAIL, AsciiEmailField
from accounts.identity import Identity
from accounts.models import AGE_BANDS, ROLES
from accounts.sign_in.forms import check_new_login
from stewardship.people.queries import BAND_WORDS, ROLE_WORDS, STATES, PeopleFilter

LONGEST = 200


class PersonForm(forms.Form):
    """One person's record. Roles may be empty: such a person cannot be invited yet."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST)
    login = forms.CharField(
        label=_("Username"),
        max_length=254,
        help_text=_("The person signs in with this. It can be their email address."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    email = AsciiEmailField(label=_("Email (optional)"), max_length=LONGEST_EMAIL, required=False)
    number = forms.CharField(
        label=_("Student or staff number (optional)"), max_length=64, required=False
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role, ROLE_WORDS[role]) for role in ROLES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    born = forms.DateField(
        label=_("Date of birth (optional)"),
        required=False,
        help_text=_("If you enter it, the age group below is set automatically."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    age_band = forms.ChoiceField(
        label=_("Age group"), choices=[(band, BAND_WORDS[band]) for band in AGE_BANDS]
    )
    # Digest of the record being edited: a record that changed since is not overwritten.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_login(self) -> str:
        return check_new_login(str(self.cleaned_data["login"]))

    def clean_born(self) -> date | None:
        born: date | None = self.cleaned_data["born"]
        if born and not age_bands.is_plausible(born, self.today):
            raise forms.ValidationError(_("Enter a date of birth in the past."))
        return born

    def record(self) -> PersonRecord:
        """Return the typed record. The form must be valid."""
        typed = self.cleaned_data
        born = typed["born"]
        return PersonRecord(
            Identity(typed["name"], typed["login"], typed["email"], typed["number"], born),
            tuple(sorted(typed["roles"])),
            age_bands.band_on(born, self.today) if born else typed["age_band"],
        )

    @staticmethod
    def initial_of(record: PersonRecord) -> dict[str, Any]:
        """Return the initial values for a person."""
        return {
            **asdict(record.identity),
            "roles": list(record.roles),
            "age_band": record.age_band,
            "seen": record.mark(),
        }


class FilterForm(forms.Form):
    """The list's filters and page, from the address; an invalid value counts as empty."""

    role = forms.ChoiceField(required=False, choices=[("", ""), *ROLE_WORDS.items()])
    state = forms.ChoiceField(required=False, choices=[("", ""), *((s, s) for s in STATES)])
    # The id of a search; the typed text never appears in an address.
    search = forms.UUIDField(required=False)
    page = forms.RegexField("^[1-9][0-9]{0,5}$", required=False)

    def wanted(self) -> PeopleFilter:
        """Return the selected filters."""
        self.full_clean()
        typed = self.cleaned_data
        return PeopleFilter(
            role=typed.get("role") or "",
            state=typed.get("state") or "",
            page=int(typed.get("page") or 1),
        )


class SearchForm(forms.Form):
    """A name or part of one; or an email, username or number."""

    q = forms.CharField(required=False, max_length=254)
