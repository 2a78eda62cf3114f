"""The form for the email address of a visitor with a join link."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.email_address import LONGEST_EMAIL, AsciiEmailField
from accounts.site import site_facts


class JoinByEmailForm(forms.Form):
    """One address in a domain that the Steward allows."""

    email = AsciiEmailField(
        label=lazy("Your email"),
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if not site_facts.current().admits(email):
            domains = ", ".join(site_facts.current().email_domains)
            raise forms.ValidationError(
                _("Enter an email address at one of these domains: {domains}.").format(
                    domains=domains
                )
            )
        return email
