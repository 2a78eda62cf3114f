"""The answer "no" of the gate: a closed code for programs and a plain sentence for people."""

from __future__ import annotations

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
WHY = {
    "unknown_scope": "There is no such thing to switch on here.",
    "no_grant": "This is switched off.",
    "stale_notice": "The text about this has changed. Read it and decide again.",
    "account_gone": "This account is closed.",
    "expired": "Your yes has run out. You can say it again at any time.",
    "unavailable": "This cannot be checked at the moment, so it stays off.",
    "restricted": "You have paused everything about you. You can go on at My data.",
}


class Refused(Exception):
    """Not allowed. `code` is one of CODES; `why` can be shown as it is."""

    def __init__(self, code: str, why: str = "") -> None:
        if code not in CODES:
            raise ValueError(f"expected a code of {CODES}, got {code!r}")
        self.code = code
        self.why = why or WHY[code]
        super().__init__(f"{code}: {self.why}")
