"""Labels of the kinds of data, for exports and for pages, which translate them."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as noop

from consent.legal_profiles.profiles import LegalProfile
from privacy.retention.retention_classes import days_of_profile

NAMES: Final = {
    "identity": noop("Name, username and role"),
    "consent": noop("Consents, and when they were given"),
    "course": noop("Courses, answers and progress"),
    "course record": noop("When units were opened and what was done in them"),
    "discussion": noop("What was written and read in discussions"),
    "message": noop("Messages between a teacher and a learner"),
    "peer help": noop("Help between classmates: what was ticked, and the pairs"),
    "mastery": noop("Knowledge of skills (estimated)"),
    "self-report": noop("Self-reports"),
    "sensed": noop("Sensor data"),
    "estimate": noop("Estimates made from sensor data"),
    "dispute": noop("Corrections"),
    "label": noop("Moments labelled by researchers"),
    "shadow": noop("Estimates by a model under test, for research only"),
    "research copy": noop("Encrypted copies of moments, made for a study"),
    "study member": noop("Studies that name the person as a researcher"),
    "intervention": noop("Suggestions made"),
    "rule state": noop("State of the suggestion rules"),
    "class picture": noop("Class summary"),
    "legal profile": noop("Legal profile"),
    "rule let go": noop("Times a rule waited and then did not act"),
    "learner setting": noop("Suggestion settings"),
    "replay": noop("Rule replays by a teacher"),
    "lesson note": noop("Notes by a teacher for the authors of a lesson"),
    "import": noop("Course files imported by an author"),
    "video upload": noop("Videos uploaded by an author"),
    "caption draft": noop("Captions that an author had drafted"),
    "people import": noop("Lists of people imported by a data steward"),
    "people search": noop("Searches for people by a data steward"),
    "learning platform": noop("Learning platforms, and their courses and links"),
    "course invitation": noop("Invitations to courses by email"),
    "device token": noop("Lab sensor keys, and how long they are valid"),
    "calendar address": noop("Calendar access to due dates"),
    "API token": noop("API tokens"),
    "records sent on": noop("Amount forwarded to another learning record store"),
    "share": noop("Teachers’ access requests, and the answers"),
    "request": noop("Data requests"),
    "legal hold": noop("Data kept longer for a legal reason"),
    "erasure": noop("What was deleted"),
    "audit": noop("Audit log (proof of what was done)"),
}


def label_of(category: str) -> str:
    return NAMES.get(category, category.capitalize())


def rank(category: str) -> tuple[int, str]:
    """Return the position in the order of labels; kinds without a label come last."""
    order = tuple(NAMES)
    return (order.index(category) if category in order else len(order), category)


def days_kept(category: str, profile: LegalProfile | None) -> int | None:
    """Return the legal profile's retention of this kind in days, if it sets one."""
    return days_of_profile(category, profile)
