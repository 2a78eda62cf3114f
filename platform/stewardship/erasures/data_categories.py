"""Kinds of data as a Steward reads them, where a table or an erasure names them."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

KINDS: Final = {
    "API token": _("Api token"),
    "calendar address": _("Calendar address"),
    "class picture": _("Class picture"),
    "consent": _("Consent"),
    "course": _("Course"),
    "course invitation": _("Course invitation"),
    "course record": _("Course record"),
    "course setting": _("Course setting"),
    "device token": _("Device token"),
    "discussion": _("Discussion"),
    "dispute": _("Dispute"),
    "estimate": _("Estimate"),
    "identity": _("Identity"),
    "import": _("Import"),
    "intervention": _("Intervention"),
    "label": _("Label"),
    "label task": _("Label task"),
    "learner setting": _("Learner setting"),
    "legal hold": _("Legal hold"),
    "mastery": _("Mastery"),
    "people import": _("Import of people"),
    "people search": _("Search among people"),
    "records sent on": _("Records sent on"),
    "replay": _("Replay"),
    "request": _("Request"),
    "rule let go": _("Rule let go"),
    "rule state": _("Rule state"),
    "security": _("Security"),
    "self-report": _("Self-report"),
    "sensed": _("Sensed"),
    "share": _("Share"),
}


def kind_of(category: str) -> str:
    return str(KINDS.get(category, category.capitalize()))
