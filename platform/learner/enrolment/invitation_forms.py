"""The form for an account by invitation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts import age_bands
from accounts.sign_in.forms import ChosenPasswordForm, check_new_login, make_login_field
from accounts.site import site_facts
from consent.grants import guardian_consent
from consent.legal_profiles import profiles

MAX_NAME_LENGTH = 200


class NewLearnerForm(ChosenPasswordForm):
    """Name, username, date of birth and a password twice, with the key of the link."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = forms.CharField(
        label=lazy("Your name"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    login = make_login_field(
        lazy("Username"), lazy("You use this to sign in. It can be your email address.")
    )
    born = forms.DateField(
        label=lazy("Date of birth"),
        help_text=lazy("If you are 18 or over, only the fact that you are an adult is stored."),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
    )
    field_order = ("name", "login", "born", "new", "again")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_login(self) -> str:
        return check_new_login(str(self.cleaned_data["login"]))

    def clean_born(self) -> date:
        born: date = self.cleaned_data["born"]
        today = site_facts.site_day(self.now)
        if not age_bands.is_plausible(born, today):
            raise forms.ValidationError(_("Enter a date of birth in the past."))
        if not may_make_account(age_bands.band_on(born, today), now=self.now):
            raise forms.ValidationError(
                _(
                    "At your age you cannot create an account by yourself. Ask your school: it "
                    "creates the account, and your parent or guardian is asked as well."
                )
            )
        return born


def may_make_account(age_band: str, *, now: datetime) -> bool:
    """Return whether a person of this age may create an account without school and guardian."""
    if age_band == "adult":
        return True
    profile = profiles.current(now=now)
    return (
        profile is not None
        and profile.allows_age(age_band)
        and not guardian_consent.needs_guardian(profile, age_band)
    )
