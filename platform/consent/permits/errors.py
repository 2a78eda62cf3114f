"""The gate's refusal: a closed code for programs and a plain sentence for people."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as noop

CODES = (
    "unknown_scope",
    "no_grant",
    "stale_notice",
    "no_profile",
    "blocked_profile",
    "account_gone",
    "expired",
    "unavailable",
    "restricted",
)
REASONS = {
    "unknown_scope": noop("There is no such setting here."),
    "no_grant": noop("This is switched off."),
    "stale_notice": noop("The text about this has changed. Read it and decide again."),
    "account_gone": noop("This account is closed."),
    "expired": noop("Your consent has expired. You can give it again at any time."),
    "unavailable": noop("This cannot be checked at the moment, so it stays off."),
    "restricted": noop("You have paused everything about you. You can resume under “My data”."),
}


class Refused(Exception):
    """Not allowed. `code` is one of CODES; `source` is the reason in the source language."""

    def __init__(self, code: str, why: str = "") -> None:
        if code not in CODES:
            raise ValueError(f"expected a code of {CODES}, got {code!r}")
        self.code = code
        self.source = why or REASONS[code]
        super().__init__(f"{code}: {self.source}")

    @property
    def could_not_check(self) -> bool:
        """Return whether the gate could not check, rather than refused: a retry may succeed."""
        return self.code == "unavailable"

    @property
    def why(self) -> str:
        """Return the reason in the active language, for display."""
        return gettext(self.source)
