"""The form that uploads a list of people, and the page of a preview that is asked for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import AGE_BANDS
from stewardship.people.importing.model import KINDS
from stewardship.people.queries import BAND_WORDS, ROLE_WORDS


class UploadForm(forms.Form):
    """A file, and what its rows are where they do not say it themselves."""

    file = forms.FileField(
        label=_("CSV file, or OneRoster export"),
        required=False,
        help_text=_(
            "Up to 50,000 rows and 10 MB. The first row names the columns. "
            "OneRoster 1.1 or 1.2 as a ZIP file."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,.zip,application/zip"}),
    )
    role = forms.ChoiceField(
        label=_("Role, if the file names none"),
        required=False,
        choices=[
            ("learner", ROLE_WORDS["learner"]),
            ("teacher", ROLE_WORDS["teacher"]),
            ("", _("No role")),
        ],
    )
    band = forms.ChoiceField(
        label=_("Age of new people without a date of birth"),
        choices=[("", _("Select an age")), *((band, BAND_WORDS[band]) for band in AGE_BANDS)],
        error_messages={"required": _("Select an age.")},
        help_text=_("For learners. New people with another role count as adults."),
    )


class PreviewForm(forms.Form):
    """The tab and its page, from the address; what is wrong counts as empty."""

    tab = forms.ChoiceField(required=False, choices=[(tab, tab) for tab in (*KINDS, "note")])
    page = forms.RegexField("^[1-9][0-9]{0,4}$", required=False)

    def find_tab_and_page(self) -> tuple[str, int]:
        """Return the tab, or "" for the first that has rows, and the page."""
        self.full_clean()
        typed = self.cleaned_data
        return typed.get("tab") or "", int(typed.get("page") or 1)
