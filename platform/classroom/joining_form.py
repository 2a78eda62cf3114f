"""The address that a visitor of a join link types."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts import site_facts


class JoinByEmailForm(forms.Form):
    """One address in a domain that the Steward allows."""

    email = forms.EmailField(
        label=lazy("Your email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        # Digests take some other letters for ASCII ones.
        if not email.isascii() or not site_facts.current().admits(email):
            domains = ", ".join(site_facts.current().email_domains)
            raise forms.ValidationError(
                _("Enter an email address that ends with @ and one of: {domains}.").format(
                    domains=domains
                )
            )
        return email
