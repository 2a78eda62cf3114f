"""What people read for an Affect label: the state itself, in the language that is spoken now."""

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
    "NONE": _("none of these"),
}


def name_of(label: str) -> str:
    """As it stands within a sentence; "" of none, and a label of no known name as it is."""
    return str(NAMES.get(label.upper(), label))


def heading_of(label: str) -> str:
    """As it stands over a column."""
    return str(capfirst(name_of(label)))
