"""Kinds of data in the words of people, for the pages and for the copy they take away."""

from __future__ import annotations

from typing import Final

from consent.profiles import Profile
from privacy.classes import days_of_profile

NAMES: Final = {
    "identity": "Your name, log-in and role",
    "consent": "What you allowed, and when",
    "course": "Your courses, answers and progress",
    "course record": "When you opened a unit and what you did in it",
    "discussion": "What you wrote and read in discussions",
    "mastery": "What you probably know",
    "self-report": "What you said about yourself",
    "sensed": "What was sensed",
    "estimate": "Estimates, made from what was sensed",
    "dispute": "Your corrections",
    "label": "Moments of yours that researchers labelled",
    "intervention": "Offers you were made",
    "rule state": "Where the rules for offers stand",
    "rule let go": "Where a rule waited and let go",
    "learner setting": "What you set for offers",
    "replay": "Rules a Teacher tried on past days",
    "import": "Courses an Author sent as files",
    "device token": "Lab sensors you let in, and for how long",
    "API token": "Programs you let use your account",
    "records sent on": "How much was sent on to another store of learning records",
    "share": "Teachers who asked to look, and what you answered",
    "request": "What you asked of us",
    "legal hold": "What has to be kept of you for a time",
    "erasure": "What was removed",
    "audit": "Proof of what was done",
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
