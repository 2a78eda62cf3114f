"""A form field for a date and time in the time zone of the site."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.site import site_facts


class CourseDateField(forms.DateTimeField):
    """A time typed in the time zone of the site, wherever the Teacher is; stored in UTC."""

    def __init__(self, label: str) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(label=_(label), required=False, widget=widget)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(site_facts.current().zone):
            return super().prepare_value(value)

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(site_facts.current().zone):
            return super().to_python(value)
