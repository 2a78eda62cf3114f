"""What "Delete the last 10 minutes" offers, and what came of a press, in the words of the pages."""

from __future__ import annotations

from uuid import UUID

from accounts.models import User
from classroom.consent_words import WORDS
from privacy.last_minutes import MARK
from privacy.models import Erasure

PARTS = {"": "Everything that is sensed", **{group: WORDS[group].title for group in WORDS}}
NOTHING_ON = "None of this is switched on, so there is nothing to delete. Nothing was changed."
UNKNOWN = "Choose what to delete. Nothing was changed."
GUESSES = ("estimates_affectestimate", "estimates_behaviourestimate")


def deleted(user: User, id: str) -> str:
    """What became of the press that the address names; empty where it names none of theirs."""
    try:
        mine = Erasure.objects.filter(id=UUID(id), subject=user.code).first()
    except ValueError:
        return ""
    return told(mine) if mine and MARK in mine.counts else ""


def told(erasure: Erasure) -> str:
    """What went, and how far the rest is."""
    lengths = [(group, erasure.counts.get(f"{group}_s", 0)) for group in WORDS]
    gone = [f"{_long(seconds)} of {_name(group)}" for group, seconds in lengths if seconds]
    if guesses := sum(erasure.counts.get(table, 0) for table in GUESSES):
        gone.append(f"{guesses} guess{'' if guesses == 1 else 'es'}")
    first = f"Deleted: {', '.join(gone)}." if gone else "Nothing was stored in these minutes."
    if erasure.state == "asked":
        return f"{first} The rest is being put under a new key; this takes a few minutes."
    return f"{first} The rest is kept, under a new key."


def _name(group: str) -> str:
    title = WORDS[group].title
    return title[0].lower() + title[1:]


def _long(seconds: int) -> str:
    count, unit = (round(seconds / 60), "minute") if seconds >= 60 else (seconds, "second")
    return f"{count} {unit}{'' if count == 1 else 's'}"
