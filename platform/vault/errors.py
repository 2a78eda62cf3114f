"""The exceptions of the vault."""

from __future__ import annotations


class KeyDestroyed(Exception):
    """A key of this value was destroyed; the value stays unreadable for ever."""


class Tampered(Exception):
    """The bytes are not what was sealed for this place."""


class KeystoreBusy(Exception):
    """The keystore is temporarily unavailable: locked, disk full, or no answer from transit.

    Nothing was created. Of what was to be destroyed, traces may remain in the files; retry later.
    """
