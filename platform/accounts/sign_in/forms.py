"""Forms for signing in, with the autocomplete hints that browsers use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.utils.translation import gettext_lazy as _

from accounts.identity import has_invisible

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WRONG = _("The username or password is not correct. Check both and try again.")
LOGIN_OR_EMAIL = _("Username or email")
DIFFERENT = _("The two passwords do not match. Type the new password twice.")


def _secret(label: _StrPromise, autocomplete: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=256, strip=False, widget=widget, **more)


def make_login_field(label: _StrPromise, help_text: _StrPromise | str = "") -> forms.CharField:
    """Return the field in which a person types a username or e-mail."""
    attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, help_text=help_text, max_length=254, widget=widget)


def check_new_login(login: str) -> str:
    """Return a new username. Raises ValidationError for invisible characters."""
    if has_invisible(login):
        raise forms.ValidationError(_("Remove the invisible characters from the username."))
    return login


class UnechoedInput(forms.TextInput):
    """A text input that is rendered empty after an error, because a code is typed again."""

    def get_context(self, name: str, _value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class LogInForm(forms.Form):
    """Username, or an e-mail that no other active account has, and the password."""

    login = make_login_field(LOGIN_OR_EMAIL)
    password = _secret(_("Password"), "current-password")


class ForgottenForm(forms.Form):
    """The username or e-mail of a person who forgot the password."""

    login = make_login_field(LOGIN_OR_EMAIL)


class CodeForm(forms.Form):
    """A six-digit code from the app."""

    by_code = True
    proof = forms.CharField(
        label=_("Code from your authenticator app"),
        help_text=_("6 digits. The code changes every 30 seconds."),
        max_length=64,
        widget=UnechoedInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class RecoveryForm(forms.Form):
    """One of the ten recovery codes; submitted like an app code."""

    proof = forms.CharField(
        label=_("Recovery code"),
        help_text=_("10 letters and digits. Each code works once."),
        max_length=64,
        widget=UnechoedInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class PasswordForm(forms.Form):
    """The current password, to confirm one's identity."""

    proof = _secret(_("Your password"), "current-password")


class ChosenPasswordForm(forms.Form):
    """A new password, typed twice."""

    new = _secret(_("New password"), "new-password")
    again = _secret(_("Repeat the new password"), "new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"].help_text = " ".join(password_validators_help_texts())

    def clean_new(self) -> str:
        new = str(self.cleaned_data["new"])
        validate_password(new)
        return new

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if "new" in cleaned and cleaned["new"] != cleaned.get("again"):
            self.add_error("again", DIFFERENT)
        return cleaned


class NewPasswordForm(ChosenPasswordForm):
    """The current password, and the new one twice."""

    old = _secret(_("Current password"), "current-password")
    field_order = ("old", "new", "again")


class StartForm(ChosenPasswordForm):
    """The key of a one-time link, and the new password twice."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
