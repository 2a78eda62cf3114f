"""The log-in form: two fields, and one sentence for every way of failing."""

from __future__ import annotations

from django import forms

WRONG = "This log-in name and password do not go together. Check both and try again."


class LogInForm(forms.Form):
    """The log-in name is what the person types: `mia`, or an e-mail."""

    login = forms.CharField(
        label="Log-in name or e-mail",
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label="Password",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
