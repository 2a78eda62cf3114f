"""The form with the facts of the site."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.site.site_facts import LONGEST, UTC, SiteFacts

NEW_ACCOUNTS_CHOICES = (
    ("stewards", _("By data stewards only")),
    ("invitations", _("By data stewards, and by email invitations from teachers")),
    ("join_links", _("As above, and by join links, limited to the email domains below")),
)


class SiteForm(forms.Form):
    """The facts of the site; `accounts.site.site_facts.check` validates them."""

    seen = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Site name"),
        max_length=LONGEST["name"],
        help_text=_("Shown at the top of every page."),
    )
    controller = forms.CharField(
        label=_("Organisation or person responsible for the data (controller)"),
        max_length=LONGEST["controller"],
        required=False,
        help_text=_("Name and postal or web address, on one line."),
    )
    contact = forms.CharField(
        label=_("Contact for questions about the data"),
        max_length=LONGEST["contact"],
        required=False,
        help_text=_("An email address or a phone number."),
    )
    officer = forms.CharField(
        label=_("Data protection officer (optional)"),
        max_length=LONGEST["officer"],
        required=False,
        help_text=_("Name and email address."),
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        initial=UTC,
        help_text=_(
            "Times on pages are shown in this time zone, for example Europe/Berlin or "
            "America/New_York."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    new_accounts = forms.ChoiceField(
        label=_("New accounts are created"),
        choices=NEW_ACCOUNTS_CHOICES,
        initial="stewards",
        widget=forms.RadioSelect,
    )
    email_domains = forms.CharField(
        label=_("Email domains for join links"),
        max_length=1000,
        required=False,
        help_text=_(
            "Separate domains with commas, for example school.example. This site must be able "
            "to send email."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["languages"] = forms.MultipleChoiceField(
            label=_("Available languages"),
            choices=list(self.language_names().items()),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Select at least one language.")},
        )

    @staticmethod
    def language_names() -> dict[str, str]:
        """Return every language of this release, by its own name."""
        return {code: str(name) for code, name in settings.LANGUAGES}

    def facts(self) -> SiteFacts:
        """Return the typed facts. The form must be valid."""
        typed = {name: self.cleaned_data[name] for name in self.fields if name != "seen"}
        domains = typed["email_domains"].lower().replace(",", " ").split()
        listed = {"languages": tuple(typed["languages"]), "email_domains": tuple(domains)}
        return SiteFacts(**{**typed, **listed})
