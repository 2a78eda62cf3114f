"""The forms of signing in: what each field is, for the browser's own helpers, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WRONG = _("This username and password do not go together. Check both and try again.")
DIFFERENT = _("The two are not the same. Type the new password twice.")


def _secret(label: _StrPromise, autocomplete: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=256, strip=False, widget=widget, **more)


def _login() -> forms.CharField:
    """What a person types to say who they are."""
    attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=_("Username or email"), max_length=254, widget=widget)


class Unechoed(forms.TextInput):
    """A code is typed anew after a mistake, so it does not stand there to be deleted first."""

    def get_context(self, name: str, _value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class LogInForm(forms.Form):
    """The person types their log-in name, or an e-mail that no other open account has."""

    login = _login()
    password = _secret(_("Password"), "current-password")


class ForgottenForm(forms.Form):
    """The log-in name or the e-mail of a person who forgot the password."""

    login = _login()


class CodeForm(forms.Form):
    """Six digits out of the app."""

    by_code = True
    proof = forms.CharField(
        label=_("Code from your app"),
        help_text=_("Six digits. There is a new one every half minute."),
        max_length=64,
        widget=Unechoed(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class RecoveryForm(forms.Form):
    """One of the ten codes on paper; it goes the way of the others."""

    proof = forms.CharField(
        label=_("Recovery code"),
        help_text=_("Ten letters and digits. Each works once."),
        max_length=64,
        widget=Unechoed(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class PasswordForm(forms.Form):
    """The password once more."""

    proof = _secret(_("Your password"), "current-password")


class ChosenPasswordForm(forms.Form):
    """A new password, twice."""

    new = _secret(_("New password"), "new-password")
    again = _secret(_("New password once more"), "new-password")

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
    """The old password, and the new one twice."""

    old = _secret(_("Your password now"), "current-password")
    field_order = ("old", "new", "again")


class StartForm(ChosenPasswordForm):
    """The key of a one-time link, and the new password twice."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
