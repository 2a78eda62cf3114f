"""Names of data categories for Stewards, where a table or an erasure lists them."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

CATEGORY_NAMES: Final = {
    "API token": _("API token"),
    "calendar address": _("Calendar address"),
    "class picture": _("Class summary"),
    "consent": _("Consent"),
    "course": _("Course"),
    "course invitation": _("Course invitation"),
    "course record": _("Course record"),
    "course setting": _("Course setting"),
    "device token": _("Device token"),
    "discussion": _("Discussion"),
    "dispute": _("Correction"),
    "estimate": _("Estimate"),
    "identity": _("Identity"),
    "import": _("Import"),
    "intervention": _("Suggestion"),
    "label": _("Label"),
    "label task": _("Label task"),
    "learner setting": _("Learner setting"),
    "learning platform": _("Learning platform"),
    "lesson note": _("Lesson note"),
    "legal hold": _("Legal hold"),
    "mastery": _("Mastery"),
    "message": _("Messages between a teacher and a learner"),
    "peer help": _("Help between classmates"),
    "people import": _("People import"),
    "people search": _("People search"),
    "records sent on": _("Records forwarded"),
    "replay": _("Replay"),
    "request": _("Request"),
    "research copy": _("Research copy"),
    "rule let go": _("Rule waited, did not act"),
    "rule state": _("Rule state"),
    "security": _("Security"),
    "self-report": _("Self-report"),
    "sensed": _("Sensor data"),
    "shadow": _("Estimate by a challenger model"),
    "share": _("Shared access"),
    "study member": _("Researcher in a study"),
    "video upload": _("Video upload"),
    "caption draft": _("Caption draft"),
}


def category_name(category: str) -> str:
    return str(CATEGORY_NAMES.get(category, category.capitalize()))
