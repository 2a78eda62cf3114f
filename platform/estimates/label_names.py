"""Names of Affect labels and own words in the active language."""

from __future__ import annotations

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

NAMES = {
    "INTEREST": _("interest"),
    "BOREDOM": _("boredom"),
    "HAPPINESS": _("happiness"),
    "CONFUSION": _("confusion"),
    "FRUSTRATION": _("frustration"),
    "DISTRACTION": _("distraction"),
    "ANXIETY": _("anxiety"),
    "CONFIDENCE": _("confidence"),
    "NEUTRAL": _("a neutral mood"),
    "NONE": _("none of these"),
}
# What a model of levels estimates, each low or high.
LEVELS = {"VALENCE": _("valence"), "AROUSAL": _("arousal")}


def name_of(label: str) -> str:
    """Return the name within a sentence; "" for none, and an unknown label unchanged."""
    code = label.upper()
    return str(NAMES.get(code) or LEVELS.get(code) or label)


def heading_of(label: str) -> str:
    """Return the name as a column heading."""
    return str(capfirst(name_of(label)))
