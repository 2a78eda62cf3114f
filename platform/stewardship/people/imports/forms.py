"""Forms of the people import: the upload, the tabs of a preview, and one row."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AGE_BANDS
from accounts.people_import.csv_reader import clean_cell
from stewardship.people.imports.files.csv_table import LONGEST_ROW
from stewardship.people.imports.models import KINDS
from stewardship.people.imports.row_view_model import RowSheet
from stewardship.people.queries import BAND_WORDS, ROLE_WORDS


class UploadForm(forms.Form):
    """A file, with defaults for rows that do not specify role or age group."""

    file = forms.FileField(
        label=_("CSV file, or OneRoster export"),
        required=False,
        help_text=_(
            "Up to 50,000 rows and 10 MB. The first row must contain the column names. "
            "OneRoster 1.1 or 1.2 as a ZIP file."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,.zip,application/zip"}),
    )
    role = forms.ChoiceField(
        label=_("Role, if the file has none"),
        required=False,
        choices=[
            ("learner", ROLE_WORDS["learner"]),
            ("teacher", ROLE_WORDS["teacher"]),
            ("", _("No role")),
        ],
    )
    band = forms.ChoiceField(
        label=_("Age group of new people without a date of birth"),
        choices=[("", _("Select an age group")), *((band, BAND_WORDS[band]) for band in AGE_BANDS)],
        error_messages={"required": _("Select an age group.")},
        help_text=_("For learners. New people with another role are added as adults."),
    )


class PreviewForm(forms.Form):
    """The tab and its page, from the address; an invalid value counts as empty."""

    tab = forms.ChoiceField(required=False, choices=[(tab, tab) for tab in (*KINDS, "note")])
    page = forms.RegexField("^[1-9][0-9]{0,4}$", required=False)
    # The row that was corrected, or left out, before this page was opened.
    corrected = forms.RegexField("^[1-9][0-9]{0,8}$", required=False)
    left = forms.RegexField("^[1-9][0-9]{0,8}$", required=False)

    def find_tab_and_page(self) -> tuple[str, int]:
        """Return the tab, or "" for the first that has rows, and the page."""
        self.full_clean()
        typed = self.cleaned_data
        return typed.get("tab") or "", int(typed.get("page") or 1)

    def find_settled(self) -> dict[str, str]:
        """Return the row that was just corrected or left out, according to the address."""
        self.full_clean()
        return {name: self.cleaned_data.get(name, "") for name in ("corrected", "left")}


class RowForm(forms.Form):
    """The cells of one row, each in a field labelled with its column heading."""

    # Digest of the row being corrected: a row that changed since is not overwritten.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, typed: Any, sheet: RowSheet) -> None:
        super().__init__(typed)
        # Longer values that were accepted before, such as joined OneRoster classes, remain valid.
        self._longest = max(LONGEST_ROW, sum(map(len, sheet.cells.values())))
        hints = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        for name, label in sheet.labels.items():
            self.fields[name] = forms.CharField(
                label=label,
                required=False,
                max_length=max(LONGEST_ROW, len(sheet.cells[name])),
                widget=forms.TextInput(attrs=hints),
            )

    @classmethod
    def from_sheet(cls, sheet: RowSheet) -> RowForm:
        """Return the form for the current row, with its error at the field."""
        form = cls({**sheet.cells, "seen": sheet.seen}, sheet)
        form.full_clean()
        if sheet.error:
            form.add_error(sheet.faulty, sheet.error)
        return form

    def begin_at_error(self) -> str:
        """Set the autofocus to the first field with an error; return that error, or ""."""
        for name in self.fields:
            if name in self.errors:
                self.fields[name].widget.attrs["autofocus"] = True
                return str(self.errors[name][0])
        return ""

    def cells(self) -> dict[str, str]:
        """Return the typed cells. The form must be valid."""
        return {name: text for name, text in self.cleaned_data.items() if name != "seen"}

    def clean(self) -> dict[str, Any]:
        """Reject the same rows as an upload: an empty row, and one that is too long."""
        if self.errors:
            return self.cleaned_data
        texts = [clean_cell(text) for text in self.cells().values()]
        if not any(texts):
            raise forms.ValidationError(
                gettext("The row is empty. Enter something, or leave the row out.")
            )
        if sum(map(len, texts)) > self._longest:
            what = gettext("The row is longer than {most} characters.")
            raise forms.ValidationError(what.format(most=f"{self._longest:,}"))
        return self.cleaned_data
