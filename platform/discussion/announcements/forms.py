"""The form of an announcement."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as noop

from accounts.site.date_field import CourseDateField
from discussion.posts.post_store import LONGEST_TEXT, LONGEST_TITLE


class AnnouncementForm(forms.Form):
    """Title, Markdown text, and when it appears; empty = now."""

    title = forms.CharField(
        label=_("Title"),
        max_length=LONGEST_TITLE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Enter a title."),
            "max_length": _("The title is too long. Use at most %(limit_value)d characters."),
        },
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "aria-describedby": "text-help"}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("The text is too long. Use at most %(limit_value)d characters."),
        },
    )
    shows_at = CourseDateField(noop("Show from. Leave empty to show it now"))

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError(_("Write something first."))
        return text

    def problem(self) -> str:
        """Return all errors, as sentences."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
