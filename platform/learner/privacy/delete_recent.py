"""The choices of "Delete the last 10 minutes", and its result in the words of the pages."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from accounts.access import uuid_or_none
from accounts.models import User
from consent.stream_groups import SENSED_GROUPS
from learner.consent.labels import title_of
from privacy.models import Erasure
from privacy.recent_deletion import MARK

# The name of each group inside a sentence.
GROUP_NAMES = {
    "camera": noop("camera"),
    "skin": noop("heart rate from skin colour"),
    "wearable": noop("wearable"),
    "hands": noop("pointer and typing"),
    "activity": noop("activity on this page"),
}
PARTS = ("", *SENSED_GROUPS)
NOTHING_ON = noop(
    "None of this is switched on, so there is nothing to delete. Nothing was changed."
)
UNKNOWN = noop("Choose what to delete. Nothing was changed.")
GUESSES = ("estimates_affectestimate", "estimates_behaviourestimate")


def list_parts() -> dict[str, str]:
    """Return the choices with their labels."""
    return {part: title_of(part) if part else _("Everything sensed") for part in PARTS}


def describe_deletion(user: User, id: str) -> str:
    """Describe the deletion named in the URL; "" if the user has no such deletion."""
    wanted = uuid_or_none(id)
    mine = wanted and Erasure.objects.filter(id=wanted, subject=user.code).first()
    return describe_erasure(mine) if mine and MARK in mine.counts else ""


def describe_erasure(erasure: Erasure) -> str:
    """Describe what was deleted, and the state of the rest."""
    lengths = [(group, erasure.counts.get(f"{group}_s", 0)) for group in SENSED_GROUPS]
    parts = [_length_of_group(group, seconds) for group, seconds in lengths if seconds]
    if guesses := sum(erasure.counts.get(table, 0) for table in GUESSES):
        parts.append(ngettext("{n} estimate", "{n} estimates", guesses).format(n=guesses))
    first = _("Nothing was stored in these minutes.")
    if parts:
        first = _("Deleted: {what}.").format(what=", ".join(parts))
    if erasure.state == "asked":
        rest = _("The rest is being encrypted with a new key. This takes a few minutes.")
    else:
        rest = _("The rest is kept, encrypted with a new key.")
    return f"{first} {rest}"


def _length_of_group(group: str, seconds: int) -> str:
    return _("{length} of {group}").format(
        length=_length_words(seconds), group=_(GROUP_NAMES[group])
    )


def _length_words(seconds: int) -> str:
    if seconds < 60:
        return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)
    minutes = round(seconds / 60)
    return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
