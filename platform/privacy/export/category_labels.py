"""Kinds of data in the words of people: for the copy they take away, and for pages to translate."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as noop

from consent.legal_profiles.profiles import Profile
from privacy.retention.retention_classes import days_of_profile

NAMES: Final = {
    "identity": noop("Your name, log-in and role"),
    "consent": noop("What you allowed, and when"),
    "course": noop("Your courses, answers and progress"),
    "course record": noop("When you opened a unit and what you did in it"),
    "discussion": noop("What you wrote and read in discussions"),
    "mastery": noop("What you probably know"),
    "self-report": noop("What you said about yourself"),
    "sensed": noop("What was sensed"),
    "estimate": noop("Estimates, made from what was sensed"),
    "dispute": noop("Your corrections"),
    "label": noop("Moments of yours that researchers labelled"),
    "shadow": noop("What a model that is being tried would have guessed, for research alone"),
    "research copy": noop("Sealed copies of your moments, taken for a study"),
    "study member": noop("Studies you are named in as a researcher"),
    "intervention": noop("Offers you were made"),
    "rule state": noop("Where the rules for offers stand"),
    "rule let go": noop("Where a rule waited and let go"),
    "learner setting": noop("What you set for offers"),
    "replay": noop("Rules a Teacher tried on past days"),
    "import": noop("Courses an Author sent as files"),
    "people import": noop("Lists of people a Steward imported"),
    "people search": noop("What a Steward searched for among people"),
    "course invitation": noop("Invitations to courses by email"),
    "device token": noop("Lab sensors you let in, and for how long"),
    "calendar address": noop("That your calendar may read your due dates"),
    "API token": noop("Programs you let use your account"),
    "records sent on": noop("How much was sent on to another store of learning records"),
    "share": noop("Teachers who asked to look, and what you answered"),
    "request": noop("What you asked of us"),
    "legal hold": noop("What has to be kept of you for a time"),
    "erasure": noop("What was removed"),
    "audit": noop("Proof of what was done"),
}


def name_of(category: str) -> str:
    return NAMES.get(category, category.capitalize())


def rank(category: str) -> tuple[int, str]:
    """The order in which people ask; a kind without words comes last."""
    order = tuple(NAMES)
    return (order.index(category) if category in order else len(order), category)


def days_kept(category: str, profile: Profile | None) -> int | None:
    """What the legal profile says, where it says something about this kind."""
    return days_of_profile(category, profile)
